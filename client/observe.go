package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Observe reports how many units of an item somebody saw on the shelf.
type Observe struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Seen is what was on the shelf, held units included, in smallest units.
	Seen        int64
	SeenDecimal string // in the declared unit, in place of Seen
	// AsOf is when somebody looked; zero: now.
	AsOf time.Time
	// Booked is what the observer's books said then; nil: use the journal's figure.
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

// Observation is the outcome of an Observe.
type Observation struct {
	Inventory Inventory
	// Posted is the correction of the books, in smallest units.
	Posted int64
	// Superseded reports that a later observation was already booked: nothing was posted.
	Superseded bool
	// CaseID names the case that was opened when fewer units are there than are
	// held.
	CaseID string
	// Behind are tills of the location that may have sold units and not reported them yet. What they did before
	// the look will change Posted, and not the stock after it.
	Behind []LateTill
}

// LateTill is a till that may have done what the server does not know.
type LateTill struct {
	TillID string
	State  TillState // TillAway, TillRefused or TillBehind
	Since  time.Time // zero: it was never heard of
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
// said then. Later movements stay.
func (s *AccountService) Observe(ctx context.Context, r Observe) (*Observation, error) {
	return carryOut(ctx, s.c, r, observationOf)
}

func observationOf(r *holdfastv1.CommandResult) *Observation {
	return &Observation{
		Inventory: *changed(r), Posted: r.GetPosted(), Superseded: r.GetSuperseded(), CaseID: r.GetCaseId(),
		Behind: each(r.GetBehind(), func(m *holdfastv1.TillBehind) LateTill {
			return LateTill{TillID: m.GetTillId(), State: TillState(m.GetState()), Since: timeOf(m.GetSince())}
		}),
	}
}

// SellElsewhere is a sale that has already happened, such as one of a till that
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
	// Key is the idempotency key; the client makes one when it is empty. A caller that may
	// send a sale again after a restart must set it: without it, the sale is booked twice.
	Key string
}

// ElsewhereSale is the outcome of a SellElsewhere.
type ElsewhereSale struct {
	Inventory Inventory
	// Oversold is how many of the units were not in stock.
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

// SellElsewhere books a sale that has already happened. A lack of units does not refuse it.
func (s *AccountService) SellElsewhere(ctx context.Context, r SellElsewhere) (*ElsewhereSale, error) {
	return carryOut(ctx, s.c, r, elsewhereSaleOf)
}

func elsewhereSaleOf(r *holdfastv1.CommandResult) *ElsewhereSale {
	return &ElsewhereSale{Inventory: *changed(r), Oversold: r.GetOversold(), CaseID: r.GetCaseId()}
}
