package demo

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const folder = "../../data/online-retail/"

// carryOut answers each step as a right server does.
func carryOut(t *tally, steps []replayStep) {
	for _, s := range steps {
		wanted := map[int]int64{}
		for _, l := range s.lines {
			switch s.kind {
			case sale:
				wanted[l.product] += l.units
			case adjust:
				wanted[l.product] -= l.units
			}
		}
		enough := true
		for product, units := range wanted {
			enough = enough && t.Left[product] >= units
		}
		t.count(s, enough)
	}
}

// The rules of the data set, applied here, give the answers that were computed
// elsewhere, also when the replay was noted in the middle and read again.
func TestTheFiguresAreTheExpectedOnes(t *testing.T) {
	t.Parallel()
	h, err := read(folder + "orders-2010-12_2011-05.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	want, err := readExpected(folder + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	path, middle := filepath.Join(t.TempDir(), "state"), len(h.steps)/2
	first := newTally(h)
	carryOut(first, h.steps[:middle])
	first.commands, first.seconds = 1_000, 2
	if err := first.save(path); err != nil {
		t.Fatal(err)
	}
	second, err := loadTally(path, h)
	if err != nil || second.Done != middle {
		t.Fatalf("the note says %+v, %v, want %d steps", second, err, middle)
	}
	carryOut(second, h.steps[second.Done:])
	// The pace is that of one run, not of those before it.
	if r := second.report(h, second.Left, want); !strings.Contains(r.Text(), "nothing was left to send in this run") {
		t.Errorf("a run that sent nothing says\n%s", r.Text())
	}
	second.commands, second.seconds = 300, 2
	if r := second.report(h, second.Left, want); !strings.Contains(r.Text(), "300 commands in 2s: 150/s") {
		t.Errorf("300 commands in 2 s are shown as\n%s", r.Text())
	}
	if r := second.report(h, second.Left, want); len(r.Differences) > 0 || r.oversold != 0 {
		t.Errorf("%v\n%s", r.Differences, r.Text())
	}

	sold := slices.Clone(second.Left)
	sold[7]--
	if r := second.report(h, sold, want); len(r.Differences) != 3 { // the product, the total, the hash
		t.Errorf("a unit that is missing gives %v", r.Differences)
	}
	first.add(0, -first.Left[0]-5)
	first.add(0, 3)
	first.add(0, -1)
	if first.Oversold != 6 {
		t.Errorf("%d units oversold, want the 5 that were not there, and 1", first.Oversold)
	}
}

// A call has what the contract allows, and never nothing.
func TestStepsFitIntoACall(t *testing.T) {
	t.Parallel()
	large := replayStep{kind: sale, lines: make([]line, maxLines+1)}
	small := replayStep{kind: sale, lines: make([]line, 1)}
	many := make([]replayStep, maxCommands+50)
	for i := range many {
		many[i] = small
	}
	for _, c := range []struct {
		name  string
		steps []replayStep
		want  int
	}{
		{"few", many[:3], 3},
		{"many", many, maxCommands},
		{"a large one alone", []replayStep{large, small}, 1},
		{"a large one later", []replayStep{small, large, small}, 1},
	} {
		if got := len(firstBatch(c.steps)); got != c.want {
			t.Errorf("%s: %d steps in a call, want %d", c.name, got, c.want)
		}
	}
}
