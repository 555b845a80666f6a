package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// inSlot are n items of the slot, at locations of their own, in byte order.
func inSlot(c country, slot uint16, n int) []stock.ItemKey {
	var all []stock.ItemKey
	for i := 0; len(all) < n; i++ {
		if k := at(fmt.Sprintf("site-%03d", i), "p"); c.Slot(bucketOf(k)) == slot {
			all = append(all, k)
		}
	}
	return all
}

func asks(k stock.ItemKey, n stock.Qty) stock.Demand {
	return stock.Demand{Item: k, Bucket: bucketOf(k), Qty: n, Known: true}
}

// movable are books over three slots between which buckets can be moved.
func movable(t *testing.T) (*ledger.Ledger, *travels, []engine.Engine) {
	t.Helper()
	m := newTravels(3)
	engines := inMemory(3)
	l := openBy(t, m, engines, ledger.WithClock(newClock()))
	t.Cleanup(running(t, l))
	return l, m, engines
}

func moveTo(t *testing.T, l *ledger.Ledger, m *travels, k stock.ItemKey, to uint16) {
	t.Helper()
	if err := l.MoveBucket(t.Context(), m, bucketOf(k), to, move.Keep(0)); err != nil {
		t.Fatalf("move the bucket of %s to slot %d: %v", k.Location, to, err)
	}
}

// again sends a request that was sent before, with a warm memory and a cold one.
func again(t *testing.T, l *ledger.Ledger, r ledger.Request, first ledger.Result) {
	t.Helper()
	for range 2 {
		res := l.Submit(t.Context(), r)[0]
		if !res.Replayed || said(res) != said(ledger.Result{Event: first.Event, Err: first.Err, Replayed: true}) {
			t.Errorf("%+v again: replayed %t\n%s\nat first\n%s", r.Command, res.Replayed, said(res), said(first))
		}
		l.Forget()
	}
}

// A line was decided in one slot with its home. It has ended and is in another slot
// now, and the order has lines in other slots. The decision is still answered from
// its key.
func TestAnEndedLineApartFromItsHomeIsAnsweredAsItWas(t *testing.T) {
	t.Parallel()
	l, m, engines := movable(t)
	items, far := inSlot(m.country, 0, 3), inSlot(m.country, 2, 1)[0]
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	for _, k := range append(items, far) {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	about := stock.Target{Order: order, Keyed: true}
	ended := stock.Target{Order: order, Item: items[1], Qty: 1, Keyed: true}
	sent := []ledger.Request{
		{Command: stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(items[0], 2), asks(items[1], 3)}}, Key: "place"},
		{Command: stock.Confirm{Target: ended}, Key: "part"},
		{Command: stock.Extend{Target: about, TTL: 90_000}, Key: "extend"},
		{Command: stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(items[2], 1), asks(far, 1)}}, Key: "join"},
		{Command: stock.Release{Target: ended}, Key: "give back"},
		{Command: stock.Confirm{Target: about}, Key: "whole"},
		{Command: stock.Release{Target: about}, Key: "too late"},
		{Command: stock.Extend{Target: about, TTL: 50_000}, Key: "later"},
	}
	first := make([]ledger.Result, len(sent))
	for i, r := range sent {
		first[i] = l.Submit(t.Context(), r)[0]
	}
	for _, move := range []struct {
		item stock.ItemKey
		to   uint16
	}{{items[1], 1}, {items[0], 2}, {items[2], 1}, {items[0], 1}, {far, 0}, {items[1], 0}, {items[0], 0}} {
		moveTo(t, l, m, move.item, move.to)
		for i, r := range sent {
			again(t, l, r, first[i])
		}
	}
	verifyMoved(t, engines, m)
}

// A client used one key for two requests while a line and its home were in
// different slots. The key blocks no move, and it stands for one of the requests
// when line and home are in one slot again.
func TestAKeyThatWasUsedTwiceHoldsUpNoMove(t *testing.T) {
	t.Parallel()
	l, m, engines := movable(t)
	items := inSlot(m.country, 0, 2)
	first, second := stock.OrderKey{Tenant: tenant, Order: "first"}, stock.OrderKey{Tenant: tenant, Order: "second"}
	for _, k := range items {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	must(t, l, stock.Place{Order: first, TTL: 60_000, Lines: []stock.Demand{asks(items[0], 1), asks(items[1], 1)}})
	must(t, l, stock.Confirm{Target: stock.Target{Order: first}})
	must(t, l, stock.Place{Order: second, TTL: 60_000, Lines: []stock.Demand{asks(items[0], 1)}})
	moveTo(t, l, m, items[1], 1)

	for _, about := range []stock.Target{{Order: first, Item: items[1], Keyed: true}, {Order: second, Keyed: true}} {
		l.Submit(t.Context(), ledger.Request{Command: stock.Release{Target: about}, Key: "k"})
	}
	moveTo(t, l, m, items[0], 1)
	moveTo(t, l, m, items[0], 0)
	moveTo(t, l, m, items[1], 0)
	verifyMoved(t, engines, m)
}

// The clock of one slot is ahead of another's: a reserve that joins an order later
// may seem older than those before it. A call that was carried out before it must
// not touch it.
func TestAKeyedCallIsFoundWhateverTheClocksSay(t *testing.T) {
	t.Parallel()
	c, ahead := newClock(), newClock()
	ahead.advance(10 * time.Second)
	engines := []engine.Engine{memory.New(), memory.New()}
	fast := reopen(t, engines, ledger.WithClock(ahead))
	early, late := inSlot(2, 0, 1)[0], inSlot(2, 1, 1)[0]
	must(t, fast, stock.OpenItem{Item: early, Bucket: bucketOf(early), Qty: 9, Tracked: true})
	l := reopen(t, engines, ledger.WithClock(c))
	defer running(t, l)()
	must(t, l, stock.OpenItem{Item: late, Bucket: bucketOf(late), Qty: 9, Tracked: true})

	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(early, 2)}})
	deduct := ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: order, Keyed: true}}, Key: "k"}
	first := l.Submit(t.Context(), deduct)[0]
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(late, 2)}})
	again(t, l, deduct, first)
	if f := figures(t, l, late); f.Held != 2 {
		t.Errorf("the line that joined later: %+v", f)
	}
	verifySlots(t, engines)
}
