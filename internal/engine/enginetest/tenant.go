package enginetest

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var tenantTests = []test{
	{"all rows of a tenant are dropped in steps, and no others", dropTenant},
	{"rows of a tenant that left with their bucket are forgotten by the journal", dropTenantGone},
	{"nothing is dropped of a tenant that has nothing", func(t *testing.T, e engine.Engine) {
		populate(t, e, 3)
		if n, err := e.DropTenant(t.Context(), "T", 100); n != 0 || err != nil {
			t.Errorf("%d dropped, %v; names that differ in case are others", n, err)
		}
	}},
	{"the keys of some entries are dropped, and no others", dropKeysOf},
	{"rows of a tenant may come again", func(t *testing.T, e engine.Engine) {
		populate(t, e, 3)
		mustDropTenant(t, e, "t", 1000, 2*each)
		g := recordGroup(head(t, e) + 1)
		g.Items, g.Holds = []engine.ItemRow{itemIn(3, 1)}, []engine.HoldRow{holdIn(3, 1, g.Record.Seq)}
		mustAppend(t, e, g)
		mustDropTenant(t, e, "t", 1000, 2)
	}},
}

// mustDropTenant drops the tenant until nothing is left, and fails unless it was want rows.
func mustDropTenant(t *testing.T, e engine.Engine, tenant string, limit, want int) {
	t.Helper()
	for got := 0; ; {
		n, err := e.DropTenant(t.Context(), tenant, limit)
		if err != nil || n > limit {
			t.Fatalf("%d of at most %d dropped, %v", n, limit, err)
		}
		if got += n; n == 0 {
			if got != want {
				t.Fatalf("%d rows were dropped, want %d", got, want)
			}
			return
		}
	}
}

// twoTenants stores 20 items, holds and keys of tenant t and as many of tenant u, and
// journal rows of all items.
func twoTenants(t *testing.T, e engine.Engine) (items []engine.ItemRow, holds []engine.HoldRow) {
	t.Helper()
	populate(t, e, 3)
	g := recordGroup(head(t, e) + 1)
	for i := range each {
		it, h, k := itemIn(4, i), holdIn(4, i, g.Record.Seq), keyIn(4, i, g.Record.Seq)
		it.Key.Tenant, h.Key.Tenant = "u", "u"
		g.Items, g.Holds, g.Keys = append(g.Items, it), append(g.Holds, h), append(g.Keys, k)
		items, holds = append(items, stored(it)), append(holds, unfresh(h))
	}
	mustAppend(t, e, g)
	want := map[stock.ItemKey][]engine.Seq{}
	var keys []stock.ItemKey
	for i := range each {
		keys = append(keys, itemIn(3, i).Key, items[i].Key)
	}
	addJournal(t, e, want, keys...)
	return items, holds
}

func dropTenant(t *testing.T, e engine.Engine) {
	items, holds := twoTenants(t, e)
	mustDropTenant(t, e, "t", 7, 3*each)
	slices.SortFunc(items, byItem)
	if d := diff(items, pages(t, e, engine.ItemScan{All: true})); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
	var got []engine.HoldRow
	h, err := e.ScanHolds(t.Context(), engine.HoldScan{}, collect(&got))
	if err := same("holds", head(t, e), h, err, holds, got, byHold); err != nil {
		t.Error(err)
	}
	want := map[stock.ItemKey][]engine.Seq{}
	for i := range items {
		want[items[i].Key] = []engine.Seq{1}
	}
	mustJournal(t, e, want)
}

func dropTenantGone(t *testing.T, e engine.Engine) {
	twoTenants(t, e)
	mustEmpty(t, e, 3, 1000, 3*each)
	for n := 1; n > 0; {
		var err error
		if n, err = e.DropTenant(t.Context(), "t", 9); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.ScanJournal(t.Context(), func(r *engine.JournalRow) error {
		if r.Item.Tenant == "t" {
			t.Errorf("the journal still has %+v", r.Item)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func dropKeysOf(t *testing.T, e engine.Engine) {
	twoTenants(t, e)
	before := map[engine.KeyID]engine.KeyRow{}
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(k *engine.KeyRow) error { before[k.ID] = *k; return nil }); err != nil {
		t.Fatal(err)
	}
	ranges := []engine.EntryRange{{Seq: 1, First: 3*each + 2, Last: 3*each + 4}, {Seq: 2, First: 4 * each, Last: 4 * each}, {Seq: 3, First: 0, Last: engine.MaxIndex - 1}}
	dropped := 0
	for id, k := range before {
		if slices.ContainsFunc(ranges, func(r engine.EntryRange) bool { return k.Seq == r.Seq && k.Index >= r.First && k.Index <= r.Last }) {
			delete(before, id)
			dropped++
		}
	}
	for i, want := range []int{dropped, 0} {
		if n, err := e.DropKeys(t.Context(), ranges); n != want || err != nil {
			t.Errorf("call %d dropped %d keys, %v; want %d", i, n, err, want)
		}
	}
	if dropped != 4 {
		t.Errorf("the ranges name %d keys, want 4", dropped)
	}
	after := map[engine.KeyID]engine.KeyRow{}
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(k *engine.KeyRow) error { after[k.ID] = *k; return nil }); err != nil {
		t.Fatal(err)
	}
	if d := diff(before, after); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
}
