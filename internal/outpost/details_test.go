package outpost_test

import (
	"fmt"
	"slices"
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

// A till has the kits of its centre, also those that changed while the line was down. A kit that was made at the till
// stays, and one that is no longer a kit at the centre is none at the till.
func TestATillHasTheKitsOfItsCentre(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"noodles": 10, "broth": 10})
	set := func(h *house, product string, components ...catalog.Component) {
		t.Helper()
		if _, err := h.catalog.SetKits(t.Context(), tenant, []catalog.Kit{{Product: product, Components: components}}); err != nil {
			t.Fatal(err)
		}
	}
	set(c.house, "soup", catalog.Component{Product: "noodles", Qty: 2}, catalog.Component{Product: "broth", Qty: 1})
	set(c.house, "menu", catalog.Component{Product: "soup", Qty: 1})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 50}))
	has := func(kits ...string) func() bool {
		return func() bool {
			all, err := m.catalog.AllKits(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			var are []string
			for _, k := range all {
				for _, part := range k.Components {
					are = append(are, fmt.Sprint(k.Product, " ", part.Qty, " ", part.Product))
				}
			}
			return slices.Equal(are, kits)
		}
	}
	until(t, "the till has the kits", has("menu 1 soup", "soup 1 broth", "soup 2 noodles"))
	set(m.house, "own", catalog.Component{Product: "broth", Qty: 3})
	m.line.cut(true)
	until(t, "the line is down", func() bool { return !m.of.Status().Connected })
	if _, err := c.catalog.DropKit(t.Context(), tenant, "menu"); err != nil {
		t.Fatal(err)
	}
	set(c.house, "soup", catalog.Component{Product: "noodles", Qty: 1})
	m.line.cut(false)
	until(t, "the till has the new kits, and its own", has("own 3 broth", "soup 1 noodles"))
}
