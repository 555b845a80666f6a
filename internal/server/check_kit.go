package server

import (
	"context"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// parts is what one unit of a kit is made of, nil for a plain product.
func (s *core) parts(ctx context.Context, tenant, product string) ([]planning.Line, error) {
	if s.orders == nil {
		return nil, nil
	}
	return s.orders.Parts(ctx, tenant, product)
}

// kit answers a question about a kit: how many can be built now of what there
// is of each component, at the location or over all of them. Components that
// are not counted set no bound.
func (s *source) kit(ctx context.Context, tenant string, q question, parts []planning.Line) (*supply, stock.Time, error) {
	kit := &supply{onSale: true, available: stock.MaxQty}
	var now stock.Time
	for _, p := range parts {
		of := q
		of.product, of.ahead = p.Product, false
		levels, when, err := s.levels(ctx, tenant, of)
		if err != nil {
			return nil, 0, err
		}
		var part supply
		for i := range levels {
			part.add(&levels[i], of)
		}
		kit.items += part.items
		kit.onSale = kit.onSale && (part.onSale || part.items == 0)
		if part.tracked || part.items == 0 {
			kit.tracked = true
			kit.available = min(kit.available, part.available/p.Qty)
		}
		now = earlier(now, when)
	}
	return kit, now, nil
}
