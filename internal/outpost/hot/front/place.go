package front

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// submitPlace carries out a reservation. If its item moves to Redis or back meanwhile, the reservation
// is judged again.
func (b *Books) submitPlace(ctx context.Context, r ledger.Request, c stock.Place) ledger.Result {
	return repeatWhileMoving(ctx, b, &r, func() ledger.Result {
		if res, done := b.placeInRedis(ctx, &c, r.Key); done {
			return res
		}
		for i := range c.Lines {
			if res, done := usedInRedis(ctx, b, c.Lines[i].Item, r.Command, r.Key); done {
				return res
			}
		}
		if err := b.fence(ctx, &c); err != nil {
			return ledger.Result{Err: asLedgerError(err)}
		}
		r.Command = c
		return b.submitBehind(ctx, r)
	})
}

// fence gives the order to the ledger, for those of its lines whose items Redis
// sells.
func (b *Books) fence(ctx context.Context, c *stock.Place) error {
	c.Fenced = false
	for i := range c.Lines {
		k := c.Lines[i].Item
		road := b.roads.road(k)
		if road == nil {
			continue
		}
		if err := road.Fence(ctx, road.Last(k), c.Order.Order); err != nil {
			return err
		}
		c.Fenced = true
	}
	return nil
}

// placeInRedis has Redis decide about a reservation of one line; false: the ledger is to.
func (b *Books) placeInRedis(ctx context.Context, c *stock.Place, key string) (res ledger.Result, done bool) {
	if len(c.Lines) != 1 || c.Partial || c.Home != nil || c.Lines[0].Lot != "" || c.Check() != nil {
		return res, false
	}
	k := c.Lines[0].Item
	road := b.roads.road(k)
	if road == nil {
		b.turnOn(k)
		return res, false
	}
	began := b.now()
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		last := road.Last(k)
		use := keyUse(k, c, key)
		is, err := road.Reads.ReadBooks(ctx, k, c.Order, use)
		if err != nil || is.Used || !simple(is.Level.Item) || !is.Level.Item.Sells(c.Channel) || c.Lines[0].Inactive {
			return res, false
		}
		levels := []ledger.Level{is.Level}
		pool := is.Level.Available(c.Channel)
		now := b.now()
		at, until := stock.Time(now.UnixMilli()), stock.Time(now.UnixMilli())+c.TTL
		asked := hot.Reservation{
			Item: k, Order: c.Order.Order, Qty: c.Lines[0].Qty, Channel: c.Channel, Customer: c.Customer,
			Deadline: until, Key: key, Use: use, Note: c.Note,
			Again: func(t *hot.Task) { at, until = stock.Time(t.At.UnixMilli()), t.Until },
		}
		if last.State == hot.Open && is.Line() == nil {
			asked.NewIn = last.Epoch
		}
		err = road.Reserve(ctx, asked)
		refusal, refused := errors.AsType[*stock.Refusal](err)
		switch {
		case err == nil:
			b.meters.reserved(k, began, b.now())
			return ledger.Result{Event: event(c, at, until), At: at}, true
		case errors.Is(err, hot.ErrLedger):
			return repeated(ctx, road, c, asked)
		case errors.Is(err, hot.ErrOther):
			return res, false
		case errors.Is(err, hot.ErrKeyReused):
			res, done := usedInRedis(ctx, b, k, *c, key)
			if !done { // it was forgotten meanwhile
				res = ledger.Result{Err: asLedgerError(err)}
			}
			return res, true
		case refused && (mayHave(levels, c) || promised(road, levels, c)):
			return res, false // the ledger has some, or units are on their way to it, or it may promise them
		case refused:
			b.meters.refused(k)
			return deny(ctx, road, last, &asked, withPool(refusal, pool), at), true
		case errors.Is(err, hot.ErrUnknown):
			b.meters.failed(k, err)
			return ledger.Result{Err: asLedgerError(err)}, true
		}
		lost := errors.Is(err, hot.ErrDown)
		if !lost && b.now().Sub(began) < patience && sleep(ctx, pause) {
			continue
		}
		b.meters.failed(k, err)
		if b.cutBack && ctx.Err() == nil && b.turnOff(ctx, road, k) == nil {
			return res, false
		}
		return ledger.Result{Err: asLedgerError(err)}, true
	}
}

// repeated answers a reservation that Redis took under the same key before; false: the ledger is to
// decide.
func repeated(ctx context.Context, road *hot.Road, c *stock.Place, asked hot.Reservation) (res ledger.Result, done bool) {
	tasks, err := road.Repeat(ctx, asked)
	if err != nil {
		return ledger.Result{Err: asLedgerError(err)}, true
	}
	if len(tasks) == 0 {
		return res, false
	}
	at := stock.Time(tasks[0].At.UnixMilli())
	return ledger.Result{Event: event(c, at, tasks[0].Until), At: at, Replayed: true}, true
}

// simple reports whether the item is one that Redis can sell.
func simple(it *stock.Item) bool {
	return it != nil && it.Tracked && !it.Retired && len(it.Lots) == 0 && len(it.Rules) == 0 && len(it.Channels) == 0
}

// event is the event, as the ledger would report it.
func event(c *stock.Place, at, until stock.Time) *stock.Event {
	d := &c.Lines[0]
	return &stock.Event{
		Op: stock.OpPlace, Tenant: c.Order.Tenant, Order: c.Order.Order, Channel: c.Channel, Note: c.Note,
		Lines: []stock.LineChange{{Bucket: d.Bucket, Changed: true, Line: stock.Line{
			Item: d.Item, Channel: c.Channel, Customer: c.Customer, Requested: d.Qty, Drawn: []stock.Balance{{Account: stock.Shared, Qty: d.Qty}},
			Deadline: until, CreatedAt: at, UpdatedAt: at,
		}}},
	}
}

// withPool returns a refusal of Redis that counts the units of the pool too.
func withPool(r *stock.Refusal, pool stock.Qty) *stock.Refusal {
	s := r.Shortages[0]
	s.Available = min(s.Available+pool, s.Requested-1)
	return stock.NotEnough(s)
}

// promised reports whether units of the item were promised that are not there, or may be: the
// ledger alone knows how many the order could have.
func promised(road *hot.Road, levels []ledger.Level, c *stock.Place) bool {
	it := levels[0].Item
	return it != nil && it.Promises != nil && (c.Ahead || road.Waiting.Waited(it.Key))
}

// mayHave reports whether the pool and Redis together may have the requested units. They have
// no more units than the books say.
func mayHave(levels []ledger.Level, c *stock.Place) bool {
	withRedis(levels)
	return levels[0].Available(c.Channel) >= c.Lines[0].Qty
}
