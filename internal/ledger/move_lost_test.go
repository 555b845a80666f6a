package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// travellers are two nodes over three slots whose buckets move. Node 0 is the home
// of all slots. Node 1 sends it its commands and has these options in addition.
func travellers(t *testing.T) (*fleet, *travels, []engine.Engine) {
	t.Helper()
	return travellersOver(t, func(e engine.Engine) engine.Engine { return e })
}

// travellersOver are travellers whose sending node has its slots wrapped by over.
func travellersOver(t *testing.T, over func(engine.Engine) engine.Engine) (*fleet, *travels, []engine.Engine) {
	t.Helper()
	m := newTravels(3)
	engines := inMemory(3)
	f := nodesBy(2, func(n int, peers ledger.Option) *ledger.Ledger {
		own := slices.Clone(engines)
		for i := range own {
			if n == 1 {
				own[i] = over(own[i])
			}
		}
		l := openBy(t, m, own, ledger.WithClock(newClock()), peers)
		return l
	})
	for _, l := range f.nodes {
		t.Cleanup(running(t, l))
	}
	for _, where := range []string{"a", "b", "c"} {
		must(t, f.nodes[0], stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
	}
	return f, m, engines
}

// losing has the home carry out each request and loses the answer when lost reports
// true, after the bucket of location a has gone to the slot of c; with stale its
// rows in the old slot are still there.
func losing(t *testing.T, f *fleet, m *travels, stale bool, lost func(ledger.Result) bool) *atomic.Bool {
	t.Helper()
	var done atomic.Bool
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		results, err := carryOut(context.WithoutCancel(ctx))
		for _, r := range results {
			if err != nil || !lost(r) || !done.CompareAndSwap(false, true) {
				continue
			}
			moving, stop := context.WithCancel(context.WithoutCancel(ctx))
			defer stop()
			err := f.nodes[0].MoveBucket(moving, m, bucketOf(at("a", "p")), m.Slot(bucketOf(at("c", "p"))), move.Keep(0),
				move.Report(func(p ledger.Progress) {
					if stale && p.Step == "moved" {
						stop()
					}
				}))
			if (err != nil) != stale {
				t.Errorf("move: %v", err)
			}
			return nil, errCable
		}
		return results, err
	})
	return &done
}

// The home of a call decides it, its answer is lost, and the home's bucket moves on
// before the sender carries the call out itself: granted units stay granted.
func TestACallWhoseHomeHasDecidedAndMovedOnKeepsItsLegs(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k"} {
		for rows, stale := range map[string]bool{"its old rows are there": true, "its old rows are dropped": false} {
			t.Run(fmt.Sprintf("key %q, %s", key, rows), func(t *testing.T) {
				t.Parallel()
				f, m, engines := travellers(t)
				done := losing(t, f, m, stale, func(r ledger.Result) bool {
					return r.Event != nil && r.Event.Op == stock.OpPlace && len(r.Event.Lines) == 2
				})
				order := stock.OrderKey{Tenant: tenant, Order: "o"}
				res := f.nodes[1].Submit(t.Context(), ledger.Request{Key: key, Command: stock.Place{
					Order: order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2), wants(at("b", "p"), 2)},
				}})[0]
				if !done.Load() {
					t.Fatal("the home's answer did not get lost")
				}
				if res.Err != nil || len(res.Event.Lines) != 2 || res.Event.Lines[0].Line.Quantity() != 2 {
					t.Errorf("the caller is told %s", said(res))
				}
				for _, where := range []string{"a", "b"} {
					if held := figures(t, f.nodes[1], at(where, "p")).Held; held != 2 {
						t.Errorf("at %s %d are held, want 2", where, held)
					}
				}
				verifyMoved(t, engines, m)
			})
		}
	}
}

// A command ends an order at its home, its answer is lost, and the bucket moves
// again. The command is carried out once, and a repeat is answered with what it did.
func TestWhatEndedAnOrderThatMovedOnIsAnsweredAsCarriedOut(t *testing.T) {
	t.Parallel()
	order := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	line := order
	line.Item = at("a", "p")
	for name, cmd := range map[string]stock.Command{
		"confirm": stock.Confirm{Target: order}, "release": stock.Release{Target: order}, "commit": stock.Commit{Target: order},
		"confirm of a line": stock.Confirm{Target: line}, "release of a line": stock.Release{Target: line},
	} {
		for rows, stale := range map[string]bool{"its old rows are there": true, "its old rows are dropped": false} {
			t.Run(name+", "+rows, func(t *testing.T) {
				t.Parallel()
				f, m, engines := travellers(t)
				must(t, f.nodes[0], stock.Place{Order: order.Order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2)}})
				done := losing(t, f, m, stale, func(r ledger.Result) bool { return r.Event != nil && r.Event.Op == cmd.Op() })
				res := f.nodes[1].Submit(t.Context(), ledger.Request{Command: cmd})[0]
				if !done.Load() {
					t.Fatal("the home's answer did not get lost")
				}
				if res.Err != nil || len(res.Event.Lines) != 1 {
					t.Errorf("the caller is told %s", said(res))
				}
				verifyMoved(t, engines, m)
			})
		}
	}
}
