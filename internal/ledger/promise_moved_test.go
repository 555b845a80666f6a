package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

func TestWhatACampaignLeavesGoesToThoseWhoWait(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 6, Tracked: true})
	must(t, l, campaign("p", "flash", 6, c.Wall()+60_000))
	must(t, l, backorder("p", 9))
	waits := acceptsPromised(place("waits", "p", 4))
	waits.TTL = 600_000
	must(t, l, waits)
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("none", "p", 1)})[0], stock.Insufficient)
	c.advance(time.Minute)
	if it := now(t, l, "p"); it.Of(stock.Shared) != 2 {
		t.Errorf("it is shown with %+v", it.Balances)
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("later", "p", 3)})[0], stock.Insufficient)
	must(t, l, place("last", "p", 2))
	if w := waiting(t, l, "waits"); w != 0 {
		t.Errorf("the order waits for %d", w)
	}
	verified(t, e)
}

// newSoldAhead are books of three slots with a product in the first town of which
// one unit is there, and nine more are sold.
func newSoldAhead(t *testing.T) *changed {
	t.Helper()
	r := &changed{rack: &rack{t: t, m: newTravels(3), engines: inMemory(3)}}
	l, stop := r.open()
	t.Cleanup(stop)
	r.l, r.s = l, &spreads{l: l, m: r.m}
	k := at(towns[0], "p")
	r.keys = []stock.ItemKey{k}
	must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 1, Tracked: true})
	must(t, l, stock.SetPromises{Item: k, Bucket: bucketOf(k), Presale: &stock.SaleSetting{Bound: 9}})
	must(t, l, stock.SetQuotas{Item: k, Bucket: bucketOf(k), Set: []stock.QuotaSetting{{Channel: "flash", Quota: new(stock.Qty), Rule: &stock.Rule{MaxCustomer: 5}}}})
	return r
}

// waits places an order for 4 units, which waits for 3 of them.
func (r *changed) waits() stock.OrderKey {
	r.t.Helper()
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(r.t, r.l, r.m.address(stock.Place{Order: order, TTL: 600_000, Ahead: true, Channel: "flash", Customer: "ann", Lines: []stock.Demand{asks(r.keys[0], 4)}}))
	return order
}

func (r *changed) item() *stock.Item {
	r.t.Helper()
	levels, _, err := r.l.Items(context.Background(), r.keys)
	if err != nil {
		r.t.Fatal(err)
	}
	return levels[0].Item
}

// deliver brings the units that the order waits for, and more.
func (r *changed) deliver() {
	r.t.Helper()
	must(r.t, r.l, r.m.address(stock.Restock{Item: r.keys[0], Qty: 5}))
}

// served checks that the order has all the units that it waited for, and ends it.
func (r *changed) served(order stock.OrderKey) {
	r.t.Helper()
	must(r.t, r.l, stock.Confirm{Target: stock.Target{Order: order}})
	it := r.item()
	if it.Of(stock.Shared) != 2 || it.Of(stock.Held) != 0 || it.Of(stock.Awaited) != 0 || it.Promises.Presale.Filled != 3 || it.Rule("flash") == nil {
		r.t.Errorf("%+v", it)
	}
	verifyMoved(r.t, r.engines, r.m)
}

// heads is where the slots' logs end.
func (r *changed) heads() (all []engine.Seq) {
	r.t.Helper()
	for _, e := range r.engines {
		head, err := e.Head(context.Background())
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, head)
	}
	return all
}

// stays checks that the location does not change, and that the error counts the
// orders which wait.
func (r *changed) stays(on bool) {
	r.t.Helper()
	err := r.s.spread(context.Background(), spreading{towns[0], on})
	var w *ledger.WaitingError
	if !errors.As(err, &w) || *w != (ledger.WaitingError{Item: r.keys[0], Orders: 1, Units: 3}) {
		r.t.Errorf("spread %t: %v, want that the order waits", on, err)
	}
}

// Buckets change their slots while an order waits for an item in them: arriving
// units are for the order.
func TestAnOrderThatWaitsGoesWithItsItem(t *testing.T) {
	t.Parallel()
	const on, off, move = "spread", "gather", "move its bucket"
	for _, script := range [][]string{{}, {move}, {on, off}, {on, move}} {
		t.Run(fmt.Sprint(script), func(t *testing.T) {
			t.Parallel()
			r := newSoldAhead(t)
			for _, step := range script {
				if step != move {
					r.do(step)
				}
			}
			order := r.waits()
			if slices.Contains(script, move) {
				r.do(move)
			}
			r.deliver()
			r.served(order)
		})
	}
}

// A location does not change places while orders wait for an item of it, whose
// lines would come to other slots than their orders. It reports that before
// anything has changed, and it changes when they no longer wait.
func TestALocationStaysWhileOrdersWaitThere(t *testing.T) {
	t.Parallel()
	for _, ends := range []string{"served", "released"} {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprintf("spread %t, %s", on, ends), func(t *testing.T) {
				t.Parallel()
				r := newSoldAhead(t)
				if !on {
					r.do("spread")
				}
				order := r.waits()
				was := r.heads()
				r.stays(on)
				if is := r.heads(); !slices.Equal(was, is) {
					t.Errorf("the slots are at %d, before at %d", is, was)
				}
				if ends == "released" {
					must(t, r.l, stock.Release{Target: stock.Target{Order: order}})
					r.s.change(t, towns[0], on)
					verifyMoved(t, r.engines, r.m)
					return
				}
				r.deliver()
				r.s.change(t, towns[0], on)
				r.served(order)
			})
		}
	}
}
