package ledger_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Cases that the simulation of several slots has found: attempts and calls for one
// order that meet before either is finished.

// shop is books in three slots with ten of product p at a, b and c, and the
// engines below.
func shop(t *testing.T, c *clock) (*ledger.Ledger, []engine.Engine) {
	t.Helper()
	engines := inMemory(3)
	l := reopen(t, engines, ledger.WithClock(c))
	t.Cleanup(running(t, l))
	for _, where := range []string{"a", "b", "c"} {
		must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
	}
	return l, engines
}

func wants(k stock.ItemKey, n stock.Qty) stock.Demand {
	return stock.Demand{Item: k, Bucket: bucketOf(k), Qty: n, Known: true}
}

// stop is a place where a request waits until it is released.
type stop struct{ there, leave chan struct{} }

type marked struct{}

// stopping is another node on the engines. A request sent with send stops once at
// each of the points.
func stopping(t *testing.T, c *clock, engines []engine.Engine, points ...ledger.Point) (*ledger.Ledger, map[ledger.Point]stop) {
	t.Helper()
	stops := map[ledger.Point]stop{}
	met := map[ledger.Point]*sync.Once{}
	for _, p := range points {
		stops[p], met[p] = stop{make(chan struct{}), make(chan struct{})}, new(sync.Once)
	}
	l := reopen(t, engines, ledger.WithClock(c), ledger.WithPoints(func(ctx context.Context, p ledger.Point) {
		if s, ok := stops[p]; ok && ctx.Value(marked{}) != nil {
			met[p].Do(func() { close(s.there); <-s.leave })
		}
	}))
	t.Cleanup(running(t, l))
	return l, stops
}

// send submits a request on the node and returns the channel for its result.
func send(l *ledger.Ledger, r ledger.Request) <-chan ledger.Result {
	result := make(chan ledger.Result, 1)
	go func() { result <- l.Submit(context.WithValue(context.Background(), marked{}, true), r)[0] }()
	return result
}

func TestAWholeOrderUnderAKeyIsFinishedWhenItIsSentAgain(t *testing.T) {
	t.Parallel()
	c := newClock()
	l, engines := shop(t, c)
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	for _, where := range []string{"b", "a", "c"} {
		must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{wants(at(where, "p"), 2)}})
		c.advance(time.Second)
	}
	release := ledger.Request{Command: stock.Release{Target: stock.Target{Order: order, Keyed: true}}, Key: "k"}
	for cut := range int64(3) {
		untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) {
			if res := l.Submit(t.Context(), release)[0]; res.Err == nil {
				t.Errorf("released in three slots with %d groups", cut)
			}
		}, ledger.WithClock(c))
	}
	if res := l.Submit(t.Context(), release)[0]; res.Err != nil || len(res.Event.Lines) != 3 {
		t.Errorf("sent again: %+v, want three lines", res)
	}
	for _, where := range []string{"a", "b", "c"} {
		if f := figures(t, l, at(where, "p")); f.Held != 0 {
			t.Errorf("at %s %d are held, want none", where, f.Held)
		}
	}
}

func TestALegHeldAfterItsCallWasDecidedIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"by the attempt that held it": false, "by the projection when the attempt dies": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l, engines := shop(t, c)
			b := at("b", "p")
			must(t, l, stock.Adjust{Item: b, Bucket: bucketOf(b), Delta: -10})
			r := ledger.Request{Key: "k", Command: stock.Place{
				Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000, Partial: true,
				Lines: []stock.Demand{wants(at("a", "p"), 2), wants(b, 2)},
			}}
			// At its first stop it has seen that the key is missing; at its second
			// it holds its leg.
			other, stops := stopping(t, c, engines, slot.PointApart, slot.PointLegs)
			result := send(other, r)
			<-stops[slot.PointApart].there
			if res := l.Submit(t.Context(), r)[0]; res.Err != nil || len(res.Event.Lines) != 1 {
				t.Fatalf("with nothing at b: %+v, want the line at a", res)
			}
			must(t, l, stock.Restock{Item: b, Bucket: bucketOf(b), Qty: 10})
			close(stops[slot.PointApart].leave)
			<-stops[slot.PointLegs].there
			if f := figures(t, l, b); f.Held != 2 {
				t.Fatalf("at b there are %+v, want the leg", f)
			}
			if dies {
				c.advance(60*time.Second + 61*time.Second + 3*time.Second)
				if err := l.CarryNow(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer close(stops[slot.PointLegs].leave)
			} else {
				close(stops[slot.PointLegs].leave)
				if res := <-result; res.Err != nil || len(res.Event.Lines) != 1 {
					t.Errorf("the other attempt says %+v, want the same", res)
				}
			}
			if f := figures(t, l, b); f.Held != 0 || f.Available != 10 {
				t.Errorf("at b there are %+v, want 10 and nothing held", f)
			}
		})
	}
}

func TestWhatIsLateForOneCallDoesNotTouchTheLegOfAnother(t *testing.T) {
	t.Parallel()
	l, _ := shop(t, newClock())
	order, b := stock.OrderKey{Tenant: tenant, Order: "o"}, at("b", "p")
	must(t, l, stock.Place{Order: order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2), wants(b, 2)}})
	res := l.Submit(t.Context(), ledger.Request{Command: stock.Settle{Order: order, Item: b, Call: [16]byte{1}, What: stock.OpRelease, Undo: true}})[0]
	var refusal *stock.Refusal
	if !errors.As(res.Err, &refusal) || refusal.Code != stock.NotFound {
		t.Errorf("an undo of another call: %v, want NOT_FOUND", res.Err)
	}
	if f := figures(t, l, b); f.Held != 2 {
		t.Errorf("at b %d are held, want 2", f.Held)
	}
}

func TestALegThatItsHomeHasNotDecidedIsNoLineOfTheOrder(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"without a key": "", "with a key": "k"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l, engines := shop(t, c)
			a, b := at("a", "p"), at("b", "p")
			order := stock.OrderKey{Tenant: tenant, Order: "o"}
			other, stops := stopping(t, c, engines, slot.PointLegs)
			result := send(other, ledger.Request{Key: "theirs", Command: stock.Place{
				Order: order, TTL: 60_000, Lines: []stock.Demand{wants(a, 2), wants(b, 2)},
			}})
			<-stops[slot.PointLegs].there
			// The leg at b is held, its home at a has decided nothing.
			res := l.Submit(t.Context(), ledger.Request{Key: key, Command: stock.Place{
				Order: order, TTL: 60_000, Lines: []stock.Demand{wants(b, 2)},
			}})[0]
			if res.Err != nil || !res.Event.Lines[0].Changed || res.Event.Lines[0].Line.Follows() {
				t.Errorf("a reserve of what the leg holds: %+v, want a line of its own", res)
			}
			close(stops[slot.PointLegs].leave)
			// The other call was closed. It starts again, and finds the line at b.
			if res := <-result; res.Err != nil || len(res.Event.Lines) != 2 {
				t.Errorf("the other call says %+v, want the line at a and the one that is at b", res)
			}
			for _, k := range []stock.ItemKey{a, b} {
				if f := figures(t, l, k); f.Held != 2 {
					t.Errorf("at %s %d are held, want 2", k.Location, f.Held)
				}
			}
			verifySlots(t, engines)
		})
	}
}
