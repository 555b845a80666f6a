package kit

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Replicas answers reads that may be a little old, from copies of the databases that
// have passed the position after. Every method returns false when no copy can answer:
// then the books do. Everything it returns was true at the time it
// names.
type Replicas interface {
	// Items returns the items, all of them, in the order of the keys.
	Items(ctx context.Context, keys []stock.ItemKey, after feed.Cursors) ([]*stock.Item, stock.Time, bool)
	// Product returns the items of a product, by location and lot.
	Product(ctx context.Context, p engine.ProductKey, after feed.Cursors) ([]*stock.Item, stock.Time, bool)
	// Order returns the holds of an order, by bucket.
	Order(ctx context.Context, k stock.OrderKey, after feed.Cursors) ([]*stock.Hold, stock.Time, bool)
	// Page works like that of Levels.
	Page(ctx context.Context, q view.LevelQuery, after feed.Cursors) (*view.LevelPage, bool)
	// Entries works like that of Journal.
	Entries(ctx context.Context, q view.EntryQuery, after feed.Cursors) (*view.EntryPage, bool)
}

// Source is what answers a read. Only a read that asked for an eventual answer ever has
// memory and replicas. Decisions have no source at all: they are made in the
// books.
type Source struct {
	Core     *Core
	Call     *Call
	memory   Memory   // nil: it is not asked
	replicas Replicas // nil: they are not asked
	awaited  bool     // the books have passed the place that the call names
}

// Source returns what answers a read, when it has passed the position that the call
// names. Memory and replicas check this when they are asked.
func (s *Core) Source(ctx context.Context, c *Call, consistency string) (*Source, error) {
	from := &Source{Core: s, Call: c}
	if consistency == Eventual && (s.Memory != nil || s.Replicas != nil) {
		from.memory, from.replicas = s.Memory, s.Replicas
		return from, nil
	}
	from.awaited = true
	return from, s.Await(ctx, c)
}

// Eventual is the consistency of a read that memory or a replica may answer.
const Eventual = "eventual"

// switchToBooks makes the books answer this question and all further ones of the call.
func (s *Source) switchToBooks(ctx context.Context) error {
	if s.awaited {
		return nil
	}
	s.memory, s.replicas, s.awaited = nil, nil, true
	s.Core.Eventual.books.Inc()
	return s.Core.Await(ctx, s.Call)
}

// Items reads items, in the order of the keys.
func (s *Source) Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error) {
	if s.memory != nil {
		if levels, at, ok := s.memory.Items(ctx, keys, s.Call.positions()); ok {
			s.Core.Eventual.memory.Inc()
			return levels, at, nil
		}
	}
	if s.replicas != nil {
		if items, at, ok := s.replicas.Items(ctx, keys, s.Call.After); ok {
			s.Core.Eventual.replica.Inc()
			levels := make([]ledger.Level, len(keys))
			for i := range keys {
				levels[i] = ledger.Level{Key: keys[i], Item: items[i]}
			}
			return levels, at, nil
		}
	}
	if err := s.switchToBooks(ctx); err != nil {
		return nil, 0, err
	}
	return s.Core.Books.Items(ctx, keys)
}

// Product returns the levels of a product, only those at the locations that the caller is
// bound to.
func (s *Source) Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error) {
	levels, now, err := s.levelsOfProduct(ctx, p)
	if s.Call.Bounds != nil {
		levels = slices.DeleteFunc(levels, func(l ledger.Level) bool { return !s.Call.Bounds.Location(l.Key.Location) })
	}
	return levels, now, err
}

func (s *Source) levelsOfProduct(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error) {
	if s.memory != nil {
		if levels, at, ok := s.memory.Product(ctx, p, s.Call.positions()); ok {
			s.Core.Eventual.memory.Inc()
			return levels, at, nil
		}
	}
	if s.replicas != nil {
		if items, at, ok := s.replicas.Product(ctx, p, s.Call.After); ok {
			s.Core.Eventual.replica.Inc()
			levels := make([]ledger.Level, len(items))
			for i, it := range items {
				levels[i] = ledger.Level{Key: it.Key, Item: it}
			}
			return levels, at, nil
		}
	}
	if err := s.switchToBooks(ctx); err != nil {
		return nil, 0, err
	}
	return s.Core.Books.Product(ctx, p)
}

// Order reads the holds of an order that the caller may see.
func (s *Source) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	if s.replicas != nil {
		if holds, at, ok := s.replicas.Order(ctx, k, s.Call.After); ok {
			s.Core.Eventual.replica.Inc()
			return s.Call.KeepInside(holds), at, nil
		}
	}
	if err := s.switchToBooks(ctx); err != nil {
		return nil, 0, err
	}
	holds, at, err := s.Core.Books.Order(ctx, k)
	return s.Call.KeepInside(holds), at, err
}

// Page reads a page of the levels.
func (s *Source) Page(ctx context.Context, q view.LevelQuery) (*view.LevelPage, error) {
	if q.Bounds = s.Call.Bounds; q.Bounds != nil && q.Location == "" && len(q.Bounds.Locations) == 1 {
		q.Location = q.Bounds.Locations[0]
	}
	if s.replicas != nil {
		if page, ok := s.replicas.Page(ctx, q, s.Call.After); ok {
			s.Core.Eventual.replica.Inc()
			return page, nil
		}
	}
	if err := s.switchToBooks(ctx); err != nil {
		return nil, err
	}
	return s.Core.Lists.Page(ctx, q)
}

// Entries reads a page of the journal.
func (s *Source) Entries(ctx context.Context, q view.EntryQuery) (*view.EntryPage, error) {
	q.Bounds = s.Call.Bounds
	if s.replicas != nil {
		if page, ok := s.replicas.Entries(ctx, q, s.Call.After); ok {
			s.Core.Eventual.replica.Inc()
			return page, nil
		}
	}
	if err := s.switchToBooks(ctx); err != nil {
		return nil, err
	}
	return s.Core.Journal.Entries(ctx, q)
}
