package client

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Direction is the direction in which units may move with a reason.
type Direction string

// The directions.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// Reason is why stock is changed: writes name its code.
type Reason struct {
	Code      string
	Title     string // for people
	Direction Direction
	// DocumentRequired says that a write with it must name a Reference.
	DocumentRequired bool
	// Operations are the operations it is for, such as "adjust"; nil: all that take a reason.
	Operations []string
	// Into is the account where returned units go unless the return names another.
	Into Account
	// Inactive reports that writes may no longer name it.
	Inactive bool
}

// Reasons shows the reasons of the tenant, in the order in which they were set. It
// needs the scope read alone.
func (s *TenantService) Reasons(ctx context.Context) ([]Reason, error) {
	return reasonsOf(ask(ctx, s.c, "reasons", s.stub.GetReasons, &holdfastv1.GetReasonsRequest{}))
}

// SetReasons replaces all reasons; one that is left out is removed. Earlier bookings keep
// its code.
func (s *TenantService) SetReasons(ctx context.Context, all []Reason) ([]Reason, error) {
	return reasonsOf(ask(ctx, s.c, "set_reasons", s.stub.SetReasons, &holdfastv1.SetReasonsRequest{Items: each(all, func(r Reason) *holdfastv1.Reason {
		return &holdfastv1.Reason{
			Code: r.Code, Title: r.Title, Direction: string(r.Direction), DocumentRequired: r.DocumentRequired,
			Operations: r.Operations, Into: string(r.Into), Active: new(!r.Inactive),
		}
	})}))
}

func reasonsOf[M any](m *holdfastv1.Reasons, _ M, err error) ([]Reason, error) {
	if err != nil {
		return nil, err
	}
	return each(m.GetItems(), func(r *holdfastv1.Reason) Reason {
		return Reason{
			Code: r.GetCode(), Title: r.GetTitle(), Direction: Direction(r.GetDirection()), DocumentRequired: r.GetDocumentRequired(),
			Operations: r.GetOperations(), Into: Account(r.GetInto()), Inactive: !r.GetActive(),
		}
	}), nil
}

// ReasonSums asks for the sums of the journal by reason.
type ReasonSums struct {
	ProductID  string    // all products when empty
	LocationID string    // all locations when empty
	Since      time.Time // booked then or later; the zero time: from the beginning
	Until      time.Time // booked before; the zero time: until now
}

// ReasonSum sums the units of one reason and one operation.
type ReasonSum struct {
	ReasonCode, Operation string
	Entries               int64
	// UnitsIn and UnitsOut count smallest units on hand, or available units where on hand
	// did not change.
	UnitsIn, UnitsOut int64
	Unit              string // the declared unit of the products; empty: pieces
	Scale             int
}

// SumReasons sums the journal by reason, operation and unit, ordered by these. It reads the
// journal page by page.
func (s *TenantService) SumReasons(ctx context.Context, r ReasonSums) ([]ReasonSum, error) {
	q := &holdfastv1.SumReasonsRequest{ProductId: r.ProductID, LocationId: r.LocationID, Since: stampOf(r.Since), Until: stampOf(r.Until)}
	type key struct {
		code, operation, unit string
		scale                 int
	}
	sums := map[key]*ReasonSum{}
	for {
		page, _, err := ask(ctx, s.c, "sum_reasons", s.stub.SumReasons, q)
		if err != nil {
			return nil, err
		}
		for _, m := range page.GetItems() {
			k := key{m.GetReasonCode(), m.GetOperation(), m.GetUnit(), int(m.GetScale())}
			if sums[k] == nil {
				sums[k] = &ReasonSum{ReasonCode: k.code, Operation: k.operation, Unit: k.unit, Scale: k.scale}
			}
			sums[k].Entries += m.GetEntries()
			sums[k].UnitsIn += m.GetUnitsIn()
			sums[k].UnitsOut += m.GetUnitsOut()
		}
		if q.PageToken = page.GetNextPageToken(); q.PageToken == "" {
			break
		}
	}
	all := make([]ReasonSum, 0, len(sums))
	for _, sum := range sums {
		all = append(all, *sum)
	}
	slices.SortFunc(all, func(a, b ReasonSum) int {
		return cmp.Or(strings.Compare(a.ReasonCode, b.ReasonCode), strings.Compare(a.Operation, b.Operation), strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Scale, b.Scale))
	})
	return all, nil
}
