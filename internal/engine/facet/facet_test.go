package facet_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/facet"
	"holdfast.dev/holdfast/internal/engine/memory"
)

func TestAnAbilityIsFoundExactlyWhenItIsGiven(t *testing.T) {
	t.Parallel()
	all := facet.Of(memory.New())
	for set := range 16 {
		var want facet.Facets
		if set&1 != 0 {
			want.Locker = all.Locker
		}
		if set&2 != 0 {
			want.Journal = all.Journal
		}
		if set&4 != 0 {
			want.Pruner = all.Pruner
		}
		if set&8 != 0 {
			want.Auditor = all.Auditor
		}
		got := facet.Of(facet.Join(engine.Engine(memory.New()), want))
		if (got.Locker != nil) != (want.Locker != nil) || (got.Journal != nil) != (want.Journal != nil) ||
			(got.Pruner != nil) != (want.Pruner != nil) || (got.Auditor != nil) != (want.Auditor != nil) {
			t.Errorf("set %04b: got %+v", set, got)
		}
	}
}
