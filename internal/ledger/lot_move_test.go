package ledger_test

import (
	"context"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// A lot expires while its bucket is on its way to the slot that decides for its
// order. Rows that have arrived there by then are not written to, and the lot
// expires in the slot where the bucket lives.
func TestALotDoesNotExpireWhereItsBucketIsStillComing(t *testing.T) {
	t.Parallel()
	c, m := newClock(), newTravels(2)
	engines := []engine.Engine{memory.New(), memory.New()}
	m.way = &onTheWay{}
	l := openBy(t, m, engines, ledger.WithClock(c))
	t.Cleanup(running(t, l))
	home, cheese := pairApart(t, m)
	lot := soldUntil(t, c.Wall()+60_000)
	must(t, l, stock.OpenItem{Item: home, Bucket: bucketOf(home), Qty: 5, Tracked: true})
	must(t, l, stock.OpenItem{Item: cheese, Bucket: bucketOf(cheese), Tracked: true})
	must(t, l, receive(cheese, lot, 9))
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 600_000, Lines: []stock.Demand{asks(home, 1), asks(cheese, 4)}})
	m.way.arm(isCopied, func() {
		c.advance(2 * time.Minute)
		head := headOf(t, engines[m.Slot(bucketOf(home))])
		r := l.Submit(t.Context(), ledger.Request{Key: "part", Command: stock.Release{Target: stock.Target{Order: order, Item: cheese, Qty: 1, Keyed: true}}})[0]
		if r.Err != nil {
			t.Error(r.Err)
		}
		if headOf(t, engines[m.Slot(bucketOf(home))]) == head {
			t.Error("the order's home did not decide")
		}
	})
	if err := l.MoveBucket(t.Context(), m, bucketOf(cheese), m.Slot(bucketOf(home)), move.Keep(0)); err != nil {
		t.Fatal(err)
	}
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{cheese})
	if err != nil {
		t.Fatal(err)
	}
	it := levels[0].Now()
	if f := levels[0].Figures(); f.Available != 0 || f.Held != 3 || f.OnHand != 9 || it.Of(stock.Withheld.InLot(lot)) != 6 {
		t.Errorf("%+v %+v", f, it.Balances)
	}
	verifyMoved(t, engines, m)
}

// pairApart are items of two towns that are in different slots, neither spread.
func pairApart(t *testing.T, m *travels) (a, b stock.ItemKey) {
	t.Helper()
	a = at(towns[0], "p")
	for _, town := range towns[1 : len(towns)-1] {
		if b = at(town, "p"); m.Slot(bucketOf(a)) != m.Slot(bucketOf(b)) {
			return a, b
		}
	}
	t.Fatal("all towns lie in one slot")
	return a, b
}

func headOf(t *testing.T, e engine.Engine) engine.Seq {
	t.Helper()
	head, err := e.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return head
}
