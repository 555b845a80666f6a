package items

import (
	"context"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// parts are the components of one unit of a kit, nil for a plain product.
func partsOf(ctx context.Context, s *kit.Core, tenant, product string) ([]planning.Line, error) {
	if s.Orders == nil {
		return nil, nil
	}
	return s.Orders.Parts(ctx, tenant, product)
}

// supplyOfKit answers a question about a kit: how many can be built now from the units of each
// component, at the location or over all of them. Components that are not counted set
// no bound.
func supplyOfKit(ctx context.Context, s *kit.Source, tenant string, q kit.Question, parts []planning.Line) (*supply, stock.Time, error) {
	of, now, err := components(ctx, s, tenant, q, parts)
	if err != nil {
		return nil, 0, err
	}
	return kitOf(parts, of), now, nil
}

// components answers the question for each component of a kit.
func components(ctx context.Context, s *kit.Source, tenant string, q kit.Question, parts []planning.Line) (of []supply, now stock.Time, err error) {
	of = make([]supply, len(parts))
	q.Ahead = false
	for i, p := range parts {
		q.Product = p.Product
		levels, when, err := s.Levels(ctx, tenant, q)
		if err != nil {
			return nil, 0, err
		}
		for l := range levels {
			of[i].add(&levels[l], q)
		}
		now = earlier(now, when)
	}
	return of, now, nil
}

// kitOf is the supply of a kit whose components have these supplies.
func kitOf(parts []planning.Line, of []supply) *supply {
	kit := &supply{onSale: true, available: stock.MaxQty}
	for i, part := range of {
		kit.items += part.items
		kit.onSale = kit.onSale && (part.onSale || part.items == 0)
		if part.counted() {
			kit.tracked = true
			kit.available = min(kit.available, part.available/parts[i].Qty)
		}
	}
	return kit
}

// counted reports whether a component bounds how many kits can be built.
func (s *supply) counted() bool { return s.tracked || s.items == 0 }
