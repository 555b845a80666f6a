package world_test

import (
	"os"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
	"holdfast.dev/holdfast/internal/sim/world"
)

// renew is the command that writes the noted seeds anew.
const renew = `go test -overlay="$(go run ./internal/sim/planted/overlay)" ./internal/sim/world -run 'TestPlanted$' -update`

// Every bug that was planted is found within the seeds of "make test", and the
// seeds that found one fail again, in the same way. Each search begins with the seed
// that found the bug before; with SOAK set it begins with the first.
func TestPlanted(t *testing.T) {
	if !world.HasPlanted() {
		t.Skip("the planted bugs are not built in: scripts/test sim")
	}
	t.Parallel()
	if one, over, moves := len(planted.OneSlot), len(planted.SeveralSlots), len(planted.Moves); one < 8 || over < 5 || moves < 5 {
		t.Errorf("%d, %d and %d bugs are planted", one, over, moves)
	}
	known := noted(t)
	for _, h := range hunts() {
		t.Run(h.Bug, func(t *testing.T) {
			t.Parallel()
			first := known.Of(h.Bug)
			if os.Getenv("SOAK") != "" {
				first = 0
			}
			for seed := range h.Seeds(first) {
				r := simulate(t, config(t, seed, h.Engine, h.Bug))
				if len(r.Violations) == 0 {
					if seed == first {
						t.Logf("the noted seed %d finds nothing any more; renew it: %s", seed, renew)
					}
					continue
				}
				known.Note(h.Bug, seed)
				t.Logf("found by seed %d: %.300s", seed, r.Violations[0])
				twice := simulate(t, config(t, seed, h.Engine, h.Bug))
				if twice.Hash != r.Hash || !slices.Equal(twice.Violations, r.Violations) {
					t.Errorf("seed %d fails in another way when it is run again: %q", seed, twice.Violations)
				}
				t.Log(again(config(t, seed, h.Engine, h.Bug)))
				return
			}
			t.Errorf("not found in %d seeds", h.Most)
		})
	}
}
