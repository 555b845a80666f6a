package hot

import (
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// Whatever Redis an operator runs: all keys of a tenant are dropped, those of a trial too, and no others.
func TestTheKeysOfATenantAreDroppedAndNoOthers(t *testing.T) {
	t.Parallel()
	for name, start := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := connect(t, start(t).URL)
			for _, tenant := range []string{"a*[b", "a*[", "*[b", "a b", "a%20b", "~shadow~x~y", "y", ShadowTenant("7", "a*[b")} {
				for _, product := range []string{"cup", "tea", "a|b"} {
					k := stock.ItemKey{Tenant: tenant, Product: product, Location: "shop"}
					if written, err := b.Initialise(t.Context(), k, 1, Balance{Usable: 9, Given: 9}); err != nil || !written {
						t.Fatal(written, err)
					}
					if _, err := b.Reserve(t.Context(), k, 1, noon, []Ask{{Order: "o", Qty: 1}, {Order: "p", Qty: 1}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			// An item has 7 keys, a record, and a guard of each order.
			for _, c := range []struct {
				tenant string
				dry    bool
				want   int64
			}{
				{"nobody", false, 0},
				{"a*[b", true, 60},
				{"a*[b", false, 60},
				{"a*[b", false, 0},
				{"y", true, 60},
				{"~shadow~x~y", false, 30},
				{"y", false, 30},
				{"a b", false, 30},
				{"a%20b", false, 30},
				{"a*[", false, 30},
				{"*[b", false, 30},
			} {
				n, err := b.DropTenant(t.Context(), c.tenant, c.dry)
				if err != nil || n != c.want {
					t.Errorf("of %q %d keys were dropped (dry %t), %v; want %d", c.tenant, n, c.dry, err, c.want)
				}
			}
		})
	}
}
