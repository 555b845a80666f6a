package view

import (
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// Each entry that the journal lists is found by its id, by callers that may see it.
func TestAnEntryIsFoundByItsID(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 2, inMemory)
	defer all.close()
	for _, k := range []stock.ItemKey{item("a", "tea"), item("b", "tea"), item("a", "mug")} {
		all.of(k.Location).do(open(k, 5), restock(k, 1))
	}
	j := all.journal()
	catchUp(t, j)
	page, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant})
	if err != nil || len(page.Entries) < 6 {
		t.Fatalf("%+v, %v", page, err)
	}
	there := &stock.Bounds{Locations: []string{"b"}}
	for _, want := range page.Entries {
		got, err := j.Entry(t.Context(), tenant, want.ID, nil)
		if err != nil || got == nil || got.ID != want.ID || got.Product != want.Product || got.Location != want.Location || got.After != want.After {
			t.Errorf("%s is %+v, want %+v, %v", want.ID, got, want, err)
		}
		if got, err := j.Entry(t.Context(), "another", want.ID, nil); got != nil || err != nil {
			t.Errorf("another tenant sees %+v, %v", got, err)
		}
		if got, err := j.Entry(t.Context(), tenant, want.ID, there); (got != nil) != (want.Location == "b") || err != nil {
			t.Errorf("who may see b sees %+v at %s, %v", got, want.Location, err)
		}
	}
	for _, id := range []string{"", "mug", "0-1", "9-1-0-0", "0-999-0-0", "0-1-9-0", "0-1-0-9", "0.1-1-0-0"} {
		if got, err := j.Entry(t.Context(), tenant, id, nil); got != nil || err != nil {
			t.Errorf("%q is %+v, %v", id, got, err)
		}
	}
}
