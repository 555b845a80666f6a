package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Expire lets an order expire, in a tenant that was made as a sandbox.
type Expire struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	// TTL is how long the units are still held, in whole seconds: a second when it is 0.
	TTL time.Duration
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// Expire moves the deadline of what an order holds. It returns ErrInvalidState in a tenant
// that is no sandbox, and for an order that is committed.
func (s *OrderService) Expire(ctx context.Context, r Expire) (*Order, error) {
	q := &holdfastv1.ExpireOrderRequest{OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID}
	if r.TTL != 0 {
		q.TtlSeconds = new(wholeSeconds(r.TTL))
	}
	m, around, err := alter(ctx, s.c, "expire", r.Key, s.stub.ExpireOrder, q)
	if err != nil {
		return nil, err
	}
	return &Order{OrderID: m.GetOrderId(), Reservations: reservationsOf(m.GetReservations()), Replayed: around.replayed()}, nil
}
