package front

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
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
	return ok && refusal.Field == stock.ThroughRedis
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
		if err := b.roads.learn(ctx, r.Command.Reach()); err != nil {
			return ledger.Result{Err: asLedgerError(err)}
		}
	}
}

// learn reads whether Redis sells an item of the command now that the ledger sold so far.
func (r roads) learn(ctx context.Context, reach stock.Reach) error {
	if order := reach.About(); order.Order != "" {
		if _, err := r.unwritten(ctx, order); err != nil {
			return err
		}
	}
	return r.meet(ctx, reach.Items)
}

// unwritten returns the items of which Redis has tasks of the order that are not in the books. Another process may have
// turned them on a moment ago: this one knows them now.
func (r roads) unwritten(ctx context.Context, k stock.OrderKey) (all []stock.ItemKey, err error) {
	for _, road := range r.all {
		items, err := road.Unwritten(ctx, k)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	return all, r.meet(ctx, all)
}

// meetItems reads the items that Redis sells by their levels and that this process has not met, and reports whether
// there are any.
func (r roads) meetItems(ctx context.Context, levels []ledger.Level) (met bool, err error) {
	for i := range levels {
		it := levels[i].Item
		if it == nil || len(it.Escrows) == 0 || r.road(it.Key) != nil || it.EscrowRecord(stock.RedisHolder(it.Key.Product)) == nil {
			continue
		}
		if err := r.meet(ctx, []stock.ItemKey{it.Key}); err != nil {
			return met, err
		}
		met = met || r.road(it.Key) != nil
	}
	return met, nil
}

// meet reads the items of which this process does not know that Redis sells them.
func (r roads) meet(ctx context.Context, items []stock.ItemKey) error {
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
