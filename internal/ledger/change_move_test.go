package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// A line that was changed under a key moves to another slot than its home, or its
// home does: the key stays in the slot where the line was decided then, and a
// repeat finds it there.
func TestAChangeIsKnownByItsKeyWhenItsLineHasParted(t *testing.T) {
	t.Parallel()
	for _, leaves := range []string{"a", "b"} {
		for _, when := range []string{"before the move", "while the bucket leaves"} {
			t.Run(fmt.Sprintf("%s moves, changed %s", leaves, when), func(t *testing.T) {
				t.Parallel()
				home, other := at("a", "p"), at("b", "p")
				order := stock.OrderKey{Tenant: tenant, Order: "o"}
				l, m, r := neighbours(t, order, home, other)
				about := stock.Target{Order: order, Item: other}
				must(t, l, stock.Release{Target: about})
				change := ledger.Request{Key: "k", Command: stock.Change{Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: asks(other, 3)}}}}
				changes := func() {
					t.Helper()
					if res := l.Submit(t.Context(), change)[0]; res.Err != nil || res.Replayed {
						t.Fatalf("changed: %v, replayed: %t", res.Err, res.Replayed)
					}
				}
				if when == "before the move" {
					changes()
					changes = func() {}
				}
				moves(t, l, m, leaves, "following", func() { changes() })
				must(t, l, stock.Release{Target: about})
				if res := l.Submit(t.Context(), change)[0]; res.Err != nil || !res.Replayed {
					t.Errorf("again: %v, replayed: %t", res.Err, res.Replayed)
				}
				if f := figures(t, l, other); f.Held != 0 || f.Available != 9 {
					t.Errorf("there is %+v", f)
				}
				verifyMoved(t, r.engines, m)
			})
		}
	}
}

// A change names an ended line whose home bucket is being moved. The change is
// carried out before the move is over: both buckets are still in one slot, and the
// change splits the line into home and leg.
func TestAChangeReopensALineWhileItsHomeBucketLeaves(t *testing.T) {
	t.Parallel()
	m, way := newTravels(3), &onTheWay{}
	m.way = way
	engines := inMemory(3)
	l := openBy(t, m, way.watch(engines), ledger.WithPoints(way.answered))
	defer running(t, l)()
	home := at(towns[0], "p")
	beside := at(towns[3], "p") // in another bucket of the same slot
	for n := 0; m.Slot(bucketOf(beside)) != m.Slot(bucketOf(home)); n++ {
		beside.Product = fmt.Sprint("p-", n)
	}
	for _, k := range []stock.ItemKey{home, beside} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 10, Tracked: true})
	}
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 600_000, Lines: []stock.Demand{asks(home, 2), asks(beside, 1)}})
	must(t, l, stock.Release{Target: stock.Target{Order: order, Item: beside}})
	asked := false
	way.arm(isCopied, func() {
		asked = true
		within, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		res := l.Submit(within, ledger.Request{Key: "k", Command: stock.Change{Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: asks(beside, 3)}, {Demand: asks(home, 1)}}}})[0]
		if res.Err != nil {
			t.Errorf("the change: %v", res.Err)
		}
	})
	if err := l.MoveBucket(marking(t.Context()), m, bucketOf(home), (m.Slot(bucketOf(home))+1)%3, move.Keep(0)); err != nil {
		t.Fatal(err)
	}
	if !asked {
		t.Fatal("the bucket was moved before the change was asked for")
	}
	must(t, l, stock.Confirm{Target: stock.Target{Order: order}})
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{home, beside})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []stock.Qty{9, 7} {
		if f := levels[i].Figures(); f.OnHand != want || f.Held != 0 {
			t.Errorf("%s: %+v, want %d on hand", levels[i].Key.Product, f, want)
		}
	}
	verifyMoved(t, engines, m)
}
