package front

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/outpost/hot"
)

const (
	// turnEvery is how often items are compared with the rules.
	turnEvery = 500 * time.Millisecond
	// compareEvery is how often Redis is compared with the books.
	compareEvery = time.Minute
)

// Run writes back what Redis has taken, turns items on and off, and compares, until ctx ends.
func (b *Books) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, road := range b.roads.all {
		all.Go(func() error { return road.Run(ctx) })
	}
	all.Go(func() error {
		b.turnQueued(ctx)
		return nil
	})
	if b.trial != nil {
		all.Go(func() error { return b.trial.shadow.Run(ctx) })
	}
	all.Go(func() error { return hot.Every(ctx, turnEvery, rulesWatch{b}.turnBack) })
	all.Go(func() error { return hot.Every(ctx, compareEvery, b.compareAll) })
	return all.Wait()
}

// compareAll compares every item that is open.
func (b *Books) compareAll(ctx context.Context) {
	_ = hot.Each(ctx, b.roads.listed(), func(ctx context.Context, l hot.Listed) error {
		_, _ = b.compare(ctx, l) // an item that failed is compared the next time
		return nil
	})
	rulesWatch{b}.returnQuiet(ctx)
	b.watch(ctx)
}

// compare compares an item, and makes a wrong balance anew.
func (b *Books) compare(ctx context.Context, l hot.Listed) (*hot.Difference, error) {
	road := b.roads.road(l.Key)
	if road == nil {
		b.found.note(l.Key, nil, b.now())
		return nil, nil
	}
	if l.State != hot.Open { // nothing is compared until it is where it goes
		return nil, road.Rebuild(ctx, l.Key)
	}
	d, err := road.Compare(ctx, l)
	if err != nil {
		return nil, err
	}
	b.found.note(l.Key, d, b.now())
	if d == nil {
		return nil, nil
	}
	b.log.WarnContext(ctx, "Redis and the books differ", "audit", true, "tenant", l.Key.Tenant, "product", l.Key.Product, "location", l.Key.Location, "redis", d.Has, "books", d.Want)
	why := fmt.Sprintf("Redis had %d units and the books %d: its balance was made again from the books", d.Has, d.Want)
	// The journal says why the units went back, and callers that remember what is available learn that it
	// may have changed.
	mine, err := road.TakeBack(ctx, l, why)
	if mine {
		b.meters.differed(l.Key)
	}
	if err != nil {
		return d, err
	}
	b.found.note(l.Key, nil, b.now())
	if !mine {
		return d, nil // another server mends it
	}
	if !b.rules.want(l.Key) {
		return d, nil // the ledger sells it from now on
	}
	if err := road.On(ctx, l.Key, l.Floor); err != nil {
		if is, e := road.Look(ctx, l.Key); e == nil && is.State != hot.Opening {
			return d, nil // the rules, or the item itself, had it turned off meanwhile
		}
		return d, err
	}
	b.log.InfoContext(ctx, "the balance in Redis was made again from the books", "audit", true, "tenant", l.Key.Tenant, "product", l.Key.Product, "location", l.Key.Location)
	return d, nil
}
