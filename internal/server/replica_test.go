package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// liar is a replica that always answers, always wrong, and counts.
type liar struct{ asked atomic.Int64 }

func (l *liar) item(k stock.ItemKey) *stock.Item {
	l.asked.Add(1)
	return &stock.Item{
		Key: k, Tracked: true, OnSale: true, Version: 99,
		Balances: []stock.Balance{{Account: stock.Shared, Qty: 1_000_000}},
	}
}

func (l *liar) Items(_ context.Context, keys []stock.ItemKey, _ feed.Cursors) ([]*stock.Item, stock.Time, bool) {
	items := make([]*stock.Item, len(keys))
	for i, k := range keys {
		items[i] = l.item(k)
	}
	return items, 1, true
}

func (l *liar) Product(_ context.Context, p engine.ProductKey, _ feed.Cursors) ([]*stock.Item, stock.Time, bool) {
	return []*stock.Item{l.item(stock.ItemKey{Tenant: p.Tenant, Location: "berlin", Product: p.Product})}, 1, true
}

func (l *liar) Order(_ context.Context, k stock.OrderKey, _ feed.Cursors) ([]*stock.Hold, stock.Time, bool) {
	l.asked.Add(1)
	return []*stock.Hold{{Key: stock.HoldKey{OrderKey: k}}}, 1, true
}

func (l *liar) Page(_ context.Context, q view.LevelQuery, _ feed.Cursors) (*view.LevelPage, bool) {
	return &view.LevelPage{Items: []*stock.Item{l.item(stock.ItemKey{Tenant: q.Tenant, Location: "berlin", Product: "lie"})}}, true
}

func (l *liar) Entries(context.Context, view.EntryQuery, feed.Cursors) (*view.EntryPage, bool) {
	l.asked.Add(1)
	return &view.EntryPage{}, true
}

// A replica is asked by reads that say so and by nothing else: not by a strong
// read, not by a write, not by the answer to one.
func TestOnlyEventualReadsAskReplicas(t *testing.T) {
	t.Parallel()
	l := &liar{}
	h := start(t, server.WithReplicas(l))
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","location_id":"berlin","available_stock":5}`, want: []string{"available_stock 5"}},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"tea","location_id":"berlin","quantity":5}`},
		{
			name: "a refusal", path: "/inventory/reserve", body: `{"order_id":"p","product_id":"tea","location_id":"berlin","quantity":1}`,
			status: http.StatusConflict, code: "INSUFFICIENT_STOCK", want: []string{"shortages.0.available 0"},
		},
		{name: "a partial one", path: "/inventory/reserve", body: `{"order_id":"p","product_id":"tea","location_id":"berlin","quantity":1,"policy":"partial"}`, want: []string{"shortages.0.available 0"}},
		{name: "release", path: "/inventory/release", body: `{"order_id":"o","product_id":"tea","location_id":"berlin"}`},
		{name: "adjust", path: "/inventory/adjust", body: `{"product_id":"tea","location_id":"berlin","delta":-1,"reason":"lost"}`, want: []string{"available_stock 4"}},
		{name: "check", path: "/inventory/check/tea?location_id=berlin", want: []string{"available 4"}},
		{name: "check strong", path: "/inventory/check/tea?consistency=strong", want: []string{"available 4"}},
		{name: "check batch", path: "/inventory/check/batch", body: `{"items":[{"product_id":"tea","quantity":9}]}`, want: []string{"items.0.available 4"}},
		{name: "product", path: "/inventory/product/tea", want: []string{"available_stock 4"}},
		{name: "list", path: "/inventory", want: []string{"items.0.available_stock 4"}},
		{name: "low stock", path: "/inventory/low-stock", want: []string{"items.length 0"}},
		{name: "logs", path: "/inventory/logs/tea", want: []string{"items.length 4"}},
		{name: "order", path: "/inventory/orders/o", want: []string{"reservations.length 1"}},
		{name: "a batch of commands", path: "/v1/commands:batch", body: `{"commands":[{"restock":{"product_id":"tea","location_id":"berlin","quantity":1}}]}`, want: []string{"results.0.inventory.available_stock 5"}},
	})
	if n := l.asked.Load(); n > 0 {
		t.Fatalf("the replica was asked %d times", n)
	}
	h.tell(t, []step{
		{name: "an eventual check is the replica's", path: "/inventory/check/tea?consistency=eventual", want: []string{"available 1000000", `as_of "1970-01-01T00:00:00.001Z"`}},
		{name: "of a location too", path: "/inventory/check/tea?location_id=berlin&consistency=eventual", want: []string{"available 1000000"}},
		{name: "several", path: "/inventory/check/batch?consistency=eventual", body: `{"items":[{"product_id":"tea"},{"product_id":"tea","location_id":"berlin"}]}`, want: []string{"items.0.available 1000000", "items.1.available 1000000"}},
		{name: "a product", path: "/inventory/product/tea?consistency=eventual", want: []string{"available_stock 1000000"}},
		{name: "a list", path: "/inventory?consistency=eventual", want: []string{`items.0.product_id "lie"`}},
		{name: "low stock", path: "/inventory/low-stock?consistency=eventual", want: []string{`items.0.product_id "lie"`}},
		{name: "logs", path: "/inventory/logs/tea?consistency=eventual", want: []string{"items.length 0"}},
		{name: "an order", path: "/inventory/orders/o?consistency=eventual", want: []string{"reservations.length 0"}},
		{name: "what the catalog does not know is refused by it", path: "/inventory/check/no?consistency=eventual", status: http.StatusNotFound},
	})
	res, err := h.client.Get(h.ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), `holdfast_eventual_reads_total{from="replica"} 9`) {
		t.Errorf("they are not counted: %v", err)
	}
}
