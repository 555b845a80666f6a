package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// backorders lets product p be sold ahead in the towns.
func backorders(t *testing.T, l *ledger.Ledger, towns ...string) {
	t.Helper()
	for _, where := range towns {
		k := at(where, "p")
		must(t, l, stock.SetPromises{Item: k, Bucket: bucketOf(k), Backorder: &stock.SaleSetting{Bound: 20}})
	}
}

// comes brings n units of product p to the town.
func comes(where string, n stock.Qty) stock.Restock {
	return stock.Restock{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: n}
}

// sellsAhead is reserves with units that are still to come.
func sellsAhead(n stock.Qty, towns ...string) stock.Place {
	p := reserves(n, towns...)
	p.Ahead = true
	return p
}

// grows is a change of the order that asks for n units of product p in the town.
func grows(where string, n stock.Qty) stock.Change {
	return stock.Change{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Keyed: true, Lines: []stock.Wanted{{Demand: wants(at(where, "p"), n)}}}
}

// part is n units of what the order has of product p in the town.
func part(where string, n stock.Qty) stock.Target {
	return stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Item: at(where, "p"), Qty: n, Keyed: true}
}

// There are 10 units in each town for an order over three slots, with 12 in each:
// arriving units reach its lines, and the order leaves when none of them waits.
func TestAnOrderOverSlotsWaits(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	line := at("b", "p")
	forOrder := comes("b", 2)
	forOrder.For = "o"
	for _, c := range []struct {
		name string
		life []any // commands, durations
		want string
	}{
		{"what waits does not leave", []any{sellsAhead(12, "a", "b"), stock.Confirm{Target: whole}}, "INVALID_STATE"},
		{"nor by itself", []any{sellsAhead(12, "a", "b"), stock.Confirm{Target: stock.Target{Order: whole.Order, Item: line}}}, "INVALID_STATE"},
		{"half of it has come", []any{sellsAhead(12, "a", "b"), comes("a", 2), stock.Confirm{Target: whole}}, "INVALID_STATE"},
		{"all has come", []any{sellsAhead(12, "a", "b"), comes("b", 2), comes("a", 3), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"it came for the order", []any{sellsAhead(12, "a", "b"), comes("a", 2), forOrder, stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"a leg's line leaves when it is there", []any{sellsAhead(12, "a", "b"), comes("b", 2), stock.Confirm{Target: stock.Target{Order: whole.Order, Item: line}}}, "active: 12/2 0/0"},
		{"a part of it leaves, then more comes", []any{sellsAhead(12, "a", "b"), stock.Confirm{Target: part("b", 4)}, comes("b", 2), comes("a", 2), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"more than is there does not", []any{sellsAhead(12, "a", "b"), comes("b", 1), stock.Confirm{Target: part("b", 12)}}, "INVALID_STATE"},
		{"what has come may leave", []any{sellsAhead(12, "a", "b"), comes("b", 1), stock.Confirm{Target: part("b", 11)}}, "active: 12/2 1/1"},
		{"what waits is given back first", []any{sellsAhead(12, "a", "b"), stock.Release{Target: part("b", 1)}, comes("b", 1), comes("a", 2), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"given back after it came", []any{sellsAhead(12, "a", "b"), comes("b", 2), stock.Release{Target: whole}}, "cancelled: 0/0 0/0"},
		{"given back, then it comes", []any{sellsAhead(12, "a", "b"), stock.Release{Target: whole}, comes("b", 2)}, "cancelled: 0/0 0/0"},
		{"its deadline passes, then it comes", []any{sellsAhead(12, "a", "b"), 61 * time.Second, comes("b", 2)}, "expired: 0/0 0/0"},
		{"it comes, then its deadline passes", []any{sellsAhead(12, "a", "b"), comes("b", 2), 61 * time.Second, comes("a", 2)}, "expired: 0/0 0/0"},
		{"what was paid waits on", []any{sellsAhead(12, "a", "b"), stock.Commit{Target: whole}, 61 * time.Second, comes("b", 2)}, "active: 12/2 12/0"},
		{"its leg moves to where there is enough", []any{sellsAhead(12, "a", "b"), comes("c", 2), relocates("b", "c", 0, false), comes("a", 2), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"the home's line moves", []any{sellsAhead(12, "a", "b"), comes("b", 2), comes("c", 2), relocates("a", "c", 0, false), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"a leg that waits does not grow", []any{sellsAhead(12, "a", "b"), comes("b", 1), grows("b", 13)}, "INVALID_STATE"},
		{"sent again it waits as it does", []any{sellsAhead(12, "a", "b"), comes("b", 1), sellsAhead(12, "a", "b")}, "active: 12/2 12/1"},
		{"of two calls one waits", []any{reserves(4, "a"), sellsAhead(12, "b"), stock.Confirm{Target: whole}}, "INVALID_STATE"},
		{"of two calls none waits any more", []any{reserves(4, "a"), sellsAhead(12, "b"), comes("b", 2), stock.Confirm{Target: whole}}, "confirmed: 0/0 0/0"},
		{"too few can be promised", []any{sellsAhead(12, "a"), sellsAhead(31, "a", "b")}, "ALREADY_EXISTS"},
		{"more than is promised", []any{sellsAhead(31, "a", "b")}, "INSUFFICIENT_STOCK"},
	} {
		for _, keyed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, keyed %v", c.name, keyed), func(t *testing.T) {
				t.Parallel()
				clk := newClock()
				l, engines := shop(t, clk)
				backorders(t, l, "a", "b")
				var res ledger.Result
				for i, step := range c.life {
					cmd, ok := step.(stock.Command)
					if !ok {
						clk.advance(step.(time.Duration))
						continue
					}
					r := ledger.Request{Command: cmd}
					if keyed {
						r.Key = fmt.Sprint("step ", i)
					}
					res = l.Submit(t.Context(), r)[0]
					if res.Err != nil && i < len(c.life)-1 {
						t.Fatalf("%T: %v", cmd, res.Err)
					}
					if r.Key == "" {
						continue
					}
					again := l.Submit(t.Context(), r)[0]
					if codeOf(again.Err) != codeOf(res.Err) || res.Err == nil && (!again.Replayed || again.Position != res.Position) {
						t.Errorf("%T, sent again: %s, want %s replayed", cmd, said(again), said(res))
					}
				}
				got := codeOf(res.Err)
				if got == "" {
					got = waitsIn(t, l)
				}
				if got != c.want {
					t.Errorf("%s, want %s:\n%s", got, c.want, orderText(t, l, whole.Order))
				}
				carried(t, l, engines)
			})
		}
	}
}

// waitsIn shows the state of the order, and what each line holds and waits for.
func waitsIn(t *testing.T, l *ledger.Ledger) string {
	t.Helper()
	holds, now, err := l.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: "o"})
	if err != nil {
		t.Fatal(err)
	}
	state, lines := stock.StateCancelled, map[string]string{}
	for _, h := range holds {
		for i := range h.Lines {
			line := h.Lines[i].At(now)
			if is := line.State(); is != stock.StateCancelled && state != stock.StateActive { // a line that moved was given back
				state = is
			}
			lines[line.Item.Location] = fmt.Sprintf(" %d/%d", line.Quantity(), line.Waiting())
		}
	}
	return state + ":" + lines["a"] + lines["b"]
}

// carried checks that the books hold, and that legs and homes soon agree.
func carried(t *testing.T, l *ledger.Ledger, engines []engine.Engine) {
	t.Helper()
	verifySlots(t, engines)
	if err := l.CarryNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	verifySlots(t, engines)
	if across, err := audit.CheckAcross(t.Context(), engines, country(len(engines))); err != nil || across.Waiting > 0 {
		t.Errorf("%v, %d legs and homes do not know the same", err, across.Waiting)
	}
}

// TestWhatArrivesForALegIsKnownAtItsHome kills the process between any two groups
// of an order that waits in two slots, of the units that arrive for it, and of its
// deduct.
func TestWhatArrivesForALegIsKnownAtItsHome(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	place := sellsAhead(12, "a", "b")
	place.TTL = 600_000
	life := []stock.Command{place, comes("b", 2), stock.Confirm{Target: part("b", 3)}, comes("a", 2), stock.Confirm{Target: whole}}
	for cut := range int64(16) {
		t.Run(fmt.Sprintf("killed after %d groups", cut), func(t *testing.T) {
			t.Parallel()
			c := newClock()
			engines := inMemory(3)
			l := reopen(t, engines, ledger.WithClock(c))
			for _, where := range []string{"a", "b"} {
				must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
			}
			backorders(t, l, "a", "b")
			untilKilled(t, engines, cut, func(l *ledger.Ledger, killed func() bool) {
				for i := 0; i < len(life) && !killed(); i++ {
					_ = l.Submit(t.Context(), ledger.Request{Command: life[i], Key: fmt.Sprint("step ", i)})
				}
			}, ledger.WithClock(c))

			l = reopen(t, engines, ledger.WithClock(c))
			defer running(t, l)()
			if err := l.CarryNow(t.Context()); err != nil {
				t.Fatal(err)
			}
			verifySlots(t, engines)
			for i, cmd := range life { // the client repeats all its commands
				if res := l.Submit(t.Context(), ledger.Request{Command: cmd, Key: fmt.Sprint("step ", i)})[0]; res.Err != nil {
					t.Fatalf("%T, sent again: %v:\n%s", cmd, res.Err, orderText(t, l, whole.Order))
				}
			}
			if got := waitsIn(t, l); got != "confirmed: 0/0 0/0" {
				t.Error(got)
			}
			for _, where := range []string{"a", "b"} {
				if f := figures(t, l, at(where, "p")); f != (stock.Figures{}) {
					t.Errorf("at %s there are %+v", where, f)
				}
			}
			carried(t, l, engines)
		})
	}
}
