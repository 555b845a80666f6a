package search

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// BenchmarkSearch fills an index of SEARCH_PRODUCTS products (2,000), on the main database
// that SEARCH_ON names (sqlite, postgres or mysql), and searches it.
func BenchmarkSearch(b *testing.B) {
	products, err := strconv.Atoi(os.Getenv("SEARCH_PRODUCTS"))
	if err != nil {
		products = 2000
	}
	open := map[string]func(testing.TB) string{"": catalogtest.File, "sqlite": catalogtest.File, "postgres": dbtest.Postgres, "mysql": dbtest.MySQL}
	slot, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "slot.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer slot.Close()
	s := openShopOn(b, open[os.Getenv("SEARCH_ON")](b), "shop", slot)
	defer s.close(b)
	n := s.node()
	colors, things := []string{"blue", "red", "green", "black"}, []string{"mug", "cup", "plate", "phone", "手机", "手机壳", "shirt", "lamp"}
	begin := time.Now()
	for from := 0; from < products; from += 1000 {
		var set []catalog.Details
		for i := from; i < min(from+1000, products); i++ {
			set = append(set, catalog.Details{
				Product: fmt.Sprint("sku-", i), Title: fmt.Sprintf("%s %s model %d", colors[i%4], things[i%8], i%977),
				Text:   fmt.Sprintf("A %s of series %d, made for home and garden, with two years of warranty, batch %d", things[i%8], i%101, i),
				Seller: fmt.Sprint("seller-", i%50), Attributes: map[string]string{"brand": fmt.Sprint("brand-", i%200), "color": colors[i%4]},
			})
		}
		s.describe(b, set...)
	}
	b.Logf("%d products described in %v", products, time.Since(begin))
	for i := range products {
		if i%10 == 0 {
			s.put(b, "berlin", fmt.Sprint("sku-", i), 5)
		}
	}
	begin = time.Now()
	n.quiet(b)
	b.Logf("indexed in %v", time.Since(begin))
	begin = time.Now()
	if err := n.Rebuild(b.Context(), "shop"); err != nil {
		b.Fatal(err)
	}
	n.quiet(b)
	b.Logf("rebuilt, and the old one dropped, in %v", time.Since(begin))
	yes := true
	for _, q := range []struct {
		name string
		q    Query
	}{
		{"one word", Query{Text: "phone"}},
		{"two words", Query{Text: "blue phone"}},
		{"a prefix", Query{Text: "ph"}},
		{"two characters", Query{Text: "手机"}},
		{"filters", Query{Text: "mug", InStock: &yes, Location: "berlin", Attributes: map[string]string{"color": "blue"}}},
		{"all", Query{}},
		{"facets", Query{Text: "mug", Facets: []string{"brand", "color"}}},
		{"nothing", Query{Text: "zebra"}},
	} {
		b.Run(q.name, func(b *testing.B) {
			q.q.Tenant, q.q.Size = "shop", 20
			for b.Loop() {
				if _, err := n.Search(b.Context(), q.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	changed := 0
	b.Run("a change of stock, written", func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				changed++
				s.restock(b, "berlin", fmt.Sprint("sku-", changed*7919%(products/10)*10), 1)
			}
			if err := n.readLogs(b.Context(), false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
