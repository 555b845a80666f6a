package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Change brings an order to what it is to hold, whole or not at all: more is reserved,
// less is given back.
type Change struct {
	OrderID string
	// Items are what is to be held of each product afterwards, 0 for nothing. Units
	// that were deducted do not count, and of a committed reservation less cannot be
	// held.
	Items []ChangeItem
	// Replace releases the active reservations of the order that Items do not name.
	Replace bool
	// TTL is how long the units of Items are held from now, in whole seconds (a part
	// of one counts as one); 0: deadlines stay, and new reservations get the latest of
	// the order.
	TTL time.Duration
	// Expected is what the order is taken to hold; ErrVersionConflict when it is not
	// so.
	Expected []ExpectedHold
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// ChangeItem is what is to be held of one product.
type ChangeItem struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, in place of Quantity
	// ChannelID and Lot are of a reservation that is new. One that is there keeps its
	// own; ErrAlreadyExists when others are named.
	ChannelID string
	Lot       Lot
}

// ExpectedHold is what an order is taken to hold of a product.
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
	m.Items = some(r.Items, func(it ChangeItem) *holdfastv1.ChangeItem {
		item := &holdfastv1.ChangeItem{
			ProductId: it.ProductID, LocationId: it.LocationID, QuantityDecimal: it.Decimal, ChannelId: it.ChannelID, Lot: it.Lot,
		}
		if it.Decimal == "" {
			item.Quantity = &it.Quantity
		}
		return item
	})
	m.Expected = some(r.Expected, func(e ExpectedHold) *holdfastv1.ExpectedHold {
		return &holdfastv1.ExpectedHold{ProductId: e.ProductID, LocationId: e.LocationID, Quantity: &e.Quantity}
	})
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Change{Change: m}}
}

// Change brings an order to what it is to hold, and answers with the reservations
// that were named or released.
func (c *Client) Change(ctx context.Context, r Change) (*Order, error) { return c.about(ctx, r) }

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

// Relocate moves a hold, and answers with the reservations at both locations.
func (c *Client) Relocate(ctx context.Context, r Relocate) (*Order, error) { return c.about(ctx, r) }
