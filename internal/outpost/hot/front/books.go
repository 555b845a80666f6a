package front

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Books are the ledger, except that Redis takes reservations of some items. They are safe
// for concurrent use.
type Books struct {
	*observed.Ledger
	roads   roads
	rules   *rules
	turns   *turns
	log     *slog.Logger
	now     func() time.Time
	cutBack bool
	meters  meters
	found   found
	seen    map[catalog.RedisScope]Figures // by the last look of watch
	trial   *trial                         // nil: Redis is not tried out
	// differences is after how many of them the items of a rule go back to the ledger, quiet after which time they go to Redis
	// again; 0: never.
	differences int
	quiet       time.Duration
}

// Option changes how Books work.
type Option func(*Books)

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(l *slog.Logger) Option { return func(b *Books) { b.log = l } }

// WithCutBack makes the ledger sell the items of a Redis that does not answer. The default
// refuses them until it answers.
func WithCutBack() Option { return func(b *Books) { b.cutBack = true } }

// WithDifferences sets how often Redis and the books may differ, for the items of a rule, until the ledger sells them; 0: as often
// as it is so. The default is 3.
func WithDifferences(most int) Option { return func(b *Books) { b.differences = most } }

// WithReturn sets after which quiet time the items of a rule that was cut back go to Redis again; 0: never. The default is a quarter
// of an hour.
func WithReturn(after time.Duration) Option { return func(b *Books) { b.quiet = after } }

// New returns the ledger with the roads before it, one for each slot by its number. The rules
// say which items take them.
func New(books *observed.Ledger, all []*hot.Road, slotOf func(stock.Bucket) uint16, kept Rules, opts ...Option) *Books {
	b := &Books{Ledger: books, roads: roads{all, slotOf}, rules: newRules(kept), turns: newTurns(), seen: map[catalog.RedisScope]Figures{}, log: slog.New(slog.DiscardHandler), now: time.Now, meters: meters{roadMetrics: newCounted()}, differences: differencesMost, quiet: returnAfter}
	for _, set := range opts {
		set(b)
	}
	if b.trial != nil {
		b.trial.shadow.Log = b.log
	}
	for _, road := range all {
		road.TellCompensations(b.meters.compensated)
	}
	return b
}

// Submit carries out requests, as the ledger does. Those about the same item or order
// as one before them without an outcome are held back.
func (b *Books) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	results := make([]ledger.Result, 0, len(requests))
	var series ledger.Series
	answer := func(some ...ledger.Result) {
		for i := range some {
			series.Note(requests[len(results)+i].Command, some[i].Err)
		}
		results = append(results, some...)
	}
	cold := 0 // how many in a row are for the ledger alone
	flush := func(n int) {
		if cold > 0 {
			answer(submitCold(ctx, b, requests[n-cold:n])...)
		}
		cold = 0
	}
	for i := range requests {
		concerned := b.concerns(ctx, &requests[i])
		if concerned {
			flush(i)
		}
		if err := series.HoldBack(requests[i].Command); err != nil {
			flush(i)
			results = append(results, ledger.Result{Err: err})
			continue
		}
		if !concerned {
			cold++
			continue
		}
		answer(b.submitOne(ctx, requests[i]))
	}
	flush(len(requests))
	b.trial.shade(requests, results)
	return results
}

// submitCold carries out requests that are for the ledger alone, as far as this process knows.
func submitCold(ctx context.Context, b *Books, requests []ledger.Request) []ledger.Result {
	results := b.Ledger.Submit(ctx, requests...)
	for i := range results {
		if goesThroughRedis(results[i].Err) { // another process turned the item on
			results[i] = b.submitOne(ctx, requests[i])
		}
	}
	return results
}

// concerns reports whether the request may be about units that Redis has, or a repeat of one that was.
func (b *Books) concerns(ctx context.Context, r *ledger.Request) bool {
	reach := r.Command.Reach()
	_, places := r.Command.(stock.Place)
	for _, k := range reach.Items {
		if b.roads.road(k) != nil || keyed(r) && b.roads.sold(k) || places && b.rules.want(k) {
			return true
		}
	}
	order := reach.About()
	if places || order.Order == "" {
		return false
	}
	if len(reach.Items) == 0 && b.roads.sellsAny() {
		return true
	}
	items, err := b.roads.unwritten(ctx, order)
	return len(items) > 0 || err != nil // carrying it out tells what is wrong
}

