//go:build planted

package world_test

import (
	"maps"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/world"
)

// Every bug that was planted is found within a thousand seeds, and the seeds
// that found one fail again, in the same way.
func TestPlanted(t *testing.T) {
	t.Parallel()
	bugs := append(slices.Sorted(maps.Keys(ledger.Planted)), world.TornGroup)
	if len(bugs) < 8 {
		t.Errorf("%d bugs are planted", len(bugs))
	}
	for _, bug := range bugs {
		t.Run(bug, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 1000; seed++ {
				r := simulate(t, config(t, seed, "memory", bug))
				if len(r.Violations) == 0 {
					continue
				}
				t.Logf("found after %d seeds: %.300s", seed, r.Violations[0])
				twice := simulate(t, config(t, seed, "memory", bug))
				if twice.Hash != r.Hash || !slices.Equal(twice.Violations, r.Violations) {
					t.Errorf("seed %d fails in another way when it is run again: %q", seed, twice.Violations)
				}
				t.Log(again(config(t, seed, "memory", bug)))
				return
			}
			t.Error("not found in 1000 seeds")
		})
	}
}
