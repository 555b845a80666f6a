package cases_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

var there = stock.ItemKey{Tenant: tenant, Location: "hub", Product: "mug"}

// held is what the order holds at the shop and at the hub.
func (s *shop) held(t *testing.T, order string) [2]stock.Qty {
	t.Helper()
	holds, _, err := s.books.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: order})
	if err != nil {
		t.Fatal(err)
	}
	var n [2]stock.Qty
	for i, k := range []stock.ItemKey{mug, there} {
		if _, l := stock.LineOf(holds, k); l != nil {
			n[i] = l.Quantity()
		}
	}
	return n
}

func deduct(order string) stock.Command {
	return &stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: order}, Item: mug}}
}

// All orders of a decision are looked at before one is touched: a refusal leaves nothing.
func TestARefusedDecisionTouchesNoOrder(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		decision string
		orders   []string
		room     stock.Qty
		before   []stock.Command
		code     stock.Code
	}{
		"release of an order that is not known":     {decision: cases.Release, orders: []string{"o2", "typo"}, code: stock.NotFound},
		"release of an order that has left":         {decision: cases.Release, orders: []string{"o2", "o1"}, before: []stock.Command{deduct("o1")}, code: stock.InvalidState},
		"move of more than there is room for":       {decision: cases.Move, orders: []string{"o1", "o2"}, room: 4, code: stock.Insufficient},
		"move of an order that is not known":        {decision: cases.Move, orders: []string{"o1", "typo"}, room: 9, code: stock.NotFound},
		"move to where the product is not for sale": {decision: cases.Move, orders: []string{"o1", "o2"}, room: 9, before: []stock.Command{&stock.SetSaleStatus{Item: there}}, code: stock.Insufficient},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, id, _ := short(t)
			s.do(t, &stock.OpenItem{Item: there, Tracked: true, Qty: of.room})
			for _, cmd := range of.before {
				s.do(t, cmd)
			}
			before := []any{s.held(t, "o1"), s.held(t, "o2"), s.list(t, catalog.CaseQuery{})[0].State}
			by := cases.Decision{Tenant: tenant, ID: id, Decision: of.decision, Orders: of.orders}
			if of.decision == cases.Move {
				by.To = there.Location
			}
			_, _, err := s.Decide(t.Context(), by)
			if refusal, is := errors.AsType[*stock.Refusal](err); !is || refusal.Code != of.code {
				t.Errorf("it is answered %v, want code %v", err, of.code)
			}
			c := s.list(t, catalog.CaseQuery{})[0]
			if after := []any{s.held(t, "o1"), s.held(t, "o2"), c.State}; !slices.Equal(after, before) {
				t.Errorf("held and state are %v, before %v", after, before)
			}
			if c.Decision != "" || len(c.Deciding) > 0 {
				t.Errorf("the case has %+v", c)
			}
		})
	}
}

// A change between the look and the act does not stop a decision half-way: it names the orders that
// it was not carried out for.
func TestADecisionNamesTheOrdersThatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		decision   string
		meanwhile  stock.Command
		left       string
		has1, has2 [2]stock.Qty
	}{
		"an order has left": {cases.Release, deduct("o1"), "o1", [2]stock.Qty{}, [2]stock.Qty{}},
		"the room is taken": {
			cases.Move, &stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o3"}, Lines: []stock.Demand{{Item: there, Qty: 1}}, TTL: 3_600_000},
			"o2",
			[2]stock.Qty{0, 1},
			[2]stock.Qty{4, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, id, door := short(t)
			s.do(t, &stock.OpenItem{Item: there, Tracked: true, Qty: 5})
			door.before = func() {
				door.before = nil
				s.do(t, of.meanwhile)
			}
			by := cases.Decision{Tenant: tenant, ID: id, Decision: of.decision, Orders: []string{"o1", "o2"}}
			if of.decision == cases.Move {
				by.To = there.Location
			}
			c, _, err := s.Decide(t.Context(), by)
			if err != nil || c.Decision != of.decision || !slices.Equal(c.Orders, by.Orders) || len(c.Deciding) > 0 {
				t.Errorf("%+v, %v", c, err)
			}
			if len(c.Left) != 1 || c.Left[0].Order != of.left || c.Left[0].Why == "" {
				t.Errorf("left are %+v", c.Left)
			}
			if has1, has2 := s.held(t, "o1"), s.held(t, "o2"); has1 != of.has1 || has2 != of.has2 {
				t.Errorf("o1 holds %v, o2 %v", has1, has2)
			}
		})
	}
}

// firstOnly is a door of a process that dies after so many asks of a decision.
type firstOnly struct {
	*intake.Door
	asks int
}

func (d firstOnly) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	if _, err := d.Door.Submit(ctx, tenant, asks[:d.asks]); err != nil {
		return nil, err
	}
	return nil, errors.New("the process was killed")
}

// A decision that a server began is completed by another one.
func TestAnotherServerCompletesADecision(t *testing.T) {
	t.Parallel()
	for _, decision := range []string{cases.Release, cases.Move} {
		for asks := range 3 {
			t.Run(fmt.Sprintf("%s cut off after %d", decision, asks), func(t *testing.T) {
				t.Parallel()
				s, id, _ := short(t)
				s.do(t, &stock.OpenItem{Item: there, Tracked: true, Qty: 9})
				dying := cases.New(s.catalog.Cases, firstOnly{s.door, asks}, s.books)
				by := cases.Decision{Tenant: tenant, ID: id, Decision: decision, Orders: []string{"o1", "o2"}, Note: "n", Operator: "ann"}
				if decision == cases.Move {
					by.To = there.Location
				}
				if _, _, err := dying.Decide(t.Context(), by); err == nil {
					t.Fatal("it was not cut off")
				}
				if c, err := s.Get(t.Context(), tenant, id); err != nil || c.Decision != "" {
					t.Fatalf("cut off: %+v, %v", c, err)
				}
				now := time.Now()
				clock := func() time.Time { return now }
				another := cases.New(s.catalog.Cases, s.door, s.books, cases.WithClock(clock))
				runner := duty.New(slog.New(slog.DiscardHandler), another.Duty()).WithClock(clock)
				now = now.Add(time.Hour)
				for range 2 {
					if _, err := runner.Look(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				c := s.list(t, catalog.CaseQuery{})[0]
				if c.State != catalog.CaseSettled || c.Decision != decision || c.By != "ann" || len(c.Left)+len(c.Deciding) > 0 || !c.Due.IsZero() {
					t.Errorf("it is kept as %+v", c)
				}
				want := [2][2]stock.Qty{}
				if decision == cases.Move {
					want = [2][2]stock.Qty{{0, 1}, {0, 4}}
				}
				if got := [2][2]stock.Qty{s.held(t, "o1"), s.held(t, "o2")}; got != want {
					t.Errorf("the orders hold %v, want %v", got, want)
				}
			})
		}
	}
}
