package world_test

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/sim/planted"
	"holdfast.dev/holdfast/internal/sim/world"
)

// Every bug that was planted is found within the seeds of "make test", and the
// seeds that found one fail again, in the same way.
func TestPlanted(t *testing.T) {
	if !world.HasPlanted() {
		t.Skip("the planted bugs are not built in: scripts/test sim")
	}
	t.Parallel()
	bugs := slices.Concat(planted.Names(planted.OneSlot), planted.Names(planted.Packs), planted.Names(planted.Transfers), []string{world.TornGroup})
	over := planted.Names(planted.SeveralSlots)
	moves := planted.Names(planted.Moves)
	if len(bugs) < 8 || len(over) < 5 || len(moves) < 5 {
		t.Errorf("%d, %d and %d bugs are planted", len(bugs), len(over), len(moves))
	}
	over = slices.Concat(over, moves, planted.Names(planted.Streams))
	for _, bug := range slices.Concat(bugs, over) {
		engine, most := "memory", uint64(1000)
		if slices.Contains(over, bug) {
			engine, most = "4xmemory", overSeeds
		}
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= most; seed++ {
				r := simulate(t, config(t, seed, engine, bug))
				if len(r.Violations) == 0 {
					continue
				}
				t.Logf("found by seed %d: %.300s", seed, r.Violations[0])
				twice := simulate(t, config(t, seed, engine, bug))
				if twice.Hash != r.Hash || !slices.Equal(twice.Violations, r.Violations) {
					t.Errorf("seed %d fails in another way when it is run again: %q", seed, twice.Violations)
				}
				t.Log(again(config(t, seed, engine, bug)))
				return
			}
			t.Errorf("not found in %d seeds", most)
		})
	}
}
