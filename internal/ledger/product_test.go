package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Engines load rows in any order.
func TestAProductIsReadByLocation(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New())
	where := func(levels []ledger.Level) (names []string) {
		for i := range levels {
			names = append(names, levels[i].Key.Location)
		}
		return names
	}
	for n := range 10 {
		at := stock.ItemKey{Tenant: tenant, Location: fmt.Sprint("store-", 9-n), Product: "mug"}
		r := l.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: at, Bucket: stock.BucketOf(tenant, at.Location), Qty: 1, Tracked: true}})
		if r[0].Err != nil {
			t.Fatal(r[0].Err)
		}
		if n%2 == 0 {
			l.Forget()
		}
		levels, _, err := l.Product(t.Context(), engine.ProductKey{Tenant: tenant, Product: "mug"})
		if got := where(levels); err != nil || len(got) != n+1 || !slices.IsSorted(got) {
			t.Fatalf("%d locations: %v %v", n+1, got, err)
		}
	}
}
