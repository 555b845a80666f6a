package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Check asks how much of a product a Reserve with the same location and
// channel could take now.
type Check struct {
	ProductID  string
	LocationID string // empty: the sum over all locations, which one Reserve may not be able to take
	Quantity   int64  // 1 when 0
	ChannelID  string // the shared pool only when empty
	// AcceptPromised also counts units that can be sold before they arrive, as a
	// Reserve with the same field can take them.
	AcceptPromised bool
	// OrderID names an order whose holds count as free: the answer is what the order
	// could have if it were changed. It needs a key that may read, and no Eventual.
	OrderID string
	// Eventual allows an answer that is up to 30 s old. It still shows what
	// this client wrote before.
	Eventual bool
}

// Availability answers a Check.
type Availability struct {
	ProductID  string
	LocationID string
	Requested  int64
	// Available has a meaning only when Tracked; otherwise there is always enough.
	Available int64
	Tracked   bool
	InStock   bool
	Status    Status
	AsOf      time.Time
	Unit      string // the product's declared unit, if any
	Scale     int
	// Promised is the part of Available that has not arrived yet. PromiseDate is when
	// the first of it should arrive, if known. Both are set with AcceptPromised only.
	Promised    int64
	PromiseDate time.Time
}

// Check asks how much of a product can be had. It needs no key.
func (c *Client) Check(ctx context.Context, r Check) (*Availability, error) {
	q := &holdfastv1.CheckAvailabilityRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, Consistency: consistency(r.Eventual),
		AcceptPromised: r.AcceptPromised, OrderId: r.OrderID,
	}
	if r.Quantity != 0 {
		q.Quantity = &r.Quantity
	}
	return askOne(ctx, c.caller, "check", c.inventory.CheckAvailability, q, availabilityOf)
}

// CheckBatch checks up to 500 items; equal items are judged by their sum.
type CheckBatch struct {
	Items     []Item
	ChannelID string
	OrderID   string // as in Check
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// Availabilities answer a CheckBatch, in the order of its items.
type Availabilities struct {
	Items      []Availability
	AllInStock bool
}

// CheckBatch asks about a whole basket. It needs no key.
func (c *Client) CheckBatch(ctx context.Context, r CheckBatch) (*Availabilities, error) {
	q := &holdfastv1.BatchCheckRequest{ChannelId: r.ChannelID, OrderId: r.OrderID, Consistency: consistency(r.Eventual)}
	for _, it := range r.Items {
		item := &holdfastv1.CheckItem{ProductId: it.ProductID, LocationId: it.LocationID, QuantityDecimal: it.Decimal}
		if it.Quantity != 0 {
			item.Quantity = &it.Quantity
		}
		q.Items = append(q.Items, item)
	}
	return askOne(ctx, c.caller, "check_batch", c.inventory.BatchCheck, q, func(m *holdfastv1.BatchCheckResponse) Availabilities {
		return Availabilities{Items: each(m.GetItems(), availabilityOf), AllInStock: m.GetAllInStock()}
	})
}

func availabilityOf(m *holdfastv1.Availability) Availability {
	return Availability{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(),
		Requested: m.GetRequested(), Available: m.GetAvailable(), Tracked: m.Available != nil,
		InStock: m.GetInStock(), Status: Status(m.GetStatus()), AsOf: timeOf(m.GetAsOf()),
		Unit: m.GetUnit(), Scale: int(m.GetScale()),
		Promised: m.GetPromised(), PromiseDate: timeOf(m.GetPromiseDate()),
	}
}

// consistency returns the request's word for whether its answer may be old.
func consistency(eventual bool) string {
	if eventual {
		return "eventual"
	}
	return ""
}
