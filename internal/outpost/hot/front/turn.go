package front

import (
	"context"
	"errors"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger/observed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// turns are the items on their way because of rules.
type turns struct {
	mu    sync.Mutex
	again map[stock.ItemKey]time.Time // when an item may be turned on again
	queue chan stock.ItemKey
}

const (
	// turnQueue is how many items wait to be turned on. Others come with their next reservation.
	turnQueue = 10_000
	// turnRest is for how long an item that could not be turned on is left alone.
	turnRest = 2 * time.Second
)

func newTurns() *turns {
	return &turns{again: map[stock.ItemKey]time.Time{}, queue: make(chan stock.ItemKey, turnQueue)}
}

// due reports, from time to time, whether the item may be turned on now.
func (r *turns) due(k stock.ItemKey, now time.Time) bool {
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
	if !b.rules.want(k) || !b.turns.due(k, b.now()) {
		return
	}
	select {
	case b.turns.queue <- k:
	default:
	}
}

// Turn turns the item on or off, as the rules say, and returns when that is done.
func (b *Books) Turn(ctx context.Context, k stock.ItemKey) error {
	if err := b.rules.follow(ctx); err != nil {
		return err
	}
	rule, passes := b.rules.rule(k)
	road := b.roads.road(k)
	switch {
	case road == nil && passes:
		return b.turnItemOn(ctx, k, &rule)
	case road != nil && !passes:
		return b.turnOff(ctx, road, k, b.whyOff(k)...)
	}
	return nil
}

// whyOff is what the journal says of an item whose rule was cut back.
func (b *Books) whyOff(k stock.ItemKey) []stock.Note {
	why := b.rules.whyNot(k)
	if why == "" {
		return nil
	}
	return []stock.Note{{Reason: "the ledger sells it instead of Redis: " + why, Reference: "redis"}}
}

// turnItemOn turns an item on. With a Redis that does not answer it stays with the ledger.
func (b *Books) turnItemOn(ctx context.Context, k stock.ItemKey, rule *catalog.RedisRule) error {
	road := b.roads.nextRoad(k)
	if road == nil {
		return hot.ErrLedger
	}
	if err := road.Ping(ctx); err != nil {
		return err
	}
	err := road.On(ctx, k, stock.Qty(rule.Floor), whyOn(rule)...)
	if errors.Is(err, hot.ErrDown) {
		err = errors.Join(err, road.Off(ctx, k))
	}
	return err
}

// whyOn is what the journal says of an item whose rule was cut back and returned.
func whyOn(rule *catalog.RedisRule) []stock.Note {
	if rule.Returned.IsZero() {
		return nil
	}
	return []stock.Note{{Reason: "Redis sells it again: its rule returned at " + rule.Returned.UTC().Format(time.RFC3339), Reference: "redis"}}
}

// turnOff lets the ledger sell the item again.
func (b *Books) turnOff(ctx context.Context, road *hot.Road, k stock.ItemKey, why ...stock.Note) error {
	err := road.Off(context.WithoutCancel(ctx), k, why...)
	if err != nil {
		b.log.WarnContext(ctx, "an item of Redis does not go back to the ledger", "product", k.Product, "location", k.Location, "err", err)
	}
	return err
}

// turnQueued turns on the items that wait.
func (b *Books) turnQueued(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case k := <-b.turns.queue:
			if err := b.Turn(ctx, k); err != nil && ctx.Err() == nil {
				b.log.InfoContext(ctx, "an item stays with the ledger", "product", k.Product, "location", k.Location, "err", err)
			}
		}
	}
}

// turnBack turns off items that the rules, or the items themselves, no longer let Redis sell.
func (b rulesWatch) turnBack(ctx context.Context) {
	if err := b.books.rules.follow(ctx); err != nil {
		b.books.log.WarnContext(ctx, "the rules of Redis cannot be read", "err", err)
		return
	}
	for _, l := range b.books.roads.listed() {
		if b.books.rules.want(l.Key) && fits(ctx, b.books.Ledger, l.Key) {
			continue
		}
		if road := b.books.roads.road(l.Key); road != nil {
			_ = b.books.turnOff(ctx, road, l.Key, b.books.whyOff(l.Key)...) // it told
		}
	}
}

func fits(ctx context.Context, l *observed.Ledger, k stock.ItemKey) bool {
	levels, _, err := l.Items(ctx, []stock.ItemKey{k})
	return err != nil || simple(levels[0].Item)
}
