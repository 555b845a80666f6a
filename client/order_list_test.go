package client_test

import (
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestOrdersAreListedAndTold(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}))
	for _, order := range []string{"a-1", "a-2", "b-1"} {
		fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: order, ProductID: "mug", Quantity: 2, CustomerID: "ann"}))
	}
	fine[*client.Order](t)(c.Deduct(ctx, client.Deduct{OrderID: "a-2"}))
	fine[*client.Order](t)(c.Commit(ctx, client.Commit{OrderID: "b-1"}))

	var orders []string
	for o, err := range c.AllOrders(ctx, client.Orders{State: "any", Text: "-", CustomerID: "ann", Sort: "due", Since: time.Now().Add(-time.Hour), PageSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, o.OrderID+" "+string(o.State))
	}
	if got := strings.Join(orders, ", "); got != "a-1 active, a-2 confirmed, b-1 active" {
		t.Errorf("the orders are %s", got)
	}
	paid := fine[*client.Page[client.OrderSummary]](t)(c.Orders(ctx, client.Orders{State: "committed"}))
	if len(paid.Items) != 1 || paid.AsOf.IsZero() {
		t.Fatalf("paid: %+v", paid)
	}
	if o := paid.Items[0]; o.OrderID != "b-1" || !o.Committed || o.Waiting || !o.ExpiresAt.IsZero() || o.CreatedAt.IsZero() || o.Count != 1 || o.Reservations[0].Quantity != 2 {
		t.Errorf("paid: %+v", o)
	}
	h := fine[*client.OrderHistory](t)(c.OrderHistory(ctx, "a-2"))
	if len(h.Steps) != 2 || h.Partial || h.Steps[0].Operation != "reserve" || h.Steps[1].Operation != "deduct" || h.Steps[0].At.IsZero() {
		t.Fatalf("a-2: %+v", h)
	}
	if change := h.Steps[0].Changes[0]; change.ProductID != "mug" || *change.Held != 2 || change.ExpiresAt.IsZero() || change.Moves[0] != (client.UnitsMoved{From: "pool/shared", To: "held", Quantity: 2}) {
		t.Errorf("a-2 was reserved as %+v", change)
	}
}
