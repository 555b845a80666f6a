package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// rack are books over that many slots with a location of some products: some orders
// of several lines hold units of them and others have ended.
type rack struct {
	t       *testing.T
	m       *travels
	engines []engine.Engine
	items   []stock.ItemKey
	sent    []ledger.Request
	first   []ledger.Result
}

const rackProducts = 12

func newRack(t *testing.T, slots int) *rack {
	t.Helper()
	r := &rack{t: t, m: newTravels(slots)}
	for range slots {
		r.engines = append(r.engines, memory.New())
	}
	l, stop := r.open()
	defer stop()
	for n := range rackProducts {
		k := at(towns[0], fmt.Sprintf("p-%02d", n))
		r.items = append(r.items, k)
		r.send(l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 20, Tracked: true}, fmt.Sprint("open ", n))
	}
	far := at(towns[1], "far")
	r.send(l, stock.OpenItem{Item: far, Bucket: bucketOf(far), Qty: 20, Tracked: true}, "open far")
	for n := range rackProducts {
		order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", n)}
		lines := []stock.Demand{asks(r.items[n], 2), asks(r.items[(n+5)%rackProducts], 1)}
		if n%3 == 0 {
			lines = append(lines, asks(far, 1))
		}
		about := stock.Target{Order: order, Keyed: true}
		one := stock.Target{Order: order, Item: r.items[n], Qty: 1, Keyed: true}
		r.send(l, stock.Place{Order: order, TTL: 600_000, Lines: lines}, fmt.Sprint("place ", n))
		switch n % 4 {
		case 0:
			r.send(l, stock.Confirm{Target: about}, fmt.Sprint("confirm ", n))
		case 1:
			r.send(l, stock.Release{Target: one}, fmt.Sprint("release one ", n))
		case 2:
			r.send(l, stock.Commit{Target: stock.Target{Order: order}}, fmt.Sprint("commit ", n))
		}
	}
	return r
}

// open opens the books as a restarted process does.
func (r *rack) open(opts ...ledger.Option) (*ledger.Ledger, func()) {
	r.t.Helper()
	return r.openOn(r.engines, opts...)
}

func (r *rack) openOn(engines []engine.Engine, opts ...ledger.Option) (*ledger.Ledger, func()) {
	r.t.Helper()
	l, err := ledger.OpenSlots(context.Background(), engines, append(opts, ledger.WithAtlas(r.m))...)
	if err != nil {
		r.t.Fatal(err)
	}
	return l, running(r.t, l)
}

// openWatched is open for a process whose movers' moments are watched.
func (r *rack) openWatched(way *onTheWay) (*ledger.Ledger, func()) {
	r.t.Helper()
	r.m.way = way
	return r.openOn(way.watch(r.engines), ledger.WithPoints(way.answered))
}

func (r *rack) send(l *ledger.Ledger, c stock.Command, key string) {
	r.t.Helper()
	req := ledger.Request{Command: c, Key: key}
	res := l.Submit(context.Background(), req)[0]
	if res.Err != nil {
		r.t.Fatalf("%s: %v", key, res.Err)
	}
	r.sent, r.first = append(r.sent, req), append(r.first, res)
}

// check repeats all requests with their keys and without, and looks at the sums.
func (r *rack) check(l *ledger.Ledger, when string) {
	r.t.Helper()
	for i, req := range r.sent {
		req.Command = r.m.address(req.Command)
		if res := l.Submit(context.Background(), req)[0]; !res.Replayed || said(res) != said(ledger.Result{Event: r.first[i].Event, Replayed: true}) {
			r.t.Errorf("%s: %s again: replayed %t\n%s\nat first\n%s", when, req.Key, res.Replayed, said(res), said(r.first[i]))
		}
		if p, ok := req.Command.(stock.Place); ok { // the order is a key of its own
			if res := l.Submit(context.Background(), ledger.Request{Command: p})[0]; res.Err == nil && res.Event.Changed() {
				r.t.Errorf("%s: order %s was held twice", when, p.Order.Order)
			}
		}
	}
	r.sums(l, when)
}

// sums checks the held units and the units on hand of the items.
func (r *rack) sums(l *ledger.Ledger, when string) {
	r.t.Helper()
	var held, onHand stock.Qty
	levels, _, err := l.Items(context.Background(), r.items)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range levels {
		f := levels[i].Figures()
		held, onHand = held+f.Held, onHand+f.OnHand
	}
	// 12 orders of 3: those of n%4 == 0 have left, of n%4 == 1 one was given back.
	if held != 9*3-3 || onHand != 12*20-3*3 {
		r.t.Errorf("%s: %d held and %d on hand, want %d and %d", when, held, onHand, 9*3-3, 12*20-3*3)
	}
}

// isSealed checks that no command about the location is carried out, and that its
// items are shown nevertheless.
func (r *rack) isSealed(l *ledger.Ledger, when string) {
	r.t.Helper()
	order := stock.OrderKey{Tenant: tenant, Order: "o-2"}
	for _, c := range []stock.Command{
		r.m.address(stock.Restock{Item: r.items[0], Qty: 1}),
		r.m.address(stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "late"}, TTL: 600_000, Lines: []stock.Demand{asks(r.items[0], 1), asks(r.items[1], 1)}}),
		stock.Confirm{Target: stock.Target{Order: order}},
		stock.Release{Target: stock.Target{Order: order, Item: r.items[2]}},
	} {
		if res := l.Submit(context.Background(), ledger.Request{Command: c})[0]; !errors.Is(res.Err, ledger.ErrSealed) {
			r.t.Errorf("%s: %T says %v, want that the location is sealed", when, c, res.Err)
		}
	}
	r.sums(l, when)
}

// bucketOf returns the bucket of the item's row, wherever that is.
func (r *rack) bucketOf(k stock.ItemKey) stock.Bucket {
	r.t.Helper()
	for _, e := range r.engines {
		l, err := e.Load(context.Background(), engine.Want{Items: []stock.ItemKey{k}})
		if err != nil {
			r.t.Fatal(err)
		}
		if len(l.Items) > 0 {
			return l.Items[0].Bucket
		}
	}
	r.t.Fatalf("%s is nowhere", k.Product)
	return 0
}
