package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// followEvery is how often Run looks for changes in the catalog, maxEntries how
	// many it reads at once.
	followEvery = 200 * time.Millisecond
	maxEntries  = 500
	// lease is how long a process that died blocks the others.
	lease = 10 * time.Second
	// lastPause is the longest pause between repeated failures.
	lastPause = 10 * time.Second
)

// Run follows the log of the catalog, and knows up to when everything is shown, until
// ctx ends.
func (x *Index) Run(ctx context.Context) error {
	pause, failing := followEvery, ""
	for {
		more, err := x.follow(ctx)
		x.shown.look(ctx)
		switch {
		case err == nil:
			pause, failing = followEvery, ""
		case ctx.Err() == nil:
			pause = min(2*pause, lastPause)
			if text := err.Error(); text != failing {
				failing = text
				x.log.WarnContext(ctx, "changes of the catalog are not in the search index yet", "err", err)
			}
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

// follow processes the next changes of the catalog, and reports whether there may be
// more.
func (x *Index) follow(ctx context.Context) (more bool, err error) {
	at, err := x.store.Followed(ctx)
	if err != nil {
		return false, err
	}
	entries, err := x.directory.Log(ctx, at.Seq, maxEntries)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	err = x.store.Follow(ctx, &at, lease)
	if err == nil {
		err = x.takeIn(ctx, &at, entries)
		to := at.Seq
		if err == nil {
			to = entries[len(entries)-1].Seq
		}
		// Others may continue at once, also after an error.
		err = errors.Join(err, x.store.Advance(context.WithoutCancel(ctx), &at, to))
	}
	if errors.Is(err, catalog.ErrStale) {
		return false, nil // another process is at it
	}
	return err == nil, err
}

// takeIn looks at the products that the entries behind the cursor are about. Meanwhile
// it keeps the cursor from other processes.
func (x *Index) takeIn(ctx context.Context, at *catalog.SearchCursor, entries []catalog.Entry) error {
	of := changed{}
	for i := range entries {
		if err := x.note(ctx, of, &entries[i]); err != nil {
			return fmt.Errorf("entry %d: %w", entries[i].Seq, err)
		}
	}
	for _, tenant := range slices.Sorted(maps.Keys(of)) {
		for part := range slices.Chunk(slices.Sorted(maps.Keys(of[tenant])), maxProducts) {
			if err := x.store.Extend(ctx, at, lease); err != nil {
				return err
			}
			if err := x.look(ctx, tenant, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// changed is products that have changed, by tenant.
type changed map[string]map[string]bool

func (c changed) add(tenant, product string) {
	if c[tenant] == nil {
		c[tenant] = map[string]bool{}
	}
	c[tenant][product] = true
}

// note notes the products that an entry changes. The first details of a tenant begin its
// index.
func (x *Index) note(ctx context.Context, of changed, e *catalog.Entry) error {
	switch e.Kind {
	case catalog.KindDetailsSet:
		if of[e.Tenant] == nil {
			if err := x.begin(ctx, e.Tenant); err != nil {
				return err
			}
		}
		of.add(e.Tenant, e.Subject)
	case catalog.KindDetailsDropped:
		of.add(e.Tenant, e.Subject)
	case catalog.KindPlaceSet:
		if in, err := x.store.Of(ctx, e.Tenant); err != nil || len(in) == 0 {
			return err
		}
		_, err := x.levels.Scan(ctx, view.LevelQuery{Tenant: e.Tenant, Location: e.Subject}, func(it *stock.Item) error {
			of.add(e.Tenant, it.Key.Product)
			return nil
		})
		return err
	}
	return nil
}

// begin begins the index of a tenant that has none. A tenant that was deleted gets none.
func (x *Index) begin(ctx context.Context, tenant string) error {
	in, err := x.store.Of(ctx, tenant)
	if err != nil || slices.ContainsFunc(in, func(i catalog.SearchIndex) bool { return i.State == catalog.SearchLive }) {
		return err
	}
	err = x.store.Begin(ctx, tenant, catalog.SearchLive)
	if errors.Is(err, catalog.ErrUnknown) {
		return nil
	}
	return err
}
