package ledger_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// TestAnOrderThatWasCutOffIsPlacedWhenAskedAgain kills the process between any two
// groups of a reserve call over three slots. The same call, sent again with its key
// or without one, is granted at once.
func TestAnOrderThatWasCutOffIsPlacedWhenAskedAgain(t *testing.T) {
	t.Parallel()
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	place := stock.Place{Order: order, TTL: 60_000}
	for _, where := range []string{"site-12", "site-04", "site-00"} {
		place.Lines = append(place.Lines, stock.Demand{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 2, Known: true})
	}
	for _, key := range []string{"", "key"} {
		for cut := range int64(4) {
			t.Run(fmt.Sprintf("with key %q, killed after %d groups", key, cut), func(t *testing.T) {
				t.Parallel()
				c := newClock()
				l, engines := over(t, 8, ledger.WithClock(c))
				for i := range place.Lines {
					must(t, l, stock.OpenItem{Item: place.Lines[i].Item, Bucket: place.Lines[i].Bucket, Qty: 10, Tracked: true})
				}
				untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) {
					l.Submit(t.Context(), ledger.Request{Command: place, Key: key})
				}, ledger.WithClock(c))

				l = reopen(t, engines, ledger.WithClock(c))
				defer running(t, l)()
				if res := l.Submit(t.Context(), ledger.Request{Command: place, Key: key})[0]; res.Err != nil {
					t.Fatalf("asked again: %v", res.Err)
				}
				for i := range place.Lines {
					if f := figures(t, l, place.Lines[i].Item); f != (stock.Figures{Available: 8, Held: 2, OnHand: 10}) {
						t.Errorf("%v: %+v", place.Lines[i].Item, f)
					}
				}
				verifySlots(t, engines)
			})
		}
	}
}
