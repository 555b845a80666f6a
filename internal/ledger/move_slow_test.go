package ledger_test

import (
	"context"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// slowDrop does not reach the first drop of a bucket's rows in time.
type slowDrop struct {
	engine.Engine
	drops atomic.Int64
}

func (s *slowDrop) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	if s.drops.Add(1) == 1 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return s.Engine.DropBucket(ctx, b, sealed, limit)
}

// A store that is too slow to drop rows in the time of one step is asked again.
func TestAMoveWaitsForAStoreThatIsSlowToDropRows(t *testing.T) {
	t.Parallel()
	r := newRack(t, 2)
	b := bucketOf(r.items[0])
	from := r.m.Slot(b)
	slow := &slowDrop{Engine: r.engines[from]}
	r.engines[from] = slow
	l, stop := r.open()
	defer stop()
	if err := l.MoveBucket(t.Context(), r.m, b, 1-from, move.Keep(0)); err != nil {
		t.Fatal(err)
	}
	if n := slow.drops.Load(); n < 2 {
		t.Errorf("rows were dropped %d times", n)
	}
	r.check(l, "after the move")
}
