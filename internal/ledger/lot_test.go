package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

func lotOf(t *testing.T, attrs ...string) stock.Lot {
	t.Helper()
	m := map[string]string{}
	for i := 0; i < len(attrs); i += 2 {
		m[attrs[i]] = attrs[i+1]
	}
	lot, err := stock.MakeLot(m)
	if err != nil {
		t.Fatal(err)
	}
	return lot
}

// soldUntil is the lot that expires at the time.
func soldUntil(t *testing.T, at stock.Time) stock.Lot {
	t.Helper()
	return lotOf(t, "expires_at", time.UnixMilli(int64(at)).UTC().Format(time.RFC3339Nano))
}

func receive(k stock.ItemKey, lot stock.Lot, n stock.Qty) stock.Restock {
	b := stock.BucketOf(k.Tenant, k.Location)
	k.Lot = string(lot)
	return stock.Restock{Item: k, Bucket: b, Qty: n, Open: &stock.Opening{}}
}

func choose(lot stock.Lot, p stock.Place) stock.Place {
	p.Lines[0].Lot = lot
	return p
}

// Two nodes receive lots and sell them at once, by choice and by policy.
func TestLotsReceivedAndSoldOnManyNodesAreSoldOnce(t *testing.T) {
	t.Parallel()
	const sellers, lots, each = 8, 6, 40
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e), open(t, e)}
	must(t, nodes[0], stock.OpenItem{Item: item("tea"), Bucket: bucket, Tracked: true})
	batches := make([]stock.Lot, lots)
	for n := range batches {
		batches[n] = lotOf(t, "batch", fmt.Sprint("B", n), "grade", string(rune('A'+n%2)))
	}
	choices := append([]stock.Lot{"", lotOf(t, "grade", "A")}, batches...)
	var group sync.WaitGroup
	var mu sync.Mutex
	granted := map[stock.Lot]stock.Qty{}
	for n := range batches {
		group.Go(func() {
			for range each {
				if r := nodes[n%2].Submit(context.Background(), ledger.Request{Command: receive(item("tea"), batches[n], 1)})[0]; r.Err != nil {
					t.Errorf("lot %d: %v", n, r.Err)
				}
			}
		})
	}
	for n := range sellers {
		group.Go(func() {
			for i := range 60 {
				p := choose(choices[(n+i)%len(choices)], place(fmt.Sprintf("o-%d-%d", n, i), "tea", 2))
				r := nodes[(n+i)%2].Submit(context.Background(), ledger.Request{Command: p})[0]
				if refusal := (*stock.Refusal)(nil); r.Err != nil {
					if !errors.As(r.Err, &refusal) || refusal.Code != stock.Insufficient {
						t.Errorf("%s: %v", p.Order.Order, r.Err)
					}
					continue
				}
				mu.Lock()
				for _, d := range r.Event.Lines[0].Line.Drawn {
					lot, _, _ := d.Account.Lot()
					granted[lot] += d.Qty
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	it := now(t, nodes[1], "tea")
	for _, lot := range batches {
		if has := it.Of(stock.Shared.InLot(lot)); has+granted[lot] != each || it.LotRecord(lot).Held != granted[lot] {
			t.Errorf("%d of lot %q were granted, %d are left, and it says %+v", granted[lot], lot, has, it.LotRecord(lot))
		}
	}
	if it.Figures().OnHand != lots*each || granted[""] != 0 {
		t.Errorf("%d are on hand, %d of no lot were granted", it.Figures().OnHand, granted[""])
	}
	verified(t, e)
}

func TestALotThatHasExpiredIsNotSoldWithoutWaitingForTheSweep(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	milk, oats := soldUntil(t, c.Wall()+60_000), lotOf(t, "batch", "B1")
	must(t, l, receive(item("milk"), milk, 5))
	must(t, l, receive(item("milk"), oats, 2))
	must(t, l, place("held", "milk", 1))
	c.advance(time.Minute)
	if f, aside := now(t, l, "milk").Figures(), now(t, l, "milk").Aside(); f.Available != 2 || aside.Withheld != 4 || f.Held != 1 {
		t.Errorf("after its last moment the item is shown with %+v and %+v", f, aside)
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: choose(milk, place("late", "milk", 1))})[0], stock.Insufficient)
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("late", "milk", 3)})[0], stock.Insufficient)
	must(t, l, place("last", "milk", 2))
	must(t, l, stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "held"}}})
	if it := now(t, l, "milk"); it.Of(stock.Withheld.InLot(milk)) != 5 || it.LotRecord(milk).Held != 0 {
		t.Errorf("what was held of it and given back is in %+v", it.Balances)
	}
	verified(t, e)
}

