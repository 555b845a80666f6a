package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Change sets what an order holds, completely or not at all: missing units are reserved,
// surplus units are returned.
type Change struct {
	OrderID string
	// Items say how much of each product the order holds afterwards, 0 for nothing. Units
	// that were deducted do not count. A committed reservation cannot be reduced.
	Items []ChangeItem
	// Replace releases the active reservations of the order that Items do not name.
	Replace bool
	// TTL is how long the units of Items are held from now, in whole seconds; a part of a
	// second counts as a whole one. 0: deadlines stay, and new reservations get the latest
	// deadline of the order.
	TTL time.Duration
	// Expected is what the caller believes the order holds. If it holds something else, the
	// call returns ErrVersionConflict.
	Expected []ExpectedHold
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// ChangeItem says how much of one product the order holds afterwards.
type ChangeItem struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, in place of Quantity
	// ChannelID and Lot apply to a new reservation. An existing one keeps its own; to name
	// others returns ErrAlreadyExists.
	ChannelID string
	Lot       Lot
}

// ExpectedHold is how much of a product the caller believes an order holds.
type ExpectedHold struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
}

func (r Change) verb() string  { return "change" }
func (r Change) natural() bool { return false }
func (r Change) message() *holdfastv1.Command {
	m := &holdfastv1.ChangeOrderRequest{OrderId: r.OrderID, Replace: r.Replace}
	if r.TTL != 0 {
		m.TtlSeconds = new(wholeSeconds(r.TTL))
	}
	m.Items = mapAll(r.Items, func(it ChangeItem) *holdfastv1.ChangeItem {
		item := &holdfastv1.ChangeItem{
			ProductId: it.ProductID, LocationId: it.LocationID, QuantityDecimal: it.Decimal, ChannelId: it.ChannelID, Lot: it.Lot,
		}
		if it.Decimal == "" {
			item.Quantity = &it.Quantity
		}
		return item
	})
	m.Expected = mapAll(r.Expected, func(e ExpectedHold) *holdfastv1.ExpectedHold {
		return &holdfastv1.ExpectedHold{ProductId: e.ProductID, LocationId: e.LocationID, Quantity: &e.Quantity}
	})
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Change{Change: m}}
}

// Change sets what an order holds, and returns the reservations that were named or
// released.
func (c *Client) Change(ctx context.Context, r Change) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// Relocate moves what an order holds of a product from one location to another, in one
// step.
type Relocate struct {
	OrderID, ProductID string
	// From and To are locations; the tenant's default location when empty.
	From, To string
	// Quantity is how many units, in smallest units; 0: all that is held.
	Quantity int64
	Decimal  string // in the declared unit, in place of Quantity
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Relocate) verb() string  { return "relocate" }
func (r Relocate) natural() bool { return false }
func (r Relocate) message() *holdfastv1.Command {
	m := &holdfastv1.RelocateRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, FromLocationId: r.From, ToLocationId: r.To, QuantityDecimal: r.Decimal,
	}
	if r.Quantity != 0 {
		m.Quantity = &r.Quantity
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Relocate{Relocate: m}}
}

// Relocate moves a hold, and returns the reservations at both locations.
func (c *Client) Relocate(ctx context.Context, r Relocate) (*Order, error) {
	return c.submitForOrder(ctx, r)
}
