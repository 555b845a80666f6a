package front

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// tellWaits tells Redis of orders that the event left waiting, before their callers are answered:
// from then on nobody who comes later gets units before them. What it could not tell, Redis learns
// when the item is tended.
func (r roads) tellWaits(ctx context.Context, e *stock.Event) (err error) {
	if e == nil {
		return nil
	}
	for i := range e.Lines {
		l := &e.Lines[i].Line
		if road := r.road(l.Item); road != nil && l.Waiting() > 0 {
			err = errors.Join(err, road.Waiting.Wait(context.WithoutCancel(ctx), l.Item))
		}
	}
	return err
}

// serve brings units that Redis has to the orders that wait for them, and reports whether there
// were any. There are none, unless an order gave them back at the moment in which another began to
// wait.
func (r roads) serve(ctx context.Context, levels []ledger.Level) (served bool) {
	for i := range levels {
		l := &levels[i]
		waits := hot.Waits(l)
		if waits == 0 {
			continue
		}
		n := min(waits, l.Item.InEscrow(stock.RedisHolder(l.Key.Product)))
		if got, err := r.pull(ctx, l.Key, n, ""); err == nil && got > 0 {
			served = true
		}
	}
	return served
}

// pull brings units of the item from Redis to the ledger, and returns how many (hot.Road).
func (r roads) pull(ctx context.Context, k stock.ItemKey, qty stock.Qty, to string) (stock.Qty, error) {
	road := r.road(k)
	if road == nil || qty <= 0 {
		return 0, nil
	}
	l := road.Last(k)
	if l.State != hot.Open {
		return 0, nil
	}
	return road.Pull(ctx, l, qty, to)
}