// submitOne carries out a request about units that Redis may have.
func (b *Books) submitOne(ctx context.Context, r ledger.Request) ledger.Result {
	switch c := r.Command.(type) {
	case stock.Place:
		return b.submitPlace(ctx, r, c)
	case stock.Release:
		if res, done := b.endInRedis(ctx, c, &c.Target, c.Note, r.Key); done {
			return res
		}
	case stock.Confirm:
		if res, done := b.endInRedis(ctx, c, &c.Target, c.Note, r.Key); done {
			return res
		}
	}
	// It may mean a line that Redis has more units of, on their way into the books.
	return repeatWhileMoving(ctx, b, &r, func() ledger.Result { return b.submitBehind(ctx, r) })
}

// submitBehind lets the ledger decide, behind the takings of Redis, once the ledger has the units that
// the command needs: the refusal of a command with a key is its final answer.
func (b *Books) submitBehind(ctx context.Context, r ledger.Request) ledger.Result {
	reach := r.Command.Reach()
	for _, k := range reach.Items {
		if err := b.rest(ctx, k); err != nil {
			return ledger.Result{Err: asLedgerError(err)}
		}
	}
	if err := b.fenceAll(ctx, reach); err != nil {
		return ledger.Result{Err: asLedgerError(err)}
	}
	brought, err := b.bring(ctx, r.Command)
	res := ledger.Result{Err: asLedgerError(err)}
	if err == nil {
		res = b.Ledger.Submit(ctx, r)[0]
	}
	b.giveBack(ctx, brought, res.Event)
	if err := b.roads.tellWaits(ctx, res.Event); err != nil {
		b.log.DebugContext(ctx, "Redis gets the units that orders wait for later", "order", reach.Order.Order, "err", err)
	}
	res.Err = b.withUnitsOfRedis(ctx, tenantOf(reach), res.Err)
	return res
}

// fenceAll gives the order to the ledger: otherwise a step could join a taking that lands at
// this moment, and come into the books behind the command.
func (b *Books) fenceAll(ctx context.Context, reach stock.Reach) error {
	order := reach.About()
	if order.Order == "" {
		return nil
	}
	items, err := b.roads.unwritten(ctx, order)
	if err != nil {
		return err
	}
	for _, k := range append(items, reach.Items...) {
		if road := b.roads.road(k); road != nil {
			if err := road.Fence(ctx, road.Last(k), order.Order); err != nil {
				return err
			}
		}
	}
	return nil
}

func tenantOf(r stock.Reach) string {
	if len(r.Items) > 0 {
		return r.Items[0].Tenant
	}
	return r.Order.Tenant
}

// withUnitsOfRedis is a refusal for lack of units in which the available units include those
// of Redis.
func (b *Books) withUnitsOfRedis(ctx context.Context, tenant string, err error) error {
	refusal, ok := errors.AsType[*stock.Refusal](err)
	if !ok || refusal.Code != stock.Insufficient {
		return err
	}
	all := slices.Clone(refusal.Shortages)
	changed := false
	for i := range all {
		is, err := b.roads.usable(ctx, stock.ItemKey{Tenant: tenant, Location: all[i].Location, Product: all[i].Product})
		if err != nil || is == 0 || all[i].NotOnSale {
			continue // the figure is the ledger's
		}
		all[i].Available, changed = min(all[i].Available+is, all[i].Requested-1), true
	}
	if !changed {
		return err
	}
	return stock.NotEnough(all...)
}

// usable is how many units of the item Redis has.
func (r roads) usable(ctx context.Context, k stock.ItemKey) (stock.Qty, error) {
	road := r.road(k)
	if road == nil || road.Last(k).State != hot.Open {
		return 0, nil
	}
	is, err := road.Balance(ctx, road.Last(k))
	return is.Free(), err
}

