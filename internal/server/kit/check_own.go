package kit

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Own is what an order would return, by item.
type Own map[stock.ItemKey][]stock.HeldUnits

// OwnOrder checks the order whose holds count as free in an answer.
func (f *Form) OwnOrder(order, consistency string) {
	f.OptionalID("order_id", order, MaxOrder)
	if order != "" && consistency == Eventual {
		f.Refuse("consistency", "must be strong where order_id is named")
	}
}

// OwnHolds is what the order holds, nothing when none is named. A caller without a key
// that may read learns nothing about orders.
func OwnHolds(ctx context.Context, books Books, c *Call, order string) (Own, error) {
	switch {
	case order == "":
		return nil, nil
	case c.Scopes == 0:
		return nil, Refuse(CodeUnauthenticated, "order_id needs Authorization: Bearer <key>")
	case !c.Scopes.Allow(catalog.ScopeRead):
		return nil, Refuse(CodeDenied, "order_id needs the scope %s, the key has %s", catalog.ScopeRead, c.Scopes)
	}
	holds, now, err := books.Order(ctx, stock.OrderKey{Tenant: c.Tenant, Order: order})
	return stock.OpenHeld(holds, now), err
}
