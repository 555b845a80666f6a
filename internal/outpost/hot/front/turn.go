package front

import (
	"context"
	"errors"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Rules say which items sell through Redis. They answer from memory.
type Rules interface {
	// Any reports whether there are rules.
	Any() bool
	// Floor is how many units of the item stay in the ledger; false when the ledger sells it.
	Floor(k stock.ItemKey) (floor stock.Qty, passes bool)
}

// rules are those of the catalog, and which items are on their way because of them.
type rules struct {
	kept Rules

	mu    sync.Mutex
	again map[stock.ItemKey]time.Time // when an item may be turned on again
	queue chan stock.ItemKey
}

const (
	// turnQueue is how many items wait to be turned on. Others come with their next reservation.
	turnQueue = 10_000
	// turnRest is for how long an item that could not be turned on is left alone.
	turnRest = 30 * time.Second
)

func newRules(kept Rules) *rules {
	return &rules{kept: kept, again: map[stock.ItemKey]time.Time{}, queue: make(chan stock.ItemKey, turnQueue)}
}

func (r *rules) any() bool { return r.kept != nil && r.kept.Any() }

// want reports whether Redis is to sell the item.
func (r *rules) want(k stock.ItemKey) bool {
	if !r.any() {
		return false
	}
	_, passes := r.kept.Floor(k)
	return passes
}

// due reports whether the item may be turned on now, once in a while.
func (r *rules) due(k stock.ItemKey, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.again[k]) {
		return false
	}
	if len(r.again) > turnQueue {
		clear(r.again)
	}
	r.again[k] = now.Add(turnRest)
	return true
}

// turnOn has the item turned on soon, when the rules say so. The ledger sells it meanwhile.
func (b *Books) turnOn(k stock.ItemKey) {
	if !b.rules.want(k) || !b.rules.due(k, b.now()) {
		return
	}
	select {
	case b.rules.queue <- k:
	default:
	}
}

// Turn turns the item on or off, as the rules say, and returns when that is done.
func (b *Books) Turn(ctx context.Context, k stock.ItemKey) error {
	floor, passes := stock.Qty(0), false
	if b.rules.any() {
		floor, passes = b.rules.kept.Floor(k)
	}
	road := b.roads.of(k)
	switch {
	case road == nil && passes:
		return b.on(ctx, k, floor)
	case road != nil && !passes:
		return b.turnOff(ctx, road, k)
	}
	return nil
}

// on turns an item on. With a Redis that does not answer it stays with the ledger.
func (b *Books) on(ctx context.Context, k stock.ItemKey, floor stock.Qty) error {
	road := b.roads.next(k)
	if road == nil {
		return hot.ErrLedger
	}
	if err := road.Ping(ctx); err != nil {
		return err
	}
	err := road.On(ctx, k, floor)
	if errors.Is(err, hot.ErrDown) {
		err = errors.Join(err, road.Off(ctx, k))
	}
	return err
}

// turnOff lets the ledger sell the item again.
func (b *Books) turnOff(ctx context.Context, road *hot.Road, k stock.ItemKey) error {
	err := road.Off(context.WithoutCancel(ctx), k)
	if err != nil {
		b.log.WarnContext(ctx, "an item of Redis does not go back to the ledger", "product", k.Product, "location", k.Location, "err", err)
	}
	return err
}

// turnQueued turns on what waits.
func (b *Books) turnQueued(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case k := <-b.rules.queue:
			if err := b.Turn(ctx, k); err != nil && ctx.Err() == nil {
				b.log.InfoContext(ctx, "an item stays with the ledger", "product", k.Product, "location", k.Location, "err", err)
			}
		}
	}
}

// turnBack turns off what the rules, or the item itself, do not let Redis sell any more.
func (b *Books) turnBack(ctx context.Context) {
	for _, l := range b.roads.listed() {
		if b.rules.want(l.Key) && b.fits(ctx, l.Key) {
			continue
		}
		if road := b.roads.of(l.Key); road != nil {
			_ = b.turnOff(ctx, road, l.Key) // it told
		}
	}
}

func (b *Books) fits(ctx context.Context, k stock.ItemKey) bool {
	levels, _, err := b.Ledger.Items(ctx, []stock.ItemKey{k})
	return err != nil || simple(levels[0].Item)
}
