package test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	policy["location_id"] = shop
	clerk.must(b, "PUT", centre.url("/v1/tills/one"), "", policy, nil)
	var code struct{ Code string }
	clerk.must(b, "POST", centre.url("/v1/tills/one/code"), "", object{}, &code)
	s := offServer(b, filepath.Join(b.TempDir(), "till.db"))
	s.subcommand = []string{"till", "serve"}
	if o := runWith(b, nil, "till", "pair", "--centre", centre.grpc, "--db", s.db, code.Code); o.code != 0 {
		b.Fatal(o.stderr)
	}
	s.start()
	return &till{server: s, id: "one", centre: centre, pairing: 1}
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

// BenchmarkTillAtWork says what a till is like with 50,000 products and 10,000 open orders, on
// one processor: how long it takes from its start until it is ready (ms-ready) and what memory it
// has then (MB), how many orders a second three lines get reserved and deducted (orders/s), and
// how long an order takes at 100 a second:
//
//	go test -run '^$' -bench TillAtWork -benchtime 3000x ./test
//
// b.N is how many orders each of the two loads has.
func BenchmarkTillAtWork(b *testing.B) {
	const products, open, lines = 50_000, 10_000, 3
	centre := newServer(b)
	clerk.must(b, "POST", centre.url("/v1/inventory"), "", object{"product_id": "first", "location_id": shop, "available_stock": 1}, nil)
	m := benchTill(b, centre, object{"percent": 100})
	m.stop()
	inBatches(b, centre, products, func(i int) object {
		return object{"create": object{"product_id": product(i), "location_id": shop, "available_stock": 1000}}
	})
	m.under = []string{"env", "GOMAXPROCS=1"}
	m.start()
	await(b, "the till has all units", func() bool { return !soldOut(b, m.server, product(products-1)) && !soldOut(b, m.server, product(0)) })
	inBatches(b, m.server, open, func(i int) object {
		return object{"reserve": object{"order_id": fmt.Sprint("open-", i), "product_id": product(i), "location_id": shop, "quantity": 1, "ttl_seconds": 86_400}}
	})
	m.stop()
	begun := time.Now()
	m.start()
	ready := time.Since(begun)
	clerk.must(b, "GET", m.url("/v1/inventory/orders/open-7"), "", nil, nil)
	b.ReportMetric(float64(ready.Milliseconds()), "ms-ready")
	b.ReportMetric(residentMB(b, m.server), "MB")
	sell := func(order string, p int) {
		clerk.must(b, "POST", m.url("/v1/inventory/reserve"), "r-"+order, object{"order_id": order, "product_id": product(p % products), "location_id": shop, "quantity": 1}, nil)
		clerk.must(b, "POST", m.url("/v1/inventory/deduct"), "d-"+order, object{"order_id": order}, nil)
	}
	b.ResetTimer()
	begun = time.Now()
	var all sync.WaitGroup
	for l := range lines {
		all.Go(func() {
			for i := l; i < b.N; i += lines {
				sell(fmt.Sprint("fast-", i), i)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "orders/s")
	b.ReportMetric(residentMB(b, m.server), "MB-busy")
	times := make([]time.Duration, b.N)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := range b.N {
		<-tick.C
		all.Go(func() {
			begun := time.Now()
			sell(fmt.Sprint("slow-", i), i)
			times[i] = time.Since(begun)
		})
	}
	all.Wait()
	b.ReportMetric(0, "ns/op")
	reportTimes(b, "order", times)
	reportSync(b)
}

// inBatches sends n commands, many at a time.
func inBatches(b *testing.B, s *server, n int, command func(i int) object) {
	const size = 500
	for from := 0; from < n; from += size {
		var all []object
		for i := from; i < min(n, from+size); i++ {
			all = append(all, command(i))
		}
		clerk.must(b, "POST", s.url("/v1/commands:batch"), "", object{"commands": all}, nil)
	}
}

// residentMB is the memory that the server has.
func residentMB(b *testing.B, s *server) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n / 1024
		}
	}
	return 0
}
