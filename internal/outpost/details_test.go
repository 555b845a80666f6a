package outpost_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// A till shows products as the centre does, whenever it was there when they changed.
func TestATillHasTheDetailsOfItsCentre(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 10})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 50})
	titled := func(title string) {
		t.Helper()
		details := []catalog.Details{{Product: "cup", Title: title, Attributes: map[string]string{"price": "3.20"}}}
		if _, err := c.catalog.Details.Set(t.Context(), tenant, details); err != nil {
			t.Fatal(err)
		}
	}
	titled("A cup")
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	shows := func(title string) func() bool {
		return func() bool {
			d, err := m.catalog.Details.Get(t.Context(), tenant, "cup")
			return err == nil && d.Title == title && d.Attributes["price"] == "3.20"
		}
	}
	until(t, "the till has the title", shows("A cup"))
	own := []catalog.Details{{Product: "mug", Title: "The till's own"}}
	if _, err := m.catalog.Details.Set(t.Context(), tenant, own); err != nil {
		t.Fatal(err)
	}
	m.line.cut(true)
	until(t, "the line is down", func() bool { return !m.of.Status().Connected })
	titled("The cup")
	m.line.cut(false)
	until(t, "the till has the new title", shows("The cup"))
	if d, err := m.catalog.Details.Get(t.Context(), tenant, "mug"); err != nil || d.Title != "The till's own" {
		t.Errorf("what the centre does not have is %+v, %v", d, err)
	}
}
