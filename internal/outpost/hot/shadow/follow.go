package shadow

import (
	"context"
	"errors"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// lookEvery is how often rules and refusals are looked at.
	lookEvery = 100 * time.Millisecond
	// retryAfter is how long it waits after the log could not be read.
	retryAfter = time.Second
)

// Run follows the logs of the tenants with items that are tried out, until ctx ends.
func (s *Shadow) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	following := map[string]bool{}
	for tick := time.NewTicker(lookEvery); ; {
		for _, tenant := range s.Rules.ShadowTenants() {
			if following[tenant] {
				continue
			}
			following[tenant] = true
			all.Go(func() { s.keep(ctx, tenant) })
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
	}
}

// keep follows the log of a tenant until ctx ends. It reads nothing while no item of the tenant is
// tried out.
func (s *Shadow) keep(ctx context.Context, tenant string) {
	for pause := time.Duration(0); rest(ctx, pause); {
		if pause = lookEvery; !s.tries(tenant) {
			continue
		}
		err := s.follow(ctx, tenant)
		if err != nil && ctx.Err() == nil {
			pause = retryAfter
			if !errors.Is(err, feed.ErrSlow) {
				s.Log.WarnContext(ctx, "the log cannot be followed to try Redis out", "tenant", tenant, "err", err)
			}
		}
	}
}

func (s *Shadow) tries(tenant string) bool {
	for _, t := range s.Rules.ShadowTenants() {
		if t == tenant {
			return true
		}
	}
	return false
}

// follow reads the log of the tenant from now on, as long as an item is tried out.
func (s *Shadow) follow(ctx context.Context, tenant string) error {
	watch, err := s.Feed.Watch(ctx, feed.Filter{Tenant: tenant}, nil)
	if err != nil {
		return err
	}
	defer watch.Close()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		events, more, err := watch.Take(ctx)
		if err != nil {
			return err
		}
		s.take(ctx, tenant, events)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-watch.Ready():
		case <-tick.C:
			for _, is := range s.ended(tenant) {
				is.end(ctx)
			}
			if !s.tries(tenant) {
				return nil
			}
		}
	}
	return ctx.Err()
}

// work is what there is to do about an item.
type work struct {
	item     *item
	events   []*feed.Event
	refusals []refusal
}

// take carries out events and refusals, those of each item in their order.
func (s *Shadow) take(ctx context.Context, tenant string, events []*feed.Event) {
	all := map[stock.ItemKey]*work{}
	at := func(k stock.ItemKey) *work {
		if all[k] == nil {
			all[k] = &work{item: s.item(k)}
		}
		return all[k]
	}
	for _, e := range events {
		k := stock.ItemKey{Tenant: e.Tenant, Location: e.Location, Product: e.Product}
		if e.Lot == "" && s.Rules.Shadowed(k) {
			w := at(k)
			w.events = append(w.events, e)
		}
	}
	for k, refusals := range s.waiting(tenant) {
		if s.Rules.Shadowed(k) {
			at(k).refusals = refusals
		}
	}
	list := make([]*work, 0, len(all))
	for _, w := range all {
		list = append(list, w)
	}
	_ = hot.Each(ctx, list, func(ctx context.Context, w *work) error {
		w.item.take(ctx, w.events)
		w.item.judge(ctx, w.refusals)
		return nil
	})
}

// rest waits, and reports false when ctx ended.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
