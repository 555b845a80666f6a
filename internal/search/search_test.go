package search

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func TestSearch(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn, "shop")
		defer s.close(t)
		n := s.node()
		if got := n.ids(t, Query{Text: "mug"}); got != "" {
			t.Errorf("without an index: %q", got)
		}
		s.describe(t,
			catalog.Details{Product: "mug-1", Title: "Blue mug", Seller: "s-1", Attributes: map[string]string{"brand": "acme", "color": "blue"}, Tags: []string{"kitchen"}},
			catalog.Details{Product: "cup-2", Title: "Red cup", Text: "goes with the blue MUG", Seller: "s-2", Attributes: map[string]string{"brand": "acme", "color": "red"}},
			catalog.Details{Product: "phone", Title: "苹果手机 15 Pro", Seller: "s-1", Attributes: map[string]string{"brand": "apple/中"}},
			catalog.Details{Product: "case", Title: "手机壳", Seller: "s-2"},
		)
		s.place(t, "berlin", true)
		s.place(t, "lyon", true, "app")
		s.put(t, "berlin", "mug-1", 5)
		s.put(t, "lyon", "mug-1", 0)
		s.put(t, "lyon", "cup-2", 3)
		s.put(t, "berlin", "case", 0)
		s.put(t, "berlin", "lid", 9) // has no details
		n.quiet(t)
		yes, no := true, false
		check := func(t *testing.T) {
			for _, tc := range []struct {
				name string
				q    Query
				want string
			}{
				{"all", Query{}, "mug-1 cup-2 phone case"},
				{"a word, first where it is in the title", Query{Text: "MUG"}, "mug-1 cup-2"},
				{"two words", Query{Text: "blue mug"}, "mug-1 cup-2"},
				{"the beginning of the last word", Query{Text: "red cu"}, "cup-2"},
				{"but of no other", Query{Text: "re cup"}, ""},
				{"two characters of Chinese", Query{Text: "手机"}, "phone case"},
				{"one of them", Query{Text: "壳"}, "case"},
				{"one after words", Query{Text: "手机 15"}, "phone"},
				{"an id", Query{Text: "cup-2"}, "cup-2"},
				{"a tag is a word too", Query{Text: "kitchen"}, "mug-1"},
				{"nothing", Query{Text: "zebra"}, ""},
				{"signs alone are no words", Query{Text: "!?"}, "mug-1 cup-2 phone case"},
				{"of a seller", Query{Seller: "s-2"}, "cup-2 case"},
				{"with an attribute", Query{Attributes: map[string]string{"brand": "acme"}}, "mug-1 cup-2"},
				{"with a slash in it", Query{Attributes: map[string]string{"brand": "apple/中"}}, "phone"},
				{"with two", Query{Attributes: map[string]string{"brand": "acme", "color": "red"}}, "cup-2"},
				{"with a tag", Query{Tags: []string{"kitchen"}}, "mug-1"},
				{"in stock", Query{InStock: &yes}, "mug-1 cup-2"},
				{"not in stock", Query{InStock: &no}, "phone case"},
				{"in stock for the app", Query{InStock: &yes, Channel: "app"}, "mug-1 cup-2"},
				{"for another channel", Query{InStock: &yes, Channel: "pos"}, "mug-1"},
				{"kept at a location", Query{Location: "lyon"}, "mug-1 cup-2"},
				{"and in stock there", Query{Location: "lyon", InStock: &yes, Channel: "app"}, "cup-2"},
				{"for a channel it does not serve", Query{Location: "lyon", InStock: &yes, Channel: "pos"}, ""},
				{"of no known location", Query{Location: "rome"}, ""},
				{"all at once", Query{Text: "blue", Seller: "s-1", InStock: &yes, Location: "berlin", Attributes: map[string]string{"color": "blue"}}, "mug-1"},
			} {
				if got := n.ids(t, tc.q); got != tc.want {
					t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
				}
			}
		}
		check(t)
		found, err := n.Search(t.Context(), Query{Tenant: "shop", Text: "blue", Facets: []string{"brand", "color", FacetSeller, "size"}, Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(found.Facets); got != "[{brand [{acme 2}]} {color [{blue 1} {red 1}]} {seller_id [{s-1 1} {s-2 1}]} {size []}]" {
			t.Error("facets ", got)
		}
		if it := found.Items[0]; !it.InStock || it.Available != 5 || !slices.Equal(it.At, []string{"berlin"}) || it.Title != "Blue mug" {
			t.Errorf("found %+v", it)
		}
		n.compare(t)
		check(t)

		s.reserve(t, "o-1", "", "berlin", "mug-1", 5)
		s.place(t, "lyon", true)
		s.forget(t, "case")
		s.describe(t, catalog.Details{Product: "phone", Title: "Telephone"})
		n.quiet(t)
		for _, tc := range []struct {
			name string
			q    Query
			want string
		}{
			{"what was sold out is not in stock", Query{InStock: &yes}, "cup-2"},
			{"what has no details any more is not found", Query{Text: "手机"}, ""},
			{"what was renamed is found by its new name", Query{Text: "telephone"}, "phone"},
			{"and has no old seller", Query{Seller: "s-1"}, "mug-1"},
		} {
			if got := n.ids(t, tc.q); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		}
		n.compare(t)
		if _, err := s.catalog.VerifyLog(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A process that was stopped between its reading and its writing writes nothing old, also
// where everything looks as it did before.
func TestAProcessThatWasStoppedWritesNothingOld(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn, "shop")
		defer s.close(t)
		n, stopped := s.node(), s.node()
		s.describe(t, catalog.Details{Product: "mug", Title: "Mug"})
		s.put(t, "berlin", "mug", 1)
		n.quiet(t)
		s.reserve(t, "o-1", "", "berlin", "mug", 1)
		of, in, err := stopped.store.Subjects(t.Context(), "shop", []string{"mug"})
		if err != nil {
			t.Fatal(err)
		}
		late, err := stopped.writes(t.Context(), "shop", of)
		if err != nil {
			t.Fatal(err)
		}
		s.do(t, &stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "shop", Order: "o-1"}}})
		n.quiet(t)
		if stale, err := stopped.write(t.Context(), in[0], late, 0); err != nil || len(stale) != 1 {
			t.Errorf("%d entries are stale, %v", len(stale), err)
		}
		yes := true
		if got := n.ids(t, Query{InStock: &yes}); got != "mug" {
			t.Errorf("in stock: %q", got)
		}
		n.compare(t)
	})
}
