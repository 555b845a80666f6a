package catalog

import (
	"fmt"
	"testing"
)

func TestProductsAreListedPageByPage(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, err := Open(t.Context(), in.open(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() }) //nolint:errcheck // nothing is left to lose
		for _, tenant := range []string{"a", "b"} {
			if _, err := c.CreateTenant(t.Context(), tenant); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 7 {
			if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "a", Product: fmt.Sprint("p", i)}, Unit: Unit{Name: "kg", Scale: 3}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "b", Product: "p3"}}); err != nil {
			t.Fatal(err)
		}
		var all []string
		for after := ""; ; {
			page, err := c.Products(t.Context(), "a", after, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				if p.Unit != (Unit{Name: "kg", Scale: 3}) || p.Tenant != "a" || p.Created.IsZero() {
					t.Errorf("listed %+v", p)
				}
				all = append(all, p.ID)
			}
			after = page[len(page)-1].ID
		}
		if got := fmt.Sprint(all); got != "[p0 p1 p2 p3 p4 p5 p6]" {
			t.Errorf("listed %s", got)
		}
	})
}
