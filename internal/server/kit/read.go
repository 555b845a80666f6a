package kit

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Question asks how much one reserve could take of a product, at a location or,
// without one, over all.
type Question struct {
	Product, Location, Channel string
	Requested                  stock.Qty
	Ahead                      bool // counts what is sold before it arrives
	Own                        Own  // counts as free
}

// Levels reads the items of a question, except those at locations that take no new
// orders.
func (s *Source) Levels(ctx context.Context, tenant string, q Question) ([]ledger.Level, stock.Time, error) {
	levels, now, err := s.ReadEveryLevel(ctx, tenant, q)
	if err == nil {
		levels, err = s.Active(ctx, tenant, levels)
	}
	return levels, now, err
}

// ReadEveryLevel reads the items of a question at all locations.
func (s *Source) ReadEveryLevel(ctx context.Context, tenant string, q Question) ([]ledger.Level, stock.Time, error) {
	if q.Location == "" {
		return s.Product(ctx, engine.ProductKey{Tenant: tenant, Product: q.Product})
	}
	return s.Items(ctx, []stock.ItemKey{{Tenant: tenant, Location: q.Location, Product: q.Product}})
}

// Active removes the levels at locations that take no new orders.
func (s *Source) Active(ctx context.Context, tenant string, levels []ledger.Level) ([]ledger.Level, error) {
	places, err := s.Core.Directory.Places(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(levels, func(l ledger.Level) bool {
		at := catalog.FindPlace(places, l.Key.Location)
		return at != nil && !at.Active
	}), nil
}
