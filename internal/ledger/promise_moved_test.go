package ledger_test

import (
	"context"
	"fmt"
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

// newWaiting is an order for 4 units of p in the first town that has one of them
// and waits for 3, in books of three slots.
func newWaiting(t *testing.T) (*overtaken, stock.OrderKey) {
	t.Helper()
	r := &overtaken{rack: &rack{t: t, m: newTravels(3), engines: []engine.Engine{memory.New(), memory.New(), memory.New()}}}
	l, stop := r.open(nil)
	t.Cleanup(stop)
	r.l, r.s = l, &spreads{l: l, m: r.m}
	k := at(towns[0], "p")
	r.keys = []stock.ItemKey{k}
	must(t, l, stock.OpenItem{Item: k, Bucket: lies(k), Qty: 1, Tracked: true})
	must(t, l, stock.SetPromises{Item: k, Bucket: lies(k), Presale: &stock.SaleSetting{Bound: 9}})
	must(t, l, stock.SetQuotas{Item: k, Bucket: lies(k), Set: []stock.QuotaSetting{{Channel: "flash", Quota: new(stock.Qty), Rule: &stock.Rule{MaxCustomer: 5}}}})
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 600_000, Ahead: true, Channel: "flash", Customer: "ann", Lines: []stock.Demand{asks(k, 4)}})
	return r, order
}

func (r *overtaken) item() *stock.Item {
	r.t.Helper()
	levels, _, err := r.l.Items(context.Background(), r.keys)
	if err != nil {
		r.t.Fatal(err)
	}
	return levels[0].Item
}

// A location is spread and gathered, and buckets change their slots, while an
// order waits for an item of it: what arrives is for the order.
func TestAnOrderThatWaitsGoesWithItsItem(t *testing.T) {
	t.Parallel()
	const on, off, move = "spread", "gather", "move its bucket"
	for _, script := range [][]string{{}, {on, off}, {on, move, off}, {on, off, on, move, off}} {
		t.Run(fmt.Sprint(script), func(t *testing.T) {
			t.Parallel()
			r, order := newWaiting(t)
			for _, step := range script {
				r.do(step)
			}
			must(t, r.l, stock.Restock{Item: r.keys[0], Bucket: lies(r.keys[0]), Qty: 5})
			must(t, r.l, stock.Confirm{Target: stock.Target{Order: order}})
			it := r.item()
			if it.Of(stock.Shared) != 2 || it.Of(stock.Held) != 0 || it.Of(stock.Awaited) != 0 || it.Promises.Presale.Filled != 3 || it.Rule("flash") == nil {
				t.Errorf("%+v", it)
			}
			verifyMoved(t, r.engines, r.m)
		})
	}
}

// While the item of an order that waits lies in another slot than the order, it
// is not served and its units do not leave: it can be released, or gets them
// when both lie together again.
func TestAnOrderThatWaitsElsewhereIsNotDeducted(t *testing.T) {
	t.Parallel()
	for _, ends := range []string{"released", "gathered"} {
		t.Run(ends, func(t *testing.T) {
			t.Parallel()
			r, order := newWaiting(t)
			r.do("spread")
			must(t, r.l, stock.Restock{Item: r.keys[0], Bucket: lies(r.keys[0]), Qty: 5})
			refused(t, r.l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: order}}})[0], stock.InvalidState)
			if ends == "released" {
				must(t, r.l, stock.Release{Target: stock.Target{Order: order}})
				if it := r.item(); it.Of(stock.Shared) != 6 || it.Of(stock.Held) != 0 || it.Of(stock.Awaited) != 0 || it.Of(stock.Presale) != 9 {
					t.Errorf("%+v", it)
				}
			} else {
				r.do("gather")
				must(t, r.l, stock.Confirm{Target: stock.Target{Order: order}})
				if it := r.item(); it.Of(stock.Shared) != 2 || it.Of(stock.Held) != 0 || it.Of(stock.Awaited) != 0 {
					t.Errorf("%+v", it)
				}
			}
			verifyMoved(t, r.engines, r.m)
		})
	}
}
