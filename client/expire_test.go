package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestAnOrderInASandboxExpiresOnDemand(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	if s, err := c.Tenant.Settings(ctx); err != nil || !s.Sandbox {
		t.Fatalf("the tenant is no sandbox: %+v, %v", s, err)
	}
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}))
	order := fine[*client.Order](t)
	order(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", Quantity: 4, TTL: time.Hour}))
	for _, ttl := range []time.Duration{2 * time.Minute, 0} {
		want := max(ttl, time.Second)
		if r := order(c.Orders.Expire(ctx, client.Expire{OrderID: "o", ProductID: "mug", TTL: ttl})).Reservations[0]; r.ExpiresAt.Sub(r.UpdatedAt) != want {
			t.Errorf("expires after %v, want %v: %+v", r.ExpiresAt.Sub(r.UpdatedAt), want, r)
		}
	}
	order(c.Reserve(ctx, client.Reserve{OrderID: "paid", ProductID: "mug", Quantity: 1}))
	order(c.Commit(ctx, client.Commit{OrderID: "paid"}))
	if _, err := c.Orders.Expire(ctx, client.Expire{OrderID: "paid"}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("a committed order: %v", err)
	}
}
