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
	for set := range 128 {
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
		if set&16 != 0 {
			want.Archiver = all.Archiver
		}
		if set&32 != 0 {
			want.Cursors = all.Cursors
		}
		if set&64 != 0 {
			want.Mover = all.Mover
		}
		got := facet.Of(facet.Join(engine.Engine(memory.New()), want))
		moves := want.Mover != nil && want.Archiver != nil && want.Cursors != nil
		if (got.Locker != nil) != (want.Locker != nil) || (got.Journal != nil) != (want.Journal != nil) ||
			(got.Pruner != nil) != (want.Pruner != nil) || (got.Auditor != nil) != (want.Auditor != nil) ||
			(got.Archiver != nil) != (want.Archiver != nil) || (got.Cursors != nil) != (want.Cursors != nil) ||
			(got.Mover != nil) != moves {
			t.Errorf("set %07b: got %+v", set, got)
		}
	}
}