func TestALotThatExpiresUnderLoadIsWithheldOnce(t *testing.T) {
	t.Parallel()
	const buyers, received = 12, 3000
	c := newClock()
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e, ledger.WithClock(c)), open(t, e, ledger.WithClock(c))}
	milk := soldUntil(t, c.Wall()+10)
	must(t, nodes[0], receive(item("milk"), milk, received))
	must(t, nodes[0], receive(item("milk"), "", received))
	var buying sync.WaitGroup
	var mu sync.Mutex
	granted := map[stock.Account]stock.Qty{}
	for n := range buyers {
		buying.Go(func() {
			for i := range 60 {
				if i == 30 {
					c.advance(time.Millisecond)
				}
				r := nodes[n%2].Submit(context.Background(), ledger.Request{Command: place(fmt.Sprintf("o-%d-%d", n, i), "milk", 3)})[0]
				if r.Err != nil {
					t.Error(r.Err)
					continue
				}
				mu.Lock()
				for _, d := range r.Event.Lines[0].Line.Drawn {
					granted[d.Account] += d.Qty
				}
				mu.Unlock()
			}
		})
	}
	buying.Wait()
	must(t, nodes[1], place("last", "milk", 1))
	it := now(t, nodes[0], "milk")
	pool := stock.Shared.InLot(milk)
	if it.Of(pool) != 0 || it.Of(stock.Withheld.InLot(milk))+granted[pool] != received || it.Of(stock.Shared)+granted[stock.Shared]+1 != received {
		t.Errorf("%v were granted, %+v", granted, it.Balances)
	}
	if all := lapses(t, e); len(all) != 1 || all[0].Note.Reason != stock.ReasonExpired {
		t.Errorf("it lapsed %d times", len(all))
	}
	verified(t, e)
}

func TestADueHoldMakesRoomForThoseWhoWantItsLot(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	one, other := lotOf(t, "batch", "B1"), lotOf(t, "batch", "B2")
	must(t, l, receive(item("tea"), one, 3))
	must(t, l, choose(one, place("due", "tea", 3)))
	must(t, l, receive(item("tea"), other, 1))
	refused(t, l.Submit(t.Context(), ledger.Request{Command: choose(one, place("early", "tea", 1))})[0], stock.Insufficient)
	c.advance(time.Hour)
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item("tea")})
	if err != nil {
		t.Fatal(err)
	}
	if n, f := levels[0].Available("web"), levels[0].Figures(); n != 4 || f.Held != 0 || f.Available != 4 {
		t.Errorf("%d could be had, %+v", n, f)
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: choose(other, place("late", "tea", 2))})[0], stock.Insufficient)
	must(t, l, choose(one, place("late", "tea", 2)))
	verified(t, e)
}

func TestWhatADueHoldHasOfALotThatExpiredIsNotForSale(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	milk := soldUntil(t, c.Wall()+600_000)
	must(t, l, receive(item("milk"), milk, 3))
	must(t, l, place("due", "milk", 2))
	c.advance(time.Hour)
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item("milk")})
	if err != nil {
		t.Fatal(err)
	}
	if f := levels[0].Figures(); f != (stock.Figures{OnHand: 3}) || levels[0].Available("") != 0 {
		t.Errorf("it is shown with %+v", f)
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("late", "milk", 1)})[0], stock.Insufficient)
	must(t, l, receive(item("milk"), "", 1))
	if it := now(t, l, "milk"); it.Of(stock.Withheld.InLot(milk)) != 3 || it.Of(stock.Held) != 0 {
		t.Errorf("%+v", it.Balances)
	}
	verified(t, e)
}

