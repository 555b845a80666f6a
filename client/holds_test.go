package client_test

import (
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestHoldsAreListed(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}))
	for _, order := range []string{"a-1", "a-2", "b-1"} {
		fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: order, ProductID: "mug", Quantity: 1, CustomerID: "ann"}))
	}
	var orders []string
	for r, err := range c.AllHolds(ctx, client.Holds{ProductID: "mug", CustomerID: "ann", OrderPrefix: "a-", ExpiresBefore: time.Now().Add(time.Hour), PageSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, r.OrderID)
	}
	if got := strings.Join(orders, " "); got != "a-1 a-2" {
		t.Errorf("held by %s", got)
	}
	if page := fine[*client.Page[client.Reservation]](t)(c.Holds(ctx, client.Holds{State: "confirmed"})); len(page.Items) != 0 || page.AsOf.IsZero() {
		t.Errorf("confirmed: %+v", page)
	}
}
