package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// name is that of the projection.
	name = "search"
	// gather is how long it waits for more changes, so that a product that changes
	// often is written once.
	gather = 500 * time.Millisecond
	// cursorPace is how often the position in the log is stored.
	cursorPace = gather
)

// Project follows the logs of the slots, also those that are added later.
func (x *Index) Project(r *feed.Runner, logs *feed.Logs) {
	r.ProjectEach(logs, func(log *feed.Log) feed.Projection {
		q := &changedProducts{Cursors: log.Engine, index: x}
		q.Reset()
		return feed.Projection{Name: name, Output: q, Pace: cursorPace, Apply: q.apply}
	})
}

// changedProducts is the products of a log that must be looked at; a feed.Output.
type changedProducts struct {
	engine.Cursors
	index *Index

	products map[engine.ProductKey]struct{}
}

func (q *changedProducts) apply(_ context.Context, r *feed.Record) error {
	err := r.Touched(func(k stock.ItemKey) {
		if !k.Hidden() {
			q.products[engine.ProductKey{Tenant: k.Tenant, Product: k.Product}] = struct{}{}
		}
	})
	if err != nil {
		return fmt.Errorf("read what has changed: %w", err)
	}
	return nil
}

// Cursor returns the stored cursor.
func (q *changedProducts) Cursor(ctx context.Context) (engine.Seq, error) {
	return q.Cursors.Cursor(ctx, name)
}

// Full reports whether there are so many products that they are looked at.
func (q *changedProducts) Full() bool { return len(q.products) >= maxProducts }

// Reset forgets the products: they come again.
func (q *changedProducts) Reset() { q.products = map[engine.ProductKey]struct{}{} }

// Save looks at the products, and then moves the cursor: products that a crash
// leaves out are looked at again. If another process is ahead, Save leaves them to
// that one.
func (q *changedProducts) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	switch at, err := q.Cursor(ctx); {
	case err != nil:
		return from, fmt.Errorf("read the cursor of %s: %w", name, err)
	case at != from:
		return from, engine.ErrMoved
	}
	of := map[string][]string{}
	for p := range q.products {
		of[p.Tenant] = append(of[p.Tenant], p.Product)
	}
	for _, tenant := range slices.Sorted(maps.Keys(of)) {
		for part := range slices.Chunk(of[tenant], maxProducts) {
			if err := q.index.look(ctx, tenant, part); err != nil {
				return from, err
			}
		}
	}
	q.Reset()
	return to, q.SetCursor(ctx, name, from, to)
}
