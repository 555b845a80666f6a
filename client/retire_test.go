package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestAProductIsRetiredAndReinstated(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", Quantity: 2}))

	if _, err := c.Retire(ctx, client.Retire{ProductID: "mug", WriteOff: true}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("while units are held: %v", err)
	}
	fine[*client.Order](t)(c.Release(ctx, client.Release{OrderID: "o"}))
	if _, err := c.Retire(ctx, client.Retire{ProductID: "mug"}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("while units are there: %v", err)
	}
	one := fine[*client.Retired](t)
	if got := one(c.Retire(ctx, client.Retire{ProductID: "mug", WriteOff: true, Reason: "out of print"})); got.Levels != 1 || got.WrittenOff != 5 || len(got.Items) != 1 || got.Items[0].OnHand != 0 {
		t.Errorf("retired: %+v", got)
	}
	if _, err := c.Reserve(ctx, client.Reserve{OrderID: "p", ProductID: "mug", Quantity: 1}); err == nil {
		t.Error("a retired product was reserved")
	}
	if got := one(c.Reinstate(ctx, client.Reinstate{ProductID: "mug"})); got.Levels != 1 || len(got.Items) != 1 || !got.Items[0].OnSale {
		t.Errorf("reinstated: %+v", got)
	}
	fine[*client.Inventory](t)(c.Restock(ctx, client.Restock{ProductID: "mug", Quantity: 1}))
	fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: "p", ProductID: "mug", Quantity: 1}))
	if _, err := c.Retire(ctx, client.Retire{ProductID: "no such thing"}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown product: %v", err)
	}
}
