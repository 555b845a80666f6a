package ledger_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A key of a call about a whole order belongs to the place where the order began. A
// reserve that joins the order in the same millisecond must not move it: otherwise
// the call, sent again, did its work a second time (found by the simulation).
func TestAKeyStaysWhereTheOrderBegan(t *testing.T) {
	t.Parallel()
	c := newClock() // stands still
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	at := func(location string) (stock.ItemKey, stock.Bucket) {
		return stock.ItemKey{Tenant: tenant, Location: location, Product: "p"}, stock.BucketOf(tenant, location)
	}
	join := func(location string) stock.Place {
		k, b := at(location)
		return stock.Place{
			Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000,
			Lines: []stock.Demand{{Item: k, Bucket: b, Qty: 2, Known: true}},
		}
	}
	for _, location := range []string{"a", "m", "z"} {
		k, b := at(location)
		must(t, l, stock.OpenItem{Item: k, Bucket: b, Qty: 10, Tracked: true})
	}
	deduct := ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Keyed: true}}, Key: "k"}
	must(t, l, join("m"))
	first := l.Submit(t.Context(), deduct)[0]
	if first.Err != nil || len(first.Event.Lines) != 1 {
		t.Fatalf("%+v", first)
	}
	must(t, l, join("a"))
	must(t, l, join("z"))
	for _, cold := range []bool{false, true} {
		if cold {
			l = open(t, e, ledger.WithClock(c)) // another node, which remembers nothing
		}
		again := l.Submit(t.Context(), deduct)[0]
		if again.Err != nil || !again.Replayed || len(again.Event.Lines) != 1 {
			t.Errorf("sent again (cold: %t): replayed %t, %d lines, %v; want the first answer", cold, again.Replayed, len(again.Event.Lines), again.Err)
		}
	}
}
