package planted_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
)

// Notes that name what is no bug, leave one out, or point behind the last seed are wrong.
func TestNotesThatDoNotFitAreWrong(t *testing.T) {
	t.Parallel()
	all := []planted.Hunt{{"one", "memory", 5}, {"two", "memory", 5}}
	for text, want := range map[string]string{
		"1 one\n5 two\n":          "",
		"1 one\n":                 `no seed is noted for the bug "two"`,
		"1 one\n6 two\n":          `seed 6 is noted for the bug "two", which is looked for in 5 seeds`,
		"1 one\n1 two\n2 three\n": `seed 2 is noted for "three", which is no planted bug`,
	} {
		n, err := planted.ReadNotes(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(n.Check(all), "; "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"one\n", "1 one\n2 one\n"} {
		if _, err := planted.ReadNotes(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// All seeds are tried whichever one is noted, that one first.
func TestAHuntBeginsWithTheNotedSeed(t *testing.T) {
	t.Parallel()
	for noted, want := range map[uint64][]uint64{0: {1, 2, 3, 4}, 1: {1, 2, 3, 4}, 3: {3, 4, 1, 2}, 4: {4, 1, 2, 3}} {
		if got := slices.Collect(planted.Hunt{Most: 4}.Seeds(noted)); !slices.Equal(got, want) {
			t.Errorf("noted is %d: %d, want %d", noted, got, want)
		}
	}
}
