package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Requests of one call are decided in their order: a receipt for an order that
// first has to be looked up in other slots stays before the reserve of that order,
// in the same slot too.
func TestAReceiptForAnOrderStaysBeforeItsReserve(t *testing.T) {
	t.Parallel()
	m := newTravels(3)
	l := openBy(t, m, inMemory(3))
	defer running(t, l)()
	reserved := at("b", "p")
	received := at("a", "p")
	for n := 0; m.Slot(stock.SpreadBucketOf(tenant, "a", received.Product)) != m.Slot(bucketOf(reserved)); n++ {
		received.Product = fmt.Sprint("p", n)
	}
	for _, k := range []stock.ItemKey{reserved, received} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 5, Tracked: true})
	}
	(&spreads{l: l, m: m}).change(t, "a", true)

	results := l.Submit(t.Context(),
		ledger.Request{Key: "k", Command: stock.Restock{Item: received, Bucket: m.bucketOf(received), Qty: 2, For: "o"}},
		ledger.Request{Command: stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000, Lines: []stock.Demand{asks(reserved, 1)}}},
	)
	var refusal *stock.Refusal
	if !errors.As(results[0].Err, &refusal) || refusal.Code != stock.NotFound {
		t.Errorf("the receipt: %v, want that the order is not known", results[0].Err)
	}
	if results[1].Err != nil {
		t.Errorf("the reserve: %v", results[1].Err)
	}
}
