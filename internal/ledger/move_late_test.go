package ledger_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A node dies when it has the legs of a call and the call is not decided. Buckets
// of the call move, and the call is sent again under its key: it is the same call,
// wherever its legs are now.
func TestACallIsSentAgainWhenItsLegsHaveMoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string // the first is its home
		moves map[string]string
	}{
		{"one leg to the home, others elsewhere", []string{"a", "b", "c"}, map[string]string{"b": "a"}},
		{"the home to one of its legs", []string{"a", "b", "c"}, map[string]string{"a": "c"}},
		{"two legs to one slot", []string{"a", "b", "c"}, map[string]string{"b": "c"}},
		{"the only leg to the home", []string{"a", "b"}, map[string]string{"b": "a"}},
		{"the home to its only leg", []string{"a", "b"}, map[string]string{"a": "b"}},
		{"all to where nothing of it was", []string{"a", "b"}, map[string]string{"a": "c", "b": "c"}},
	} {
		for _, key := range []string{"k", ""} {
			t.Run(c.name+map[string]string{"": ", without a key"}[key], func(t *testing.T) {
				t.Parallel()
				clock := newClock()
				m := newTravels(3)
				engines := inMemory(3)
				node := func(opts ...ledger.Option) *ledger.Ledger {
					n, err := ledger.OpenSlots(t.Context(), engines, append(opts, ledger.WithClock(clock), ledger.WithAtlas(m))...)
					if err != nil {
						t.Fatal(err)
					}
					return n
				}
				l := node()
				t.Cleanup(running(t, l))
				lives := map[string]uint16{}
				for _, where := range []string{"a", "b", "c"} {
					must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
					lives[where] = m.Slot(bucketOf(at(where, "p")))
				}
				dying, end := context.WithCancel(context.Background())
				dead := node(ledger.WithPoints(func(ctx context.Context, p ledger.Point) {
					if p == slot.PointLegs && ctx.Value(marked{}) != nil {
						end()
						runtime.Goexit() // it does nothing from now on
					}
				}))
				stop := running(t, dead)
				place := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000}
				for _, where := range c.lines {
					place.Lines = append(place.Lines, wants(at(where, "p"), 2))
				}
				go dead.Submit(context.WithValue(context.Background(), marked{}, true), ledger.Request{Command: place, Key: key})
				<-dying.Done()
				stop()
				for _, where := range []string{"a", "b"} {
					if to, ok := c.moves[where]; ok {
						if err := l.MoveBucket(t.Context(), m, bucketOf(at(where, "p")), lives[to], move.Keep(0)); err != nil {
							t.Fatal(err)
						}
					}
				}
				clock.advance(time.Second)
				res := l.Submit(t.Context(), ledger.Request{Command: place, Key: key})[0]
				if res.Err != nil || len(res.Event.Lines) != len(c.lines) {
					t.Fatalf("sent again: %+v, %v", res.Event, res.Err)
				}
				figures := func(where string) stock.Figures {
					t.Helper()
					levels, _, err := l.Items(t.Context(), []stock.ItemKey{at(where, "p")})
					if err != nil {
						t.Fatal(err)
					}
					return levels[0].Item.Figures()
				}
				for _, where := range c.lines {
					if f := figures(where); f.Held != 2 || f.Available != 8 {
						t.Errorf("at %s: %+v", where, f)
					}
				}
				must(t, l, stock.Confirm{Target: stock.Target{Order: place.Order}})
				for _, where := range c.lines {
					if f := figures(where); f.Held != 0 || f.Available != 8 {
						t.Errorf("at %s, confirmed: %+v", where, f)
					}
				}
				verifySlots(t, engines)
			})
		}
	}
}
