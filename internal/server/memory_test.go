package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
)

// rumour is a memory that is always wrong and counts who asks. It answers for no
// caller that names a position, and not for the product that it has forgotten.
type rumour struct {
	l     liar
	asked atomic.Int64
}

func (r *rumour) level(k stock.ItemKey) ledger.Level { return ledger.Level{Key: k, Item: r.l.item(k)} }

func (r *rumour) Items(_ context.Context, keys []stock.ItemKey, after []ledger.Position) ([]ledger.Level, stock.Time, bool) {
	r.asked.Add(1)
	var levels []ledger.Level
	for _, k := range keys {
		if k.Product == "forgotten" {
			return nil, 0, false
		}
		levels = append(levels, r.level(k))
	}
	return levels, 1, len(after) == 0
}

func (r *rumour) Product(_ context.Context, p engine.ProductKey, after []ledger.Position) ([]ledger.Level, stock.Time, bool) {
	r.asked.Add(1)
	return []ledger.Level{r.level(stock.ItemKey{Tenant: p.Tenant, Location: "berlin", Product: p.Product})}, 1, len(after) == 0 && p.Product != "forgotten"
}

// Memory is asked by reads that say so and by nothing else; what it does not answer
// the books do.
func TestOnlyEventualReadsAskMemory(t *testing.T) {
	t.Parallel()
	m := &rumour{}
	h := start(t, server.WithMemory(m))
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","location_id":"berlin","available_stock":5}`, want: []string{"available_stock 5"}},
		{name: "another", path: "/inventory", body: `{"product_id":"forgotten","location_id":"berlin","available_stock":3}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"tea","location_id":"berlin","quantity":5}`},
		{
			name: "a refusal", path: "/inventory/reserve", body: `{"order_id":"p","product_id":"tea","location_id":"berlin","quantity":1}`,
			status: http.StatusConflict, code: "INSUFFICIENT_STOCK", want: []string{"shortages.0.available 0"},
		},
		{name: "release", path: "/inventory/release", body: `{"order_id":"o","product_id":"tea","location_id":"berlin"}`},
		{name: "check", path: "/inventory/check/tea?location_id=berlin", want: []string{"available 5"}},
		{name: "check strong", path: "/inventory/check/tea?consistency=strong", want: []string{"available 5"}},
		{name: "check batch", path: "/inventory/check/batch", body: `{"items":[{"product_id":"tea","quantity":9}]}`, want: []string{"items.0.available 5"}},
		{name: "product", path: "/inventory/product/tea", want: []string{"available_stock 5"}},
		{name: "a list, eventual or not, is not in memory", path: "/inventory?consistency=eventual", want: []string{"items.0.available_stock 3"}},
		{name: "nor is an order", path: "/inventory/orders/o?consistency=eventual", want: []string{"reservations.length 1"}},
	})
	if n := m.asked.Load(); n > 0 {
		t.Fatalf("memory was asked %d times", n)
	}
	h.tell(t, []step{
		{name: "an eventual check", path: "/inventory/check/tea?consistency=eventual", want: []string{"available 1000000", `as_of "1970-01-01T00:00:00.001Z"`}},
		{name: "of a location", path: "/inventory/check/tea?location_id=berlin&consistency=eventual", want: []string{"available 1000000"}},
		{name: "several", path: "/inventory/check/batch?consistency=eventual", body: `{"items":[{"product_id":"tea","location_id":"berlin"}]}`, want: []string{"items.0.available 1000000"}},
		{name: "a product", path: "/inventory/product/tea?consistency=eventual", want: []string{"available_stock 1000000"}},
		{name: "what is not in memory is in the books", path: "/inventory/check/forgotten?consistency=eventual", want: []string{"available 3"}},
		{name: "at a location too", path: "/inventory/check/forgotten?location_id=berlin&consistency=eventual", want: []string{"available 3"}},
		{name: "what the catalog does not know is refused by it", path: "/inventory/check/no?consistency=eventual", status: http.StatusNotFound},
	})
	res, err := h.client.Get(h.ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{from="memory"} 4`, `{from="books"} 4`, `{from="replica"} 0`} {
		if !strings.Contains(string(page), "holdfast_eventual_reads_total"+want) {
			t.Errorf("not counted: %s", want)
		}
	}
}

// A caller's position goes before memory, and memory before replicas.
func TestMemoryIsAskedBeforeReplicas(t *testing.T) {
	t.Parallel()
	m, l := &rumour{}, &liar{}
	h := start(t, server.WithMemory(m), server.WithReplicas(l))
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","location_id":"berlin","available_stock":5}`},
		{name: "another", path: "/inventory", body: `{"product_id":"forgotten","location_id":"berlin","available_stock":3}`},
		{name: "memory", path: "/inventory/check/tea?consistency=eventual", want: []string{"available 1000000"}},
	})
	if l.asked.Load() > 0 {
		t.Error("a replica was asked for what memory has")
	}
	h.tell(t, []step{{name: "a replica", path: "/inventory/check/forgotten?consistency=eventual", want: []string{"available 1000000"}}})
	if l.asked.Load() != 1 {
		t.Error("the replica was not asked for what memory lacks")
	}
}