// Items are the levels of the items, including the units of Redis.
func (b *Books) Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error) {
	levels, at, err := readLevels(ctx, b, func() []stock.ItemKey { return keys }, func() ([]ledger.Level, stock.Time, error) { return b.Ledger.Items(ctx, keys) })
	if err == nil && b.roads.serve(ctx, levels) {
		levels, at, err = b.Ledger.Items(ctx, keys)
	}
	withRedis(levels)
	return levels, at, err
}

// Product are the levels of all items of a product, including the units of
// Redis.
func (b *Books) Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error) {
	levels, at, err := readLevels(ctx, b, func() []stock.ItemKey { return b.roads.items(p) }, func() ([]ledger.Level, stock.Time, error) { return b.Ledger.Product(ctx, p) })
	if err == nil && b.roads.serve(ctx, levels) {
		levels, at, err = b.Ledger.Product(ctx, p)
	}
	withRedis(levels)
	return levels, at, err
}

// readLevels reads levels once the takings of Redis of the items are in the books. If the levels show that Redis sells
// an item that this process has not met, it reads them again.
func readLevels(ctx context.Context, b *Books, items func() []stock.ItemKey, read func() ([]ledger.Level, stock.Time, error)) ([]ledger.Level, stock.Time, error) {
	for {
		for _, k := range items() {
			if err := b.flush(ctx, k); err != nil {
				return nil, 0, asLedgerError(err)
			}
		}
		levels, at, err := read()
		if err != nil {
			return levels, at, err
		}
		met, err := b.roads.meetItems(ctx, levels)
		if err != nil || !met {
			return levels, at, asLedgerError(err)
		}
	}
}

// Order is one order's holds, with those that Redis has taken.
func (b *Books) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	if err := b.settle(ctx, k); err != nil {
		return nil, 0, asLedgerError(err)
	}
	return b.Ledger.Order(ctx, k)
}

// withRedis shows the units that Redis sells, and those on their way from there, as those of the pool.
func withRedis(levels []ledger.Level) {
	for i := range levels {
		it := levels[i].Item
		if it == nil {
			continue
		}
		account := stock.Escrow(stock.RedisHolder(it.Key.Product), stock.Shared)
		var shown *stock.Item
		for _, balance := range it.Balances {
			if _, brought := balance.Account.IsBrought(); balance.Qty == 0 || !brought && balance.Account != account {
				continue
			}
			if shown == nil {
				shown = it.Clone()
			}
			shown.Set(balance.Account, 0)
			shown.Set(stock.Shared, shown.Of(stock.Shared)+balance.Qty)
		}
		if shown != nil {
			levels[i].Item = shown
		}
	}
}

// flush brings the takings of Redis of the item into the books.
func (b *Books) flush(ctx context.Context, k stock.ItemKey) error {
	road := b.roads.road(k)
	if road == nil {
		return nil
	}
	return road.Flush(ctx, road.Last(k))
}

// rest waits until the item is not moving to Redis or back, and brings the takings of Redis of it
// into the books.
func (b *Books) rest(ctx context.Context, k stock.ItemKey) error {
	began := b.now()
	for pause := waitFirst; ; pause = min(2*pause, waitMost) {
		road := b.roads.road(k)
		if road == nil {
			return nil
		}
		l := road.Last(k)
		if l.State != hot.Open && b.now().Sub(began) < patience && sleep(ctx, pause) {
			if _, err := road.Look(ctx, k); err != nil {
				return err
			}
			continue
		}
		return road.Flush(ctx, l)
	}
}

// settle brings the takings of Redis for the order into the books.
func (b *Books) settle(ctx context.Context, k stock.OrderKey) error {
	if k.Order == "" {
		return nil
	}
	for _, road := range b.roads.all {
		items, err := road.Unwritten(ctx, k)
		if err != nil {
			return err
		}
		for _, item := range items {
			l, err := road.Look(ctx, item)
			if err == nil {
				err = road.Settle(ctx, l, k.Order)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// asLedgerError returns the error as callers of a ledger know it.
func asLedgerError(err error) error {
	switch {
	case errors.Is(err, hot.ErrUnknown):
		return errors.Join(ledger.ErrUnknown, err)
	case errors.Is(err, hot.ErrKeyReused):
		return errors.Join(ledger.ErrKeyReused, err)
	}
	return err
}
