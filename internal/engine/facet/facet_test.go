package facet_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/facet"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestAnAbilityIsFoundExactlyWhenItIsGiven(t *testing.T) {
	t.Parallel()
	m := memory.New()
	for set := range 8 {
		var l engine.Locker
		var j engine.Journal
		var p engine.Pruner
		if set&1 != 0 {
			l = m
		}
		if set&2 != 0 {
			j = m
		}
		if set&4 != 0 {
			p = m
		}
		e := facet.Join(m, l, j, p)
		_, isL := e.(engine.Locker)
		_, isJ := e.(engine.Journal)
		_, isP := e.(engine.Pruner)
		if isL != (l != nil) || isJ != (j != nil) || isP != (p != nil) {
			t.Errorf("set %03b: locker %t, journal %t, pruner %t", set, isL, isJ, isP)
		}
	}
}
