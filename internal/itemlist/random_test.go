package itemlist

import (
	"fmt"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

var tenants atomic.Int64

// Whatever happens to the books, the details and the locations, before the items are read
// for the first time, meanwhile and afterwards: every filter in every order lists, page by
// page, what is recomputed from the books and the catalog. Two processes list the same, one
// of which hears of no write, and is cut off again and again.
func TestListsAreWhatIsRecomputed(t *testing.T) {
	t.Parallel()
	dsn := catalogtest.File(t)
	rapid.Check(t, func(t *rapid.T) {
		s := openShop(t, dsn, fmt.Sprint("t", tenants.Add(1)))
		defer s.close(t)
		s.spread(t, towns[1])
		near, far := s.list(), s.listOf(s.rooms(feed.NewLogs(s.engines, feed.WithHistories(feed.NewHistories(&s.catalog.Epochs))), feed.WithQueue(2)))
		for i := range rapid.IntRange(0, 15).Draw(t, "before") {
			s.happen(t, i)
		}
		reads := make(chan error, 2)
		for _, l := range []*List{near, far} {
			go func() {
				_, err := l.Page(s.ctx, &Query{Tenant: s.tenant, Size: 1})
				reads <- err
			}()
		}
		for i := range rapid.IntRange(0, 5).Draw(t, "meanwhile") {
			s.happen(t, 100+i)
		}
		for range 2 {
			if err := <-reads; err != nil {
				t.Fatal(err)
			}
		}
		s.compare(t, near)
		for i := range rapid.IntRange(0, 15).Draw(t, "afterwards") {
			s.happen(t, 200+i)
		}
		s.compare(t, near)
		s.compare(t, far)
	})
}

func (s *shop) happen(t *rapid.T, i int) {
	product := rapid.SampledFrom(products).Draw(t, "product")
	town := rapid.SampledFrom(towns).Draw(t, "town")
	channel := rapid.SampledFrom(channels).Draw(t, "channel")
	n := stock.Qty(rapid.IntRange(0, 3).Draw(t, "n"))
	item := s.item(town, product)
	order := func(i int) stock.OrderKey { return stock.OrderKey{Tenant: s.tenant, Order: fmt.Sprint("o", i)} }
	switch rapid.SampledFrom([]string{
		"describe", "forget", "put", "put", "restock", "reserve", "release", "sale", "place", "threshold", "untracked", "quota", "sold elsewhere", "retire", "new product", "move",
	}).Draw(t, "what") {
	case "describe":
		s.describe(t, catalog.Details{Product: product, Title: rapid.SampledFrom(titles).Draw(t, "title"), Seller: channel})
	case "forget":
		s.forget(t, product)
	case "put":
		s.put(t, town, product, n)
	case "new product":
		s.put(t, town, fmt.Sprint("a", rapid.IntRange(0, 20).Draw(t, "number")), n)
	case "untracked":
		s.do(t, &stock.OpenItem{Item: item})
	case "restock":
		s.do(t, &stock.Restock{Item: item, Qty: n + 1})
	case "reserve":
		s.do(t, &stock.Place{Order: order(i), Channel: channel, TTL: 1e9, Lines: []stock.Demand{{Item: item, Qty: 1}}})
	case "release":
		s.do(t, &stock.Release{Target: stock.Target{Order: order(i - 1)}})
	case "sale":
		s.do(t, &stock.SetSaleStatus{Item: item, Channel: channel, OnSale: rapid.Bool().Draw(t, "on")})
	case "place":
		s.place(t, town, rapid.Bool().Draw(t, "active"), rapid.SampledFrom([][]string{nil, {"app"}, {"app", "pos"}}).Draw(t, "serves")...)
	case "threshold":
		s.do(t, &stock.SetThreshold{Item: item, Threshold: n})
	case "quota":
		s.do(t, &stock.SetQuotas{Item: item, Set: []stock.QuotaSetting{{Channel: "app", Quota: &n}}})
	case "sold elsewhere":
		s.do(t, &stock.SoldElsewhere{Order: fmt.Sprint("e", i), Item: item, Qty: n + 1})
	case "move":
		s.move(t, item)
	case "retire":
		s.do(t, &stock.Retire{Item: item})
	}
}
