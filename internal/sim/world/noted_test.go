package world_test

import (
	"flag"
	"os"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
	"holdfast.dev/holdfast/internal/sim/world"
)

var update = flag.Bool("update", false, "write the file of noted seeds anew, with those by which TestPlanted finds its bugs")

// notedFile has, for each planted bug, the seed that found it: lines of a seed and the bug's name,
// sorted.
const notedFile = "../planted/testdata/seeds.txt"

// seedsOnMemory is among how many seeds with one slot in memory a bug is found.
const seedsOnMemory = 1000

// rare are the bugs that show themselves in a few seeds of ten thousand, and among how many these are found.
var rare = map[string]uint64{"part that was cut short left so": 4000}

// hunts are the searches for all planted bugs.
func hunts() []planted.Hunt {
	var all []planted.Hunt
	for _, bug := range slices.Concat(planted.Names(planted.OneSlot), planted.Names(planted.Transfers), planted.Names(planted.Shortages), planted.Names(planted.Packs), []string{world.TornGroup}) {
		all = append(all, planted.Hunt{Bug: bug, Engine: "memory", Most: max(seedsOnMemory, rare[bug])})
	}
	for _, bug := range slices.Concat(planted.Names(planted.SeveralSlots), planted.Names(planted.PacksOver), planted.Names(planted.Moves), planted.Names(planted.Streams)) {
		all = append(all, planted.Hunt{Bug: bug, Engine: "4xmemory", Most: overSeeds})
	}
	return all
}

// noted are the notes of the file. With update the file may be missing or lack bugs, and
// is written when the test ends; bugs that it did not look for keep their notes.
func noted(t *testing.T) *planted.Notes {
	text, err := os.ReadFile(notedFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	n, err := planted.ReadNotes(string(text))
	if err != nil {
		t.Fatalf("%s: %v", notedFile, err)
	}
	if *update {
		n.Keep(hunts())
		t.Cleanup(func() {
			if err := os.WriteFile(notedFile, []byte(n.Text()), 0o644); err != nil {
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
	n, err := planted.ReadNotes(string(text))
	if err != nil {
		t.Fatalf("%s: %v", notedFile, err)
	}
	for _, wrong := range n.Check(hunts()) {
		t.Errorf("%s: %s; renew it: %s", notedFile, wrong, renew)
	}
	if n.Text() != string(text) {
		t.Errorf("%s is not sorted by seed and name", notedFile)
	}
}
