package cases_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// doorWith is a door at which something happens before and after the books are asked.
type doorWith struct {
	*intake.Door
	before func()
	after  func() error
}

func (d *doorWith) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	if d.before != nil {
		d.before()
	}
	of, err := d.Door.Submit(ctx, tenant, asks)
	if err == nil && d.after != nil {
		err = d.after()
	}
	if err != nil {
		return nil, err
	}
	return of, nil
}

// short has 5 mugs that o1 and o2 hold, and a count that found 2 of them missing. It
// returns the case, and a desk behind the door.
func short(t *testing.T) (s *shop, id string, door *doorWith) {
	t.Helper()
	s = open(t)
	s.do(t, &stock.OpenItem{Item: mug, Tracked: true, Qty: 5})
	hold := func(order string, n stock.Qty) {
		s.do(t, &stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: order}, Lines: []stock.Demand{{Item: mug, Qty: n}}, TTL: 3_600_000})
	}
	hold("o1", 1)
	hold("o2", 4)
	id, err := s.Open(t.Context(), s.do(t, &stock.Observe{Item: mug, Seen: 3, Reckoned: true}))
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	door = &doorWith{Door: s.door}
	s.Desk = cases.New(s.catalog.Cases, door, s.books)
	return s, id, door
}

// A case that somebody accepts while a decision is carried out stays accepted.
func TestADecisionThatAnAcceptOvertakesDoesNotOpenTheCaseAgain(t *testing.T) {
	t.Parallel()
	s, id, door := short(t)
	door.before = func() {
		door.before = nil
		if _, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Accept, Operator: "ben"}); err != nil {
			t.Error(err)
		}
	}
	c, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Release, Orders: []string{"o1"}, Operator: "ann"})
	if err != nil || c.State != catalog.CaseSettled || c.Decision != cases.Accept || c.By != "ben" {
		t.Errorf("%+v, %v", c, err)
	}
	if c := s.list(t, catalog.CaseQuery{})[0]; c.State != catalog.CaseSettled || c.Decision != cases.Accept || len(c.Deciding) != 0 {
		t.Errorf("it is kept as %+v", c)
	}
}

// An accepted case ends a decision that others have begun: it is not taken up
// again.
func TestAnAcceptEndsADecisionThatWasCutOff(t *testing.T) {
	t.Parallel()
	s, id, door := short(t)
	by := cases.Decision{Tenant: tenant, ID: id, Decision: cases.Release, Orders: []string{"o1"}}
	cut := errors.New("the node has died")
	door.after = func() error { return cut }
	if _, _, err := s.Decide(t.Context(), by); !errors.Is(err, cut) {
		t.Fatal(err)
	}
	door.after = nil
	if c, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Accept}); err != nil || c.State != catalog.CaseSettled {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, _, err := s.Decide(t.Context(), by); !isInvalidState(err) {
		t.Errorf("%+v, %v", c, err)
	}
}

// A decision that was cut off after the books had carried it out is completed when it is
// repeated, also when the case is settled by then.
func TestADecisionThatWasCutOffIsRepeated(t *testing.T) {
	t.Parallel()
	for _, decision := range []string{cases.Release, cases.Move} {
		t.Run(decision, func(t *testing.T) {
			t.Parallel()
			s, id, door := short(t)
			there := mug
			there.Location = "hub"
			s.do(t, &stock.OpenItem{Item: there, Tracked: true, Qty: 4})
			by := cases.Decision{Tenant: tenant, ID: id, Decision: decision, Orders: []string{"o2"}, Note: "told", Operator: "ann"}
			if decision == cases.Move {
				by.To = there.Location
			}
			cut := errors.New("the node has died")
			door.after = func() error { return cut }
			if _, _, err := s.Decide(t.Context(), by); !errors.Is(err, cut) {
				t.Fatal(err)
			}
			door.after = nil
			c, err := s.Get(t.Context(), tenant, id)
			if err != nil || c.State != catalog.CaseSettled || c.Decision != "" {
				t.Fatalf("cut off: %+v, %v", c, err)
			}
			for _, when := range []string{"repeated", "once more"} {
				by.Note = when // who repeats it may say something else
				if c, _, err = s.Decide(t.Context(), by); err != nil || c.State != catalog.CaseSettled || c.Decision != decision ||
					!slices.Equal(c.Orders, by.Orders) || c.To != by.To || c.Note != "told" || len(c.Deciding) != 0 {
					t.Errorf("%s: %+v, %v", when, c, err)
				}
			}
			if _, _, err = s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Wait}); !isInvalidState(err) {
				t.Errorf("another one: %v", err)
			}
		})
	}
}

func isInvalidState(err error) bool {
	refusal, is := errors.AsType[*stock.Refusal](err)
	return is && refusal.Code == stock.InvalidState
}

// A decision that the books refuse leaves nothing in the case, and may be taken again.
func TestADecisionThatTheBooksRefuseLeavesNoNote(t *testing.T) {
	t.Parallel()
	s, id, _ := short(t)
	there := mug
	there.Location = "hub"
	s.do(t, &stock.OpenItem{Item: there, Tracked: true})
	move := cases.Decision{Tenant: tenant, ID: id, Decision: cases.Move, Orders: []string{"o2"}, To: "hub"}
	for _, by := range []cases.Decision{{Tenant: tenant, ID: id, Decision: cases.Release, Orders: []string{"o9"}}, move} {
		if _, _, err := s.Decide(t.Context(), by); !errors.As(err, new(*stock.Refusal)) {
			t.Errorf("%s: %v", by.Decision, err)
		}
		if c := s.list(t, catalog.CaseQuery{})[0]; c.State != catalog.CaseOpen || c.Decision != "" || len(c.Deciding) != 0 {
			t.Errorf("%s is refused and leaves %+v", by.Decision, c)
		}
	}
	s.do(t, &stock.Restock{Item: there, Qty: 4})
	if c, _, err := s.Decide(t.Context(), move); err != nil || c.State != catalog.CaseSettled || c.Decision != cases.Move {
		t.Errorf("once there is enough: %+v, %v", c, err)
	}
}

// Decisions that were begun and never repeated do not add up; of the last few none makes
// the case forget another.
func TestACaseRemembersTheLastDecisionsThatWereCutOff(t *testing.T) {
	t.Parallel()
	s, id, door := short(t)
	cut := errors.New("the books do not answer")
	before := door.Door
	door.Door = intake.New(deadBooks{cut}, s.catalog, nil)
	for range 2 {
		for _, order := range []string{"a", "b", "c", "d", "o1", "o2"} {
			if _, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Release, Orders: []string{order}}); !errors.Is(err, cut) {
				t.Fatalf("%s: %v", order, err)
			}
		}
	}
	c := s.list(t, catalog.CaseQuery{})[0]
	var orders []string
	for _, o := range c.Deciding {
		orders = append(orders, o.Orders...)
	}
	if !slices.Equal(orders, []string{"c", "d", "o1", "o2"}) {
		t.Errorf("%v", orders)
	}
	door.Door = before
	for _, order := range []string{"o2", "o1"} {
		if _, _, err := s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Release, Orders: []string{order}}); err != nil {
			t.Errorf("%s: %v", order, err)
		}
	}
}

// deadBooks answer nothing.
type deadBooks struct{ err error }

func (d deadBooks) Submit(_ context.Context, requests ...ledger.Request) []ledger.Result {
	all := make([]ledger.Result, len(requests))
	for i := range all {
		all[i].Err = d.err
	}
	return all
}
