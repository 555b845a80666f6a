package ledger_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A line that was changed under a key moves to another slot than its home, or its home
// does: the key stays where the line was decided then, and a repeat finds it there.
func TestAChangeIsKnownByItsKeyWhenItsLineHasParted(t *testing.T) {
	t.Parallel()
	for _, leaves := range []string{"a", "b"} {
		for _, when := range []string{"before the move", "while the bucket leaves"} {
			t.Run(fmt.Sprintf("%s moves, changed %s", leaves, when), func(t *testing.T) {
				t.Parallel()
				home, other := at("a", "p"), at("b", "p")
				order := stock.OrderKey{Tenant: tenant, Order: "o"}
				l, m, r := neighbours(t, order, home, other)
				about := stock.Target{Order: order, Item: other}
				must(t, l, stock.Release{Target: about})
				change := ledger.Request{Key: "k", Command: stock.Change{Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: asks(other, 3)}}}}
				changes := func() {
					t.Helper()
					if res := l.Submit(t.Context(), change)[0]; res.Err != nil || res.Replayed {
						t.Fatalf("changed: %v, replayed: %t", res.Err, res.Replayed)
					}
				}
				if when == "before the move" {
					changes()
					changes = func() {}
				}
				moves(t, l, m, leaves, "following", func() { changes() })
				must(t, l, stock.Release{Target: about})
				if res := l.Submit(t.Context(), change)[0]; res.Err != nil || !res.Replayed {
					t.Errorf("again: %v, replayed: %t", res.Err, res.Replayed)
				}
				if f := figures(t, l, other); f.Held != 0 || f.Available != 9 {
					t.Errorf("there is %+v", f)
				}
				verifyMoved(t, r.engines, m)
			})
		}
	}
}
