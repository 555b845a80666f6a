package stores_test

import (
	"flag"
	"os"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
	"holdfast.dev/holdfast/internal/sim/stores"
)

var update = flag.Bool("update", false, "write the file of noted seeds anew, with those by which TestPlanted finds its bugs")

const (
	// notedFile has, for each planted bug, the seed that found it.
	notedFile = "../planted/testdata/stores.txt"
	// renew is the command that writes it anew.
	renew = `go test -overlay="$(go run ./internal/sim/planted/overlay)" ./internal/sim/stores -run 'TestPlanted$' -update`
	// plantedSeeds is among how many seeds a bug is found.
	plantedSeeds = 1200
)

// hunts are the searches for the bugs of tills.
func hunts() (all []planted.Hunt) {
	for _, bug := range planted.Names(planted.Tills) {
		all = append(all, planted.Hunt{Bug: bug, Most: plantedSeeds})
	}
	return all
}

func noted(t *testing.T) *planted.Notes {
	t.Helper()
	text, err := os.ReadFile(notedFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	n, err := planted.ReadNotes(string(text))
	if err != nil {
		t.Fatalf("%s: %v", notedFile, err)
	}
	return n
}

// Every bug that was planted is found, mostly by the seed that is noted.
func TestPlanted(t *testing.T) {
	if !stores.HasPlanted() {
		t.Skip("the planted bugs are not built in: scripts/test sim")
	}
	t.Parallel()
	known := noted(t)
	if *update {
		known.Keep(hunts())
		t.Cleanup(func() {
			if err := os.WriteFile(notedFile, []byte(known.Text()), 0o644); err != nil {
				t.Error(err)
			}
		})
	}
	for _, h := range hunts() {
		t.Run(h.Bug, func(t *testing.T) {
			t.Parallel()
			first := known.Of(h.Bug)
			if os.Getenv("SOAK") != "" {
				first = 0
			}
			for seed := range h.Seeds(first) {
				r := simulate(t, config(t, seed, h.Bug))
				if len(r.Violations) == 0 {
					if seed == first {
						t.Logf("the noted seed %d finds nothing any more; renew it: %s", seed, renew)
					}
					continue
				}
				known.Note(h.Bug, seed)
				t.Logf("found by seed %d: %.300s", seed, r.Violations[0])
				t.Log(again(config(t, seed, h.Bug)))
				return
			}
			t.Errorf("not found in %d seeds", h.Most)
		})
	}
}

// Each planted bug has one noted seed, and no other name has one.
func TestEachPlantedBugHasANotedSeed(t *testing.T) {
	t.Parallel()
	for _, wrong := range noted(t).Check(hunts()) {
		t.Errorf("%s: %s; renew it: %s", notedFile, wrong, renew)
	}
}
