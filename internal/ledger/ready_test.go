package ledger_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
)

// severed is an engine that can be cut off.
type severed struct {
	engine.Engine
	away atomic.Bool
}

var errSevered = errors.New("cut off")

func (s *severed) Head(ctx context.Context) (engine.Seq, error) {
	if s.away.Load() {
		return 0, errSevered
	}
	return s.Engine.Head(ctx)
}

// A node serves while it reaches one of its slots, and reports that another one is
// unreachable.
func TestANodeServesWhatItReaches(t *testing.T) {
	t.Parallel()
	stores := []*severed{{Engine: memory.New()}, {Engine: memory.New()}}
	l, err := ledger.OpenSlots(t.Context(), []engine.Engine{stores[0], stores[1]})
	if err != nil {
		t.Fatal(err)
	}
	for away := range 3 {
		if away > 0 {
			stores[away-1].away.Store(true)
		}
		if err := l.Serves(t.Context()); (err == nil) != (away < 2) {
			t.Errorf("with %d of 2 slots cut off Serves says: %v", away, err)
		}
		if err := l.Ready(t.Context()); (err == nil) != (away == 0) {
			t.Errorf("with %d of 2 slots cut off Ready says: %v", away, err)
		}
	}
}
