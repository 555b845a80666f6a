package ledger_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// untoldLeg are books whose first node could not carry its home's decision to a
// leg: the item of the leg, two of which are held, and the item of another leg of
// the same order, which it could inform later.
func untoldLeg(t *testing.T, clock *clock) (decided *ledger.Ledger, engines []engine.Engine, leg, other stock.ItemKey) {
	t.Helper()
	m := country(3)
	home, leg, other := inSlot(m, 0, 1)[0], inSlot(m, 1, 4)[3], inSlot(m, 2, 4)[3] // in byte order
	var plan faulty.Script
	plan.On("Append", 3, faulty.Fault{Err: errCable}) // the item, the leg, the decision for the leg
	engines = inMemory(3)
	decided = reopen(t, []engine.Engine{engines[0], faulty.New(engines[1], &plan), engines[2]}, ledger.WithClock(clock))
	t.Cleanup(keep(t, "Run", decided.Run))
	for _, k := range []stock.ItemKey{home, leg, other} {
		must(t, decided, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	must(t, decided, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{asks(home, 2), asks(leg, 2), asks(other, 2)}})
	must(t, decided, stock.Confirm{Target: stock.Target{Order: order, Item: leg}})
	must(t, decided, stock.Confirm{Target: stock.Target{Order: order, Item: other}})
	for k, held := range map[stock.ItemKey]stock.Qty{leg: 2, other: 0} {
		if f := figures(t, decided, k); f.Held != held {
			t.Fatalf("%d are held of %v, want %d", f.Held, k, held)
		}
	}
	return decided, engines, leg, other
}

// save takes in the log from its cursor again and saves.
func save(t *testing.T, d *ledger.Delivery) {
	t.Helper()
	for {
		from, at, err := d.TakeIn(t.Context())
		if err == nil {
			_, err = d.Save(t.Context(), from, at)
		}
		if err == nil {
			return
		}
		if !errors.Is(err, engine.ErrMoved) { // else the running one has moved the cursor: read it again
			t.Fatal(err)
		}
	}
}

// A node that could not carry a decision to a leg carries it at once when it can,
// also when it has carried a later decision about the order.
func TestALaterDecisionDoesNotHideOneThatWasNotTold(t *testing.T) {
	t.Parallel()
	l, engines, leg, _ := untoldLeg(t, newClock())
	save(t, l.Deliveries()[0])
	if f := figures(t, l, leg); f != (stock.Figures{Available: 7, OnHand: 7}) {
		t.Errorf("the leg's item shows %+v", f)
	}
	verifySlots(t, engines)
}

// A node that reads the log from the cursor again, as it does whenever another node
// has moved the cursor, continues its wait: the time that is left to others does
// not start again.
func TestALegWaitsNoLongerWhenTheLogIsReadAnew(t *testing.T) {
	t.Parallel()
	clock := newClock()
	_, engines, leg, _ := untoldLeg(t, clock)
	l := reopen(t, engines, ledger.WithClock(clock))
	defer keep(t, "Run", l.Run)()
	for range 3 {
		if f := figures(t, l, leg); f.Held != 2 {
			t.Fatalf("the leg's item shows %+v before who decided has had his time", f)
		}
		save(t, l.Deliveries()[0])
		clock.advance(time.Second)
	}
	save(t, l.Deliveries()[0])
	if f := figures(t, l, leg); f != (stock.Figures{Available: 7, OnHand: 7}) {
		t.Errorf("the leg's item shows %+v", f)
	}
}

// A call that stood still on its way holds a leg after its home was closed and the leg given back.
// It waits for its home again, which is asked in its time.
func TestALegThatIsHeldAgainWaitsAgain(t *testing.T) {
	t.Parallel()
	l, _ := shop(t, newClock())
	d := l.Deliveries()[1]
	line := stock.Line{Item: at("b", "p"), Leg: &stock.Leg{Key: [16]byte{1}}}
	apply := func(seq engine.Seq, op stock.Op, l stock.Line) {
		d.Apply(seq, []*stock.Event{{Op: op, Tenant: tenant, Order: "o", Lines: []stock.LineChange{{Changed: true, Line: l}}}})
	}
	back := line
	back.Leg = &stock.Leg{Key: line.Leg.Key, Undone: true}
	for _, step := range []struct {
		seq  engine.Seq
		op   stock.Op
		line stock.Line
		want int
	}{
		{7, stock.OpPlace, line, 1},
		{8, stock.OpRelease, back, 0},
		{7, stock.OpPlace, line, 1}, // read again
		{8, stock.OpRelease, back, 0},
		{9, stock.OpPlace, line, 1},
		{7, stock.OpPlace, line, 1},
		{8, stock.OpRelease, back, 1},
		{9, stock.OpPlace, line, 1},
		{11, stock.OpRelease, back, 0},
		{11, stock.OpPlace, line, 1}, // in one record
	} {
		apply(step.seq, step.op, step.line)
		if is := l.Undecided(0); len(is) != step.want {
			t.Errorf("after record %d: %d wait, want %d: %v", step.seq, len(is), step.want, is)
		}
	}
}
