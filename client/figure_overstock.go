package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// OverstockQuery asks what locations have beyond the targets of their replenishment rules.
type OverstockQuery struct {
	LocationID string // all that have a rule when empty
	PageSize   int    // how many items are shown, 50 when 0, at most 500
}

// Overstock is an item of which there is more than its target.
type Overstock struct {
	ProductID, LocationID string
	Unit                  string // the declared unit; "": pieces
	Scale                 int    // decimals of the unit
	// Units: Overstock is OnHand less Target.
	OnHand, Target, Overstock int64
}

// OverstockSum is all items with a target that are counted in one unit.
type OverstockSum struct {
	Unit              string // the declared unit; "": pieces
	Scale             int    // decimals of the unit
	Items, ItemsOver  int64
	OnHand, Overstock int64    // units
	OverstockRate     *float64 // Overstock ÷ OnHand; nil: nothing is on hand
}

// OverstockList lists the units beyond targets.
type OverstockList struct {
	Items []Overstock    // the most units first
	Sums  []OverstockSum // by unit
	AsOf  time.Time
}

// Overstock returns what locations have on hand beyond the targets of the active
// replenishment rules.
func (s *FigureService) Overstock(ctx context.Context, q OverstockQuery) (*OverstockList, error) {
	r := &holdfastv1.ListOverstockRequest{LocationId: q.LocationID}
	if q.PageSize != 0 {
		r.PageSize = new(int32(q.PageSize))
	}
	return askOne(ctx, s.c, "overstock", s.stub.ListOverstock, r, overstockListOf)
}

func overstockListOf(m *holdfastv1.ListOverstockResponse) OverstockList {
	return OverstockList{
		AsOf: timeOf(m.GetAsOf()),
		Items: each(m.GetItems(), func(o *holdfastv1.Overstock) Overstock {
			return Overstock{o.GetProductId(), o.GetLocationId(), o.GetUnit(), int(o.GetScale()), o.GetOnHand(), o.GetTarget(), o.GetOverstock()}
		}),
		Sums: each(m.GetSums(), func(s *holdfastv1.OverstockSum) OverstockSum {
			return OverstockSum{s.GetUnit(), int(s.GetScale()), s.GetItems(), s.GetItemsOver(), s.GetOnHand(), s.GetOverstock(), s.OverstockRate}
		}),
	}
}
