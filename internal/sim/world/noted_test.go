package world_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
	"holdfast.dev/holdfast/internal/sim/world"
)

var update = flag.Bool("update", false, "write the file of noted seeds anew, with those by which TestPlanted finds its bugs")

// notedFile says of each planted bug which seed has found it: lines of a seed and
// the bug's name, sorted.
const notedFile = "../planted/testdata/seeds.txt"

// seedsOnMemory is among how many seeds with one slot in memory a bug is found.
const seedsOnMemory = 1000

// hunt is where a planted bug is looked for, and in how many seeds at most.
type hunt struct {
	bug, engine string
	most        uint64
}

// hunts are those for all planted bugs.
func hunts() []hunt {
	var all []hunt
	for _, bug := range slices.Concat(planted.Names(planted.OneSlot), planted.Names(planted.Packs), planted.Names(planted.Transfers), planted.Names(planted.Shortages), []string{world.TornGroup}) {
		all = append(all, hunt{bug, "memory", seedsOnMemory})
	}
	for _, bug := range slices.Concat(planted.Names(planted.SeveralSlots), planted.Names(planted.PacksOver), planted.Names(planted.Moves), planted.Names(planted.Streams)) {
		all = append(all, hunt{bug, "4xmemory", overSeeds})
	}
	return all
}

// seeds are all that are tried, the noted one first and then those behind it. Without
// a note (0) they begin with 1.
func (h hunt) seeds(noted uint64) func(yield func(uint64) bool) {
	first := max(noted, 1)
	return func(yield func(uint64) bool) {
		for i := range h.most {
			if !yield((first-1+i)%h.most + 1) {
				return
			}
		}
	}
}

// notes are the noted seeds by the bugs' names. They are safe for concurrent use.
type notes struct {
	mu    sync.Mutex
	seeds map[string]uint64
}

func (n *notes) of(bug string) uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seeds[bug]
}

func (n *notes) note(bug string, seed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seeds[bug] = seed
}

// text spells the notes as the file has them.
func (n *notes) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var b strings.Builder
	for _, bug := range slices.SortedFunc(maps.Keys(n.seeds), func(a, b string) int {
		return cmp.Or(cmp.Compare(n.seeds[a], n.seeds[b]), cmp.Compare(a, b))
	}) {
		fmt.Fprintln(&b, n.seeds[bug], bug)
	}
	return b.String()
}

// readNotes reads what text spells.
func readNotes(text string) (*notes, error) {
	n := &notes{seeds: map[string]uint64{}}
	for line := range strings.Lines(text) {
		number, bug, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		seed, err := strconv.ParseUint(number, 10, 64)
		if err != nil || n.seeds[bug] != 0 {
			return nil, fmt.Errorf("%s: line %q: want a seed and the name of a bug, once for each bug", notedFile, line)
		}
		n.seeds[bug] = seed
	}
	return n, nil
}

// check returns what is wrong with the notes of these bugs.
func (n *notes) check(all []hunt) (wrong []string) {
	known := map[string]bool{}
	for _, h := range all {
		known[h.bug] = true
		switch seed := n.of(h.bug); {
		case seed == 0:
			wrong = append(wrong, fmt.Sprintf("no seed is noted for the bug %q", h.bug))
		case seed > h.most:
			wrong = append(wrong, fmt.Sprintf("seed %d is noted for the bug %q, which is looked for in %d seeds", seed, h.bug, h.most))
		}
	}
	for _, bug := range slices.Sorted(maps.Keys(n.seeds)) {
		if !known[bug] {
			wrong = append(wrong, fmt.Sprintf("seed %d is noted for %q, which is no planted bug", n.seeds[bug], bug))
		}
	}
	return wrong
}

// noted are the notes of the file. With update the file may be missing or lack bugs, and
// is written when the test ends; bugs that it did not look for keep their notes.
func noted(t *testing.T) *notes {
	text, err := os.ReadFile(notedFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	n, err := readNotes(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		maps.DeleteFunc(n.seeds, func(bug string, _ uint64) bool {
			return !slices.ContainsFunc(hunts(), func(h hunt) bool { return h.bug == bug })
		})
		t.Cleanup(func() {
			if err := os.WriteFile(notedFile, []byte(n.text()), 0o644); err != nil {
				t.Error(err)
			}
		})
	}
	return n
}

// Each planted bug has one noted seed, and no other name has one.
func TestEachPlantedBugHasANotedSeed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(notedFile)
	if err != nil {
		t.Fatal(err)
	}
	n, err := readNotes(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range n.check(hunts()) {
		t.Errorf("%s: %s; renew it: %s", notedFile, wrong, renew)
	}
	if n.text() != string(text) {
		t.Errorf("%s is not sorted by seed and name", notedFile)
	}
}

// Notes that name what is no bug, leave one out, or point behind the last seed are wrong.
func TestNotesThatDoNotFitAreWrong(t *testing.T) {
	t.Parallel()
	all := []hunt{{"one", "memory", 5}, {"two", "memory", 5}}
	for text, want := range map[string]string{
		"1 one\n5 two\n":          "",
		"1 one\n":                 `no seed is noted for the bug "two"`,
		"1 one\n6 two\n":          `seed 6 is noted for the bug "two", which is looked for in 5 seeds`,
		"1 one\n1 two\n2 three\n": `seed 2 is noted for "three", which is no planted bug`,
	} {
		n, err := readNotes(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(n.check(all), "; "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"one\n", "1 one\n2 one\n"} {
		if _, err := readNotes(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// All seeds are tried whichever one is noted, that one first.
func TestAHuntBeginsWithTheNotedSeed(t *testing.T) {
	t.Parallel()
	for noted, want := range map[uint64][]uint64{0: {1, 2, 3, 4}, 1: {1, 2, 3, 4}, 3: {3, 4, 1, 2}, 4: {4, 1, 2, 3}} {
		if got := slices.Collect(hunt{most: 4}.seeds(noted)); !slices.Equal(got, want) {
			t.Errorf("noted is %d: %d, want %d", noted, got, want)
		}
	}
}
