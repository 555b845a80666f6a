package test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// BenchmarkTillSoldOut says how soon it is known elsewhere that a till has sold the last unit of
// a product: to a watcher of the centre (SSE), to a caller that asks the centre every 2 ms, and,
// the other way, to the till when the centre takes a product off sale:
//
//	go test -run '^$' -bench TillSoldOut -benchtime 1000x ./test
//
// Times are from before the order was sent to the till, or the switch to the centre.
func BenchmarkTillSoldOut(b *testing.B) {
	centre := newServer(b)
	for p := range b.N {
		clerk.must(b, "POST", centre.url("/v1/inventory"), product(p), object{"product_id": product(p), "location_id": shop, "available_stock": 1}, nil)
	}
	m := benchTill(b, centre, object{"percent": 100})
	await(b, "the till has all units", func() bool { return !soldOut(b, m.server, product(b.N-1)) && !soldOut(b, m.server, product(0)) })
	events := &firsts{at: map[string]time.Time{}}
	listen(b, func(ctx context.Context, ready func(), take func([]byte)) error {
		return takeSSE(ctx, centre, ready, take)
	}, events.take)
	b.ResetTimer()
	times := map[string][]time.Duration{}
	for p := range b.N {
		order, begun := fmt.Sprint("last-", p), time.Now()
		clerk.must(b, "POST", m.url("/inventory/reserve"), order, object{"order_id": order, "product_id": product(p), "location_id": shop, "quantity": 1}, nil)
		times["till"] = append(times["till"], time.Since(begun))
		times["centre"] = append(times["centre"], soldOutAfter(b, centre, product(p), begun))
		await(b, "the event", func() bool { return events.of(product(p)) != time.Time{} })
		times["sse"] = append(times["sse"], events.of(product(p)).Sub(begun))
	}
	for p := range b.N { // what was sold comes back first, so that it is on sale
		clerk.must(b, "POST", m.url("/inventory/restock"), fmt.Sprint("back-", p), object{"product_id": product(p), "location_id": shop, "quantity": 1}, nil)
		begun := time.Now()
		clerk.must(b, "POST", centre.url("/v1/inventory/sale-status"), fmt.Sprint("off-", p), object{"product_id": product(p), "location_id": shop, "on_sale": false}, nil)
		times["down"] = append(times["down"], soldOutAfter(b, m.server, product(p), begun))
	}
	b.ReportMetric(0, "ns/op")
	for name, all := range times {
		reportTimes(b, name, all)
	}
	reportSync(b)
}

// benchTill pairs and starts a till of the shop.
func benchTill(b *testing.B, centre *server, policy object) *till {
	m := pairedTill(b, centre, policy)
	m.start()
	return m
}

func soldOut(b *testing.B, s *server, product string) bool {
	r, err := clerk.ask(b, "GET", s.url("/v1/inventory/check/"+product+"?location_id="+shop), "", nil)
	if err != nil {
		b.Fatal(err)
	}
	return !bytes.Contains(r.body, []byte(`"in_stock":true`))
}

func soldOutAfter(b *testing.B, s *server, product string, begun time.Time) time.Duration {
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !soldOut(b, s, product) {
		<-look.C
	}
	return time.Since(begun)
}

// firsts notes when a product was first heard of.
type firsts struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (f *firsts) take(body []byte) {
	e, err := parseSinkEvent(body)
	if err != nil || e.Data.Type != "reserve" { // it is sold out online once the till has all
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[e.Data.Product].IsZero() {
		f.at[e.Data.Product] = time.Now()
	}
}

func (f *firsts) of(product string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at[product]
}
