package ledger_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// The location of an item was spread, so the key of a reserve of it is looked up in
// two slots and the reserve is sent again. A later receipt in the same call is
// refused, so the slot looks up the key of the receipt and decides the call once
// more. Requests before the reserve do not wait for it then.
func TestACallThatIsDecidedTwiceWaitsForNothing(t *testing.T) {
	t.Parallel()
	m := newTravels(3)
	engines := inMemory(3)
	l := openBy(t, m, engines)
	defer running(t, l)()
	item := at(towns[0], "p")
	(&spreads{l: l, m: m}).change(t, item.Location, true)
	beside := at(towns[3], "p") // in another bucket of the same slot
	for n := 0; m.Slot(m.bucketOf(beside)) != m.Slot(m.bucketOf(item)); n++ {
		beside.Product = fmt.Sprint("p-", n)
	}
	for _, k := range []stock.ItemKey{item, beside} {
		must(t, l, m.address(stock.OpenItem{Item: k, Qty: 10, Tracked: true}))
	}
	reserve := func(order string, n stock.Qty) stock.Command {
		return m.address(stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: order}, TTL: 600_000, Lines: []stock.Demand{asks(item, n)}})
	}
	got := l.Submit(t.Context(),
		ledger.Request{Command: reserve("o-1", 11)},
		ledger.Request{Command: reserve("o-2", 2), Key: "reserve"},
		ledger.Request{Command: m.address(stock.Restock{Item: beside, Qty: 1, For: "o-1"}), Key: "receive"},
	)
	refused(t, got[0], stock.Insufficient)
	if got[1].Err != nil || got[1].Replayed {
		t.Errorf("the reserve with a key: %v, replayed: %t", got[1].Err, got[1].Replayed)
	}
	refused(t, got[2], stock.NotFound)
	if f := figures(t, l, item); f.Held != 2 || f.Available != 8 {
		t.Errorf("there is %+v", f)
	}
	verifyMoved(t, engines, m)
}
