package ledger_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// Lines that have ended hold units again while the bucket of some of them is
// leaving: these are split into home and legs as well, and the call is still
// decided in one place.
func TestALineIsHeldAgainWhileItsBucketLeaves(t *testing.T) {
	t.Parallel()
	for _, leaves := range []string{"a", "b"} {
		reopened(t, leaves+" leaves", func(t *testing.T, l *ledger.Ledger, m *travels, again func()) {
			t.Helper()
			moves(t, l, m, leaves, "following", again)
		})
	}
}

// A line was decided in another bucket, and had ended when that bucket left. When
// it holds units again it is decided by itself: the stale rows of its home are not
// its home.
func TestALineIsHeldAgainWhenItsHomeHasLeft(t *testing.T) {
	t.Parallel()
	reopened(t, "a has left", func(t *testing.T, l *ledger.Ledger, m *travels, again func()) {
		t.Helper()
		moves(t, l, m, "a", "moved", func() {
			again()
			moves(t, l, m, "b", "following", func() {})
		})
	})
}

// moves moves the bucket of a location to the other of two slots, and calls then
// once when the move has reached the step.
func moves(t *testing.T, l *ledger.Ledger, m *travels, location, step string, then func()) {
	t.Helper()
	called := false
	b := bucketOf(at(location, "p"))
	err := l.MoveBucket(t.Context(), m, b, 1-m.Slot(b), move.Keep(0), move.Report(func(p move.Progress) {
		if p.Step == step && !called {
			called = true
			then()
		}
	}))
	if err != nil || !called {
		t.Fatalf("moved: %v, called: %t", err, called)
	}
}

// reopened lets lines of a reserve call over two buckets of a slot end and hold
// units again, while buckets move as moving does it.
func reopened(t *testing.T, name string, moving func(t *testing.T, l *ledger.Ledger, m *travels, again func())) {
	t.Helper()
	home, other := at("a", "p"), at("b", "p")
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	whole := stock.Target{Order: order}
	wanted := func(lines ...stock.Demand) stock.Change {
		c := stock.Change{Order: order, Keyed: true}
		for _, d := range lines {
			c.Lines = append(c.Lines, stock.Wanted{Demand: d})
		}
		return c
	}
	for ends, c := range map[string]struct{ ends, again stock.Command }{
		"withdrawn":         {stock.Confirm{Target: whole}, stock.Withdraw{Target: whole}},
		"one is withdrawn":  {stock.Confirm{Target: whole}, stock.Withdraw{Target: stock.Target{Order: order, Item: other}}},
		"one is held again": {stock.Release{Target: stock.Target{Order: order, Item: other}}, wanted(asks(other, 2))},
	} {
		t.Run(ends+", "+name, func(t *testing.T) {
			t.Parallel()
			l, m, r := neighbours(t, order, home, other)
			must(t, l, c.ends)
			moving(t, l, m, func() { must(t, l, c.again) })
			verifyMoved(t, r.engines, m)
			must(t, l, stock.Confirm{Target: whole})
			for _, k := range []stock.ItemKey{home, other} {
				if f := figures(t, l, k); f.Held != 0 || f.Available != 7 {
					t.Errorf("at %s: %+v", k.Location, f)
				}
			}
			verifyMoved(t, r.engines, m)
		})
	}
}

// neighbours opens books over two slots in which an order holds two units of each of two
// items, whose buckets are in one slot.
func neighbours(t *testing.T, order stock.OrderKey, home, other stock.ItemKey) (*ledger.Ledger, *travels, *rack) {
	t.Helper()
	m := newTravels(2)
	r := &rack{t: t, m: m, engines: []engine.Engine{memory.New(), memory.New()}}
	l, stop := r.open()
	t.Cleanup(stop)
	for _, k := range []stock.ItemKey{home, other} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	if m.Slot(bucketOf(home)) != m.Slot(bucketOf(other)) {
		moves(t, l, m, "b", "moved", func() {})
	}
	must(t, l, stock.Place{Order: order, TTL: 600_000, Lines: []stock.Demand{asks(home, 2), asks(other, 2)}})
	return l, m, r
}
