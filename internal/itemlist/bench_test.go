package itemlist

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// BenchmarkList lists ITEMS_COUNT items (20,000) of products that are at ITEMS_LOCATIONS
// locations each (10), from the databases that ITEMS_ON names (sqlite or postgres).
func BenchmarkList(b *testing.B) {
	count, locations := number("ITEMS_COUNT", 20_000), number("ITEMS_LOCATIONS", 10)
	var slot engine.Engine
	var err error
	var dsn string
	if os.Getenv("ITEMS_ON") == "postgres" {
		dsn = dbtest.Postgres(b)
		slot, err = postgres.Open(b.Context(), dbtest.Postgres(b))
	} else {
		dsn = catalogtest.File(b)
		slot, err = sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "slot.db"))
	}
	if err != nil {
		b.Fatal(err)
	}
	defer slot.Close()
	s := openShop(b, dsn, "shop", slot)
	defer s.close(b)
	begin := time.Now()
	s.fill(b, count, locations)
	b.Logf("%d items filled in %v", count, time.Since(begin))
	s.books.Forget()

	before := heap()
	l := s.list(WithPace(defaultPace))
	begin = time.Now()
	if _, err := l.Page(b.Context(), &Query{Tenant: s.tenant, Size: 1}); err != nil {
		b.Fatal(err)
	}
	b.Logf("built in %v", time.Since(begin))
	s.books.Forget()
	b.Logf("%.1f bytes an item", float64(heap()-before)/float64(count))
	for _, q := range []struct {
		name string
		q    Query
	}{
		{"all", Query{}},
		{"all, backwards", Query{Descending: true}},
		{"by what is available", Query{Sort: "available"}},
		{"by when it changed, the last first", Query{Sort: "updated", Descending: true}},
		{"text of many", Query{Text: "mug"}},
		{"text of few", Query{Text: "99 手机壳"}},
		{"text of none", Query{Text: "zebra", Sort: "held"}},
		{"status", Query{States: []State{SoldOut, Low}}},
		{"status on a channel", Query{States: []State{SoldOut, Low}, Channel: "app"}},
		{"location", Query{Location: "town-3"}},
		{"location, text and status by what is available", Query{Location: "town-3", Text: "blue", States: []State{Low}, Sort: "available"}},
		{"seller", Query{Seller: "seller-7"}},
		{"product", Query{Product: "sku-0000123"}},
	} {
		b.Run(q.name, func(b *testing.B) { l.measure(b, s.tenant, q.q) })
	}
	b.Run("suggest", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.Suggest(b.Context(), s.tenant, "red 1", nil, 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a change, shown", func(b *testing.B) {
		for n := int64(1); b.Loop(); n++ {
			s.do(b, &stock.Restock{Item: s.item("town-1", "sku-0000001"), Qty: 1_000_000})
			for l.available(b, s.tenant, "town-1", "sku-0000001") < n*1_000_000 {
				runtime.Gosched()
			}
		}
	})
}

// measure lists the first page, and the one behind it, and reports how long that takes in
// most cases.
func (l *List) measure(b *testing.B, tenant string, q Query) {
	q.Tenant, q.Size = tenant, 50
	var took []time.Duration
	total := 0
	for b.Loop() {
		q.After = ""
		for range 2 {
			begin := time.Now()
			p, err := l.Page(b.Context(), &q)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begin))
			if total = p.Total; p.Next == "" {
				break
			}
			q.After = p.Next
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(total), "found")
}

// available is what the columns have of an item.
func (l *List) available(b *testing.B, tenant, location, product string) int64 {
	t, err := l.get(b.Context(), tenant)
	if err != nil {
		b.Fatal(err)
	}
	c := t.columns
	c.mu.RLock()
	defer c.mu.RUnlock()
	p, _ := c.product(product, false)
	at := c.locations.find(location)
	n, _ := c.byKey.find(keyHash(p, at), func(n uint32) bool { return c.row(n).product == p && c.row(n).location == at })
	return c.row(n).available
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// amount is how many units of an item there are: of every 50th, which is not counted, none.
func amount(i int) stock.Qty {
	if i%50 == 0 {
		return 0
	}
	return stock.Qty(i * 7919 % 100)
}

// fill puts items into the books, and describes their products.
func (s *shop) fill(b *testing.B, count, locations int) {
	b.Helper()
	const together = 2000
	colors, things := []string{"Blue", "Red", "Green", "Black"}, []string{"mug", "cup", "plate", "phone", "手机", "手机壳", "shirt", "lamp"}
	for from := 0; from < count/locations; from += 1000 {
		var set []catalog.Details
		for i := from; i < min(from+1000, count/locations); i++ {
			set = append(set, catalog.Details{Product: fmt.Sprintf("sku-%07d", i), Title: fmt.Sprintf("%s %d %s model %d", colors[i%4], i, things[i%8], i%977), Seller: fmt.Sprint("seller-", i%50)})
		}
		s.describe(b, set...)
	}
	var under sync.WaitGroup
	for worker := range 4 {
		under.Go(func() {
			var asks []ledger.Request
			for i := worker; i < count; i += 4 {
				item := s.item(fmt.Sprint("town-", i%locations), fmt.Sprintf("sku-%07d", i/locations))
				asks = append(asks, ledger.Request{Command: stock.OpenItem{Item: item, Bucket: stock.BucketOf(item.Tenant, item.Location), Qty: amount(i), Threshold: 10, Tracked: i%50 != 0}})
				if len(asks) == together || i+4 >= count {
					for _, r := range s.books.Submit(b.Context(), asks...) {
						if r.Err != nil {
							b.Error(r.Err)
							return
						}
					}
					asks = asks[:0]
				}
			}
		})
	}
	under.Wait()
}
