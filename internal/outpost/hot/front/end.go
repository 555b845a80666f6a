package front

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// endInRedis has a release or confirm join the tasks of an order that the books do not have; false: the
// ledger is to decide.
func (b *Books) endInRedis(ctx context.Context, cmd stock.Command, t *stock.Target, note stock.Note, key string) (res ledger.Result, done bool) {
	k, ok := b.onlyTarget(ctx, t)
	if !ok {
		return res, false
	}
	road := b.roads.road(k)
	if road == nil {
		return usedInRedis(ctx, b, k, cmd, key)
	}
	op := cmd.Op()
	e := hot.End{Item: k, Order: t.Order.Order, Kind: stock.GivenBack, Qty: t.Qty, Key: key, Use: keyUse(k, cmd, key), Note: note}
	if op == stock.OpConfirm {
		e.Kind = stock.SoldFromIt
	} else {
		e.ForLedger = road.Waiting.Waited(k) // what the ledger gives back goes to the orders that wait
	}
	last, err := road.End(ctx, e)
	switch {
	case errors.Is(err, hot.ErrLedger), errors.Is(err, hot.ErrTooMany):
		return usedInRedis(ctx, b, k, cmd, key)
	case err != nil:
		return ledger.Result{Err: asLedgerError(err)}, true
	}
	tasks, _, err := road.Tasks(ctx, k, t.Order.Order)
	if err == nil && len(tasks) == 0 {
		err = hot.ErrUnknown
	}
	if err != nil {
		return ledger.Result{Err: asLedgerError(errors.Join(hot.ErrUnknown, err))}, true // the same call again shows
	}
	return ended(op, k, t.Order, note, tasks, last.Step), true
}

// onlyTarget is the item whose line is the whole target, when that line may be among tasks.
func (b *Books) onlyTarget(ctx context.Context, t *stock.Target) (k stock.ItemKey, ok bool) {
	if t.Item.Product != "" {
		return t.Item, t.Item.Lot == ""
	}
	found, err := b.roads.unwritten(ctx, t.Order)
	if err != nil || len(found) != 1 {
		return k, false // to settle the order says what is wrong
	}
	holds, _, err := b.Ledger.Order(ctx, t.Order)
	return found[0], err == nil && len(holds) == 0
}

// ended is the history of the line up to the step, as the ledger would report it.
func ended(op stock.Op, k stock.ItemKey, order stock.OrderKey, note stock.Note, tasks []hot.Task, step int64) ledger.Result {
	first := &tasks[0]
	channel, customer, _, err := hot.Decode(first)
	if err != nil {
		return ledger.Result{Err: err}
	}
	l := stock.Line{
		Item: k, Channel: channel, Customer: customer, Requested: first.Qty, Deadline: first.Until,
		CreatedAt: stock.Time(first.At.UnixMilli()), UpdatedAt: stock.Time(first.At.UnixMilli()),
	}
	left := first.Qty
	for i := range tasks[1:] {
		task := &tasks[1+i]
		if task.Step > step {
			break
		}
		left -= task.Qty
		l.UpdatedAt = stock.Time(task.At.UnixMilli())
		if task.Kind == stock.SoldFromIt {
			l.Confirmed, l.LastConfirmed = l.Confirmed+task.Qty, task.Qty
		} else {
			l.Released, l.LastReleased = l.Released+task.Qty, task.Qty
		}
	}
	switch {
	case left > 0:
		l.Drawn = []stock.Balance{{Account: stock.Shared, Qty: left}}
	case op == stock.OpConfirm:
		l.End = stock.EndConfirmed
	default:
		l.End = stock.EndReleased
	}
	e := &stock.Event{Op: op, Tenant: order.Tenant, Order: order.Order, Channel: channel, Note: note}
	e.Lines = []stock.LineChange{{Bucket: stock.BucketOf(k.Tenant, k.Location), Changed: true, Line: l}}
	return ledger.Result{Event: e, At: l.UpdatedAt}
}