// A repeat is answered with the lots that were granted, whatever lots there are by
// now.
func TestAReserveRepeatedAfterItsLotsChangedIsAnsweredTheSame(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	milk := soldUntil(t, c.Wall()+60_000)
	must(t, l, receive(item("milk"), milk, 5))
	p := place("o", "milk", 4)
	p.TTL = 600_000
	first := must(t, l, p).Event.Lines[0].Line
	must(t, l, stock.Recall{Item: receive(item("milk"), milk, 0).Item, Bucket: bucket})
	c.advance(time.Minute)
	must(t, l, receive(item("milk"), lotOf(t, "batch", "B9"), 50))
	if again := must(t, l, p).Event.Lines[0].Line; !again.Equal(&first) {
		t.Errorf("first %+v, again %+v", first, again)
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: choose(milk, p)})[0], stock.AlreadyExists)
}

// A location is spread and gathered, and buckets change their slots, while an
// order holds units of a lot.
func TestLotsGoWithTheirItem(t *testing.T) {
	t.Parallel()
	const on, off, move = "spread", "gather", "move its bucket"
	for _, script := range [][]string{{on}, {on, move, off}, {on, off, on, move, off}} {
		t.Run(fmt.Sprint(script), func(t *testing.T) {
			t.Parallel()
			r := &changed{rack: &rack{t: t, m: newTravels(3), engines: inMemory(3)}}
			l, stop := r.open()
			t.Cleanup(stop)
			r.l, r.s = l, &spreads{l: l, m: r.m}
			k, batch := at(towns[0], "p"), lotOf(t, "batch", "B1")
			r.keys = []stock.ItemKey{k}
			order := stock.OrderKey{Tenant: tenant, Order: "o"}
			must(t, l, receive(k, batch, 5))
			must(t, l, stock.SetLotPolicy{Item: k, Bucket: bucketOf(k), Policy: stock.LotPolicy{Draw: stock.DrawFIFO}})
			must(t, l, stock.Place{Order: order, TTL: 600_000, Lines: []stock.Demand{asks(k, 3)}})
			for _, step := range script {
				r.do(step)
			}
			must(t, l, r.m.address(receive(k, batch, 4)))
			must(t, l, stock.Confirm{Target: stock.Target{Order: order, Item: k, Qty: 1, Keyed: true}})
			must(t, l, stock.Release{Target: stock.Target{Order: order}})
			it := r.item()
			if it.Of(stock.Shared.InLot(batch)) != 8 || it.LotRecord(batch).Held != 0 || it.LotPolicy.Draw != stock.DrawFIFO {
				t.Errorf("%+v", it)
			}
			verifyMoved(t, r.engines, r.m)
		})
	}
}

// A part of a lot can be taken from a line in another slot than that which decides
// the order, too: its leg follows lot by lot.
func TestAPartOfALotIsNamedInAnySlot(t *testing.T) {
	t.Parallel()
	l, engines := over(t, 3)
	one, other := lotOf(t, "batch", "B1"), lotOf(t, "batch", "B2")
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	p := stock.Place{Order: order, TTL: 600_000}
	for _, town := range []string{"a", "b"} {
		k := at(town, "tea")
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Tracked: true})
		must(t, l, receive(k, one, 3))
		must(t, l, receive(k, other, 3))
		p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: 5, Known: true})
	}
	must(t, l, p)
	part := func(town string, lot stock.Lot, n stock.Qty) stock.Target {
		k := at(town, "tea")
		k.Lot = string(lot)
		return stock.Target{Order: order, Item: k, Qty: n, Keyed: true}
	}
	for _, town := range []string{"a", "b"} {
		must(t, l, stock.Confirm{Target: part(town, other, 1)})
		must(t, l, stock.Release{Target: part(town, one, 2)})
		must(t, l, stock.Confirm{Target: part(town, other, 0)})
		refused(t, l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: part(town, other, 0)}})[0], stock.InvalidState)
		levels, _, err := l.Items(t.Context(), []stock.ItemKey{at(town, "tea")})
		if err != nil {
			t.Fatal(err)
		}
		it := levels[0].Now()
		if it.Of(stock.Shared.InLot(one)) != 2 || it.Of(stock.Shared.InLot(other)) != 1 || it.LotRecord(one).Held != 1 || it.LotRecord(other).Held != 0 {
			t.Errorf("%s: %+v, %+v, %+v", town, it.Balances, it.LotRecord(one), it.LotRecord(other))
		}
	}
	verifySlots(t, engines)
	if across, err := audit.CheckAcross(t.Context(), engines, country(3)); err != nil || across.Waiting > 0 || !across.OK() {
		t.Errorf("%v, %+v", err, across)
	}
}
