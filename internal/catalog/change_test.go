package catalog

import (
	"fmt"
	"strings"
	"testing"
)

// changesTold is what all changes behind a place are, page by page.
func changesTold(t *testing.T, c *Catalog, q ChangeQuery) (all string, at int64) {
	t.Helper()
	var lines []string
	for ; ; q.After = at {
		changes, to, more, ok, err := c.Changes(t.Context(), q)
		if at = to; err != nil || !ok || at < q.After {
			t.Fatalf("after %d: at %d, %v, %v", q.After, at, ok, err)
		}
		for _, one := range changes {
			if one.At.IsZero() || one.Seq <= q.After {
				t.Errorf("%+v behind %d", one, q.After)
			}
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s %v", one.Kind, one.ID, one.Deleted), " false"))
		}
		if !more {
			return strings.Join(lines, ", "), at
		}
	}
}

func TestChangesAreToldInTheirOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		mustTenant(t, c, "demo")
		mustTenant(t, c, "other")
		for _, tenant := range []string{"demo", "other"} {
			for _, known := range []Ref{{Tenant: tenant, Product: "cup"}, {Tenant: tenant, Location: "shop"}} {
				if _, err := c.Know(t.Context(), Introduction{Ref: known}); err != nil {
					t.Fatal(err)
				}
			}
		}
		start := mustHead(t, c)
		if err := c.SetLanes(t.Context(), "demo", []Lane{{Location: "shop", Zone: "eu"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReasonLists.Set(t.Context(), ReasonList{Tenant: "other", Reasons: []Reason{{Code: "a", Direction: ReasonIn}}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Name: "k", Scopes: ScopeRead}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ChangeSettings(t.Context(), "demo", func(s *Settings) { s.PublicReads = !s.PublicReads }); err != nil {
			t.Fatal(err)
		}
		if err := c.DropLane(t.Context(), "demo", LaneKey{"shop", "eu"}); err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{1, 2, MaxLogPage} {
			all, at := changesTold(t, c, ChangeQuery{Tenant: "demo", Limit: limit})
			if all != "product cup, location shop, lane shop/eu, settings settings, lane shop/eu true" || at != mustHead(t, c) {
				t.Errorf("%d at a time: %s; at %d", limit, all, at)
			}
		}
		for _, of := range []struct {
			q    ChangeQuery
			want string
		}{
			{ChangeQuery{Tenant: "demo", After: start}, "lane shop/eu, settings settings, lane shop/eu true"},
			{ChangeQuery{Tenant: "demo", Kinds: []string{"product", "settings"}}, "product cup, settings settings"},
			{ChangeQuery{Tenant: "demo", Kinds: []string{"lane"}, ID: "shop/eu"}, "lane shop/eu, lane shop/eu true"},
			{ChangeQuery{Tenant: "demo", ID: "settings"}, "settings settings"},
			{ChangeQuery{Tenant: "demo", ID: "none"}, ""},
			{ChangeQuery{Tenant: "demo", Kinds: []string{"key"}}, ""},
			{ChangeQuery{Tenant: "other"}, "product cup, location shop, reasons reasons"},
			{ChangeQuery{Tenant: "nobody"}, ""},
		} {
			of.q.Limit = 10
			if got, _ := changesTold(t, c, of.q); got != of.want {
				t.Errorf("%+v: %q, want %q", of.q, got, of.want)
			}
		}
		if _, _, _, ok, err := c.Changes(t.Context(), ChangeQuery{Tenant: "demo", After: mustHead(t, c) + 1, Limit: 1}); ok || err != nil {
			t.Errorf("beyond the head: %v, %v", ok, err)
		}
	})
}
