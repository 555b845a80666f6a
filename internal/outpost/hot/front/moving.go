package front

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// patience is how long a command waits while an item moves to Redis or back.
	patience = time.Second
	// waitFirst and waitMost are how long it waits between two looks.
	waitFirst = time.Millisecond
	waitMost  = 20 * time.Millisecond
)

// goesThroughRedis reports whether the ledger refused a line because Redis sells the item, or has more tasks
// of the line.
func goesThroughRedis(err error) bool {
	refusal, ok := errors.AsType[*stock.Refusal](err)
	return ok && refusal.Code == stock.InvalidState && refusal.Field == stock.ThroughRedis
}

// repeatWhileMoving carries out a request again while the ledger refuses it because of Redis: an item moves to
// Redis or back, and this process may not know. After a while the answer is hot.ErrBusy.
func repeatWhileMoving(ctx context.Context, b *Books, r *ledger.Request, carryOut func() ledger.Result) ledger.Result {
	began := b.now()
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		res := carryOut()
		if !goesThroughRedis(res.Err) {
			return res
		}
		if b.now().Sub(began) > patience || !sleep(ctx, pause) {
			return ledger.Result{Err: fmt.Errorf("%w: %v", hot.ErrBusy, res.Err)} // it refuses nothing of the caller's
		}
		if err := b.roads.learn(ctx, b.Ledger, r.Command.Reach()); err != nil {
			return ledger.Result{Err: asLedgerError(err)}
		}
	}
}

// learn reads whether Redis sells an item of the command now that the ledger sold so far. The items are
// those of the order when the command names none.
func (r roads) learn(ctx context.Context, l *observed.Ledger, reach stock.Reach) error {
	items := reach.Items
	if len(items) == 0 {
		holds, _, err := l.Order(ctx, reach.Order)
		if err != nil {
			return err
		}
		for _, h := range holds {
			for i := range h.Lines {
				items = append(items, h.Lines[i].Item)
			}
		}
	}
	for _, k := range items {
		if r.road(k) != nil {
			continue
		}
		if err := r.look(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// sleep waits, and reports false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
