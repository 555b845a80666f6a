package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Withdraw takes units back that have left with an order: the order holds them again.
type Withdraw struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all of which something was
	// deducted.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: all that was deducted
	Decimal    string // in the declared unit, in place of Quantity
	// TTL is the new life of the reservations, in whole seconds. 0: a committed one has
	// no deadline, any other its own or that of a new one, whichever is later.
	TTL    time.Duration
	Reason string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Withdraw) verb() string  { return "withdraw" }
func (r Withdraw) natural() bool { return false }
func (r Withdraw) message() *holdfastv1.Command {
	m := &holdfastv1.WithdrawRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, QuantityDecimal: r.Decimal, Reason: r.Reason,
	}
	if r.Quantity != 0 {
		m.Quantity = &r.Quantity
	}
	if r.TTL != 0 {
		m.TtlSeconds = new(wholeSeconds(r.TTL))
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Withdraw{Withdraw: m}}
}

// Withdraw takes units back into their order.
func (c *Client) Withdraw(ctx context.Context, r Withdraw) (*Order, error) { return c.about(ctx, r) }
