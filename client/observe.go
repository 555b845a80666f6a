package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Observe says how many units of an item somebody saw on the shelf.
type Observe struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Seen is what was on the shelf, held units included, in smallest units.
	Seen        int64
	SeenDecimal string // in the declared unit, in place of Seen
	// AsOf is when it was looked; zero: now.
	AsOf time.Time
	// Booked is what the observer's books said then; nil: what the journal says.
	Booked        *int64
	BookedDecimal string // in the declared unit, in place of Booked
	Lot           Lot    // whose units were counted, now; nil: all units of the item
	Reason        string
	Reference     string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// Observation is what came of a look at the shelf.
type Observation struct {
	Inventory Inventory
	// Posted is by how much the books were corrected, in smallest units.
	Posted int64
	// Superseded says that a later look had counted already: nothing was posted.
	Superseded bool
	// CaseID names the case that was opened, where fewer units are there than are
	// held.
	CaseID string
}

func (r Observe) verb() string  { return "observe" }
func (r Observe) natural() bool { return false }
func (r Observe) message() *holdfastv1.Command {
	m := &holdfastv1.ObserveRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, SeenDecimal: r.SeenDecimal, AsOf: stampOf(r.AsOf),
		Booked: r.Booked, BookedDecimal: r.BookedDecimal, Lot: r.Lot, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
	}
	if r.SeenDecimal == "" {
		m.Seen = &r.Seen
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Observe{Observe: m}}
}

// Observe books the difference between what was seen on the shelf and what the books
// said then: what moved since stays.
func (s *AccountService) Observe(ctx context.Context, r Observe) (*Observation, error) {
	return carryOut(ctx, s.c, r, observationOf)
}

func observationOf(r *holdfastv1.CommandResult) *Observation {
	return &Observation{Inventory: *changed(r), Posted: r.GetPosted(), Superseded: r.GetSuperseded(), CaseID: r.GetCaseId()}
}

// SellElsewhere is a sale that has happened already, such as one of a till that
// was offline.
type SellElsewhere struct {
	OrderID, ProductID string
	LocationID         string // the tenant's default location when empty
	ChannelID          string
	Quantity           int64  // in smallest units
	Decimal            string // in the declared unit, in place of Quantity
	At                 time.Time
	Reference          string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty. Who may send
	// a sale again after a restart gives it one: without, it is booked twice.
	Key string
}

// ElsewhereSale is what came of a sale elsewhere.
type ElsewhereSale struct {
	Inventory Inventory
	// Oversold is how many of the units there were none of.
	Oversold int64
	// CaseID names the case that was opened for them.
	CaseID string
}

func (r SellElsewhere) verb() string  { return "sold_elsewhere" }
func (r SellElsewhere) natural() bool { return false }
func (r SellElsewhere) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_SoldElsewhere{SoldElsewhere: &holdfastv1.SellElsewhereRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID,
		Quantity: r.Quantity, QuantityDecimal: r.Decimal, At: stampOf(r.At), Reference: r.Reference, ReasonCode: r.ReasonCode,
	}}}
}

// SellElsewhere books a sale that has happened. It is not refused for want of units.
func (s *AccountService) SellElsewhere(ctx context.Context, r SellElsewhere) (*ElsewhereSale, error) {
	return carryOut(ctx, s.c, r, elsewhereSaleOf)
}

func elsewhereSaleOf(r *holdfastv1.CommandResult) *ElsewhereSale {
	return &ElsewhereSale{Inventory: *changed(r), Oversold: r.GetOversold(), CaseID: r.GetCaseId()}
}
