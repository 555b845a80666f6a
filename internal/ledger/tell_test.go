package ledger_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// renewed calls fn when a caller looks where buckets live.
type renewed struct {
	*travels
	fn func()
}

func (m *renewed) Renew(context.Context) error {
	m.fn()
	return nil
}

// A leg's bucket leaves its slot at the moment when its home decides: when the
// caller has its answer, the leg's item shows it nevertheless.
func TestALegOnItsWayIsToldBeforeTheCaller(t *testing.T) {
	t.Parallel()
	m := newTravels(3)
	home, leg := inSlot(m.country, 0, 1)[0], inSlot(m.country, 1, 4)[3] // in byte order
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	var l *ledger.Ledger
	var decided, waits sync.Once
	sealed, waiting, answered, moved := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan error, 1)
	met := func(ctx context.Context, p ledger.Point) {
		if p == slot.PointHome {
			decided.Do(func() {
				go func() { moved <- l.MoveBucket(marking(t.Context()), m, bucketOf(leg), 2, move.Keep(0)) }()
				<-sealed
			})
		}
		m.way.answered(ctx, p)
	}
	m.way = &onTheWay{each: func(at moment) {
		if at == isSealed {
			close(sealed)
			select {
			case <-waiting:
			case <-answered:
			}
		}
	}}
	engines := m.way.watch(inMemory(3))
	l, err := ledger.OpenSlots(t.Context(), engines, ledger.WithAtlas(&renewed{m, func() {
		select {
		case <-sealed:
			waits.Do(func() { close(waiting) })
		default:
		}
	}}), ledger.WithPoints(met))
	if err != nil {
		t.Fatal(err)
	}
	defer running(t, l)()
	for _, k := range []stock.ItemKey{home, leg} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(home, 2), asks(leg, 2)}})

	must(t, l, stock.Confirm{Target: stock.Target{Order: order}})
	close(answered)
	if f := figures(t, l, leg); f != (stock.Figures{Available: 7, OnHand: 7}) {
		t.Errorf("deducted, and the item says %+v", f)
	}
	if err := <-moved; err != nil {
		t.Errorf("move: %v", err)
	}
}

// A leg whose store refused a decision receives it as soon as possible: not only
// after the time that is left to others.
func TestALegThatWasNotToldIsToldSoon(t *testing.T) {
	t.Parallel()
	m := country(2)
	home, leg := inSlot(m, 0, 1)[0], inSlot(m, 1, 4)[3] // in byte order
	var plan faulty.Script
	plan.On("Append", 3, faulty.Fault{Err: errCable}) // the item, the leg, the decision for the leg
	engines := []engine.Engine{memory.New(), memory.New()}
	l := reopen(t, []engine.Engine{engines[0], faulty.New(engines[1], &plan)}, ledger.WithClock(newClock())) // which stands still
	defer keep(t, "Run", l.Run)()
	for _, k := range []stock.ItemKey{home, leg} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(home, 2), asks(leg, 2)}})
	must(t, l, stock.Confirm{Target: stock.Target{Order: order}})
	if f := figures(t, l, leg); f.Held != 2 {
		t.Fatalf("the leg was told at once: %+v", f)
	}
	defer keep(t, "the deliveries", deliver(l))()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for figures(t, l, leg) != (stock.Figures{Available: 7, OnHand: 7}) || l.Behind() {
		<-look.C
	}
	verifySlots(t, engines)
}

// A client repeats a call whose decision did not reach a leg, and receives the
// stored outcome. Then the leg's item shows it: no projection has to run first.
func TestARepeatIsAnsweredWhenItsLegsKnow(t *testing.T) {
	t.Parallel()
	m := country(2)
	home, leg := inSlot(m, 0, 1)[0], inSlot(m, 1, 4)[3] // in byte order
	var plan faulty.Script
	plan.On("Append", 3, faulty.Fault{Err: errCable}) // the item, the leg, the decision for the leg
	engines := []engine.Engine{memory.New(), memory.New()}
	l := reopen(t, []engine.Engine{engines[0], faulty.New(engines[1], &plan)})
	defer keep(t, "Run", l.Run)()
	for _, k := range []stock.ItemKey{home, leg} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(home, 2), asks(leg, 2)}})
	deduct := ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: order}}, Key: "deduct"}
	for n, want := range []stock.Figures{{Available: 7, OnHand: 9, Held: 2}, {Available: 7, OnHand: 7}} {
		res := l.Submit(t.Context(), deduct)[0]
		if res.Err != nil || res.Replayed != (n == 1) {
			t.Fatalf("call %d: replayed %v, %v", n, res.Replayed, res.Err)
		}
		if f := figures(t, l, leg); f != want {
			t.Errorf("after call %d the item says %+v, not %+v", n, f, want)
		}
	}
	verifySlots(t, engines)
}
