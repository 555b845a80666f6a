package server

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// own is what an order would return, by item.
type own map[stock.ItemKey][]stock.HeldUnits

// ownOrder checks the order whose holds count as free in an answer.
func (f *requestForm) ownOrder(order, consistency string) {
	f.optionalID("order_id", order, maxOrder)
	if order != "" && consistency == eventual {
		f.refuse("consistency", "must be strong where order_id is named")
	}
}

// ownHolds is what the order holds, nothing when none is named. A caller without a key
// that may read learns nothing about orders.
func (s *core) ownHolds(ctx context.Context, c *call, order string) (own, error) {
	switch {
	case order == "":
		return nil, nil
	case c.scopes == 0:
		return nil, refuse(codeUnauthenticated, "order_id needs Authorization: Bearer <key>")
	case !c.scopes.Allow(catalog.ScopeRead):
		return nil, refuse(codeDenied, "order_id needs the scope %s, the key has %s", catalog.ScopeRead, c.scopes)
	}
	holds, now, err := s.books.Order(ctx, stock.OrderKey{Tenant: c.tenant, Order: order})
	return stock.OpenHeld(holds, now), err
}
