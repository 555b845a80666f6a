package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Explain asks why units of a product can be reserved now or not.
type Explain struct {
	ProductID  string
	LocationID string // all locations when empty
	ChannelID  string // the shared pool only when empty
	Quantity   int64  // that a Reserve would ask for; 1 when 0
	// AcceptPromised also counts units that are promised and have not arrived yet.
	AcceptPromised bool
}

// Explanation shows where the units of a product are, and why a Reserve can draw
// them now or not.
type Explanation struct {
	ProductID string
	// Verdict is "enough", "not_enough", "not_counted", or why a Reserve gets
	// nothing (see the API's Explanation.verdict).
	Verdict string
	// A Reserve of Requested units would get Obtains. Available is the answer of Check.
	Requested, Obtains, Available int64
	Items                         []ItemExplanation // by location
	// Components are those of a kit, which has no items.
	Components []ComponentExplanation
	AsOf       time.Time
	Unit       string // the declared unit, if any
	Scale      int
}

// ItemExplanation is the explanation for a product at one location.
type ItemExplanation struct {
	LocationID              string
	Tracked, OnSale, Active bool
	OnHand, Available       int64
	// Oversold are units that were promised to orders and are missing.
	Oversold          int64
	LowStockThreshold int64
	Version           int64
	UpdatedAt         time.Time
	// Parts are the units, in the order in which a Reserve draws them.
	Parts []UnitsExplanation
	// The limits of a campaign; 0: no limit.
	MaxUnitsPerOrder, MaxUnitsPerCustomer int64
}

// UnitsExplanation is units of one account that have one cause.
type UnitsExplanation struct {
	// Cause is "open" for what a Reserve draws, or why it cannot (see the API's
	// UnitsExplanation.cause).
	Cause    string
	Quantity int64
	Account  Account
	Lot      Lot // nil: of none
	// At is when a campaign begins or ended, when a lot could last be sold, or when
	// units sold ahead should arrive.
	At time.Time
}

// ComponentExplanation is a part of a kit.
type ComponentExplanation struct {
	ProductID string
	// Quantity is how many are in one kit. Available is how many a Reserve could draw.
	Quantity, Available int64
	// Kits is how many kits they suffice for, nil when the component is not counted.
	Kits *int64
}

// Explain shows why units of a product can be reserved now or not.
func (s *AccountService) Explain(ctx context.Context, r Explain) (*Explanation, error) {
	q := &holdfastv1.ExplainAvailabilityRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, AcceptPromised: r.AcceptPromised,
	}
	if r.Quantity != 0 {
		q.Quantity = &r.Quantity
	}
	return askOne(ctx, s.c, "explain", s.stub.ExplainAvailability, q, func(m *holdfastv1.Explanation) Explanation {
		return Explanation{
			ProductID: m.GetProductId(), Verdict: m.GetVerdict(), Requested: m.GetRequested(), Obtains: m.GetObtains(), Available: m.GetAvailable(),
			Items: each(m.GetItems(), itemExplanationOf), Components: each(m.GetComponents(), componentExplanationOf),
			AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		}
	})
}

func itemExplanationOf(m *holdfastv1.ItemExplanation) ItemExplanation {
	return ItemExplanation{
		LocationID: m.GetLocationId(), Tracked: m.GetTracked(), OnSale: m.GetOnSale(), Active: m.GetActive(), OnHand: m.GetOnHand(),
		Available: m.GetAvailable(), Oversold: m.GetOversold(), LowStockThreshold: m.GetLowStockThreshold(), Version: m.GetVersion(),
		UpdatedAt: timeOf(m.GetUpdatedAt()), MaxUnitsPerOrder: m.GetMaxUnitsPerOrder(), MaxUnitsPerCustomer: m.GetMaxUnitsPerCustomer(),
		Parts: each(m.GetParts(), func(p *holdfastv1.UnitsExplanation) UnitsExplanation {
			return UnitsExplanation{Cause: p.GetCause(), Quantity: p.GetQuantity(), Account: Account(p.GetAccount()), Lot: p.GetLot(), At: timeOf(p.GetAt())}
		}),
	}
}

func componentExplanationOf(m *holdfastv1.ComponentExplanation) ComponentExplanation {
	return ComponentExplanation{ProductID: m.GetProductId(), Quantity: m.GetQuantity(), Available: m.GetAvailable(), Kits: m.Kits}
}
