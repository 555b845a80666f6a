package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Commit marks an order as paid: its reservations no longer have a deadline,
// and the units stay until they are deducted or released.
type Commit struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Reason     string // for the people who prepare the order; kept in its history
	// Key is the idempotency key. Without one the order's id protects the call.
	Key string
}

func (r Commit) verb() string  { return "commit" }
func (r Commit) natural() bool { return true }
func (r Commit) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Commit{Commit: &holdfastv1.CommitRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, Reason: r.Reason,
	}}}
}

// Commit removes the deadline of what an order holds. It may be repeated.
func (c *Client) Commit(ctx context.Context, r Commit) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// Extend gives the reservations of an order a new deadline.
type Extend struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	// TTL is how long the units are held from now, in whole seconds; a part of a
	// second counts as a whole one. The old deadline does not matter.
	TTL time.Duration
	// Key is the idempotency key; the client makes one when it is empty. The new
	// deadline counts from the first attempt that was carried out.
	Key string
}

func (r Extend) verb() string  { return "extend" }
func (r Extend) natural() bool { return false }
func (r Extend) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Extend{Extend: &holdfastv1.ExtendRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, TtlSeconds: wholeSeconds(r.TTL),
	}}}
}

// Extend gives the reservations of an order a new deadline. It returns
// ErrInvalidState when they are committed and have none.
func (c *Client) Extend(ctx context.Context, r Extend) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// wholeSeconds counts a part of a second as a whole one.
func wholeSeconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return seconds
}

// Withdraw takes back units that have left with an order: the order holds them again.
type Withdraw struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all lines of which units were
	// deducted.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: all that was deducted
	Decimal    string // in the declared unit, in place of Quantity
	// TTL is how long the reservations are held from now, in whole seconds. 0: a committed one
	// has no deadline; any other keeps its own or gets that of a new one, whichever is later.
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
func (c *Client) Withdraw(ctx context.Context, r Withdraw) (*Order, error) {
	return c.submitForOrder(ctx, r)
}
