package test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkTillOneCore measures the load that a till on one processor takes: orders of three lines,
// durable, as many as 32 callers can make (orders/s), and then at 100 a second the times of their
// answers:
//
//	go test -run '^$' -bench TillOneCore -benchtime 10000x ./test
func BenchmarkTillOneCore(b *testing.B) {
	const products, callers, pace = 300, 32, 100
	centre := newServer(b)
	for p := range products {
		clerk.must(b, "POST", centre.url("/v1/inventory"), product(p), object{"product_id": product(p), "location_id": shop, "available_stock": 1_000_000}, nil)
	}
	m := pairedTill(b, centre, object{"percent": 90, "level": 50})
	m.under = []string{"taskset", "-c", "0"}
	m.start()
	await(b, "the till has its units", func() bool { return !soldOut(b, m.server, product(products-1)) && !soldOut(b, m.server, product(0)) })
	order := func(n int) error {
		var lines []object
		for l := range 3 {
			lines = append(lines, object{"product_id": product((3*n + l) % products), "location_id": shop, "quantity": 1})
		}
		id := fmt.Sprint("order-", n)
		r, err := clerk.ask(b, "POST", m.url("/v1/inventory/reserve"), id, object{"order_id": id, "items": lines})
		if err == nil && r.status != 200 {
			err = fmt.Errorf("order %d: %d %s", n, r.status, r.body)
		}
		return err
	}
	var made atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for n := int(made.Add(1)); n <= b.N; n = int(made.Add(1)) {
				if err := order(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.StopTimer()
	var mu sync.Mutex
	var times []time.Duration
	tick := time.NewTicker(time.Second / pace)
	defer tick.Stop()
	for n := range 20 * pace {
		<-tick.C
		all.Go(func() {
			begun := time.Now()
			err := order(b.N + 1 + n)
			mu.Lock()
			defer mu.Unlock()
			if times = append(times, time.Since(begun)); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	b.ReportMetric(0, "ns/op")
	reportTimes(b, "at-100/s", times)
	b.ReportMetric(float64(residentMiB(b, m.server)), "MiB")
	reportSync(b)
}

// pairedTill pairs a till of the shop, which is not started.
func pairedTill(b *testing.B, centre *server, policy object) *till {
	policy["location_id"] = shop
	clerk.must(b, "PUT", centre.url("/v1/tills/one"), "", policy, nil)
	var code struct{ Code string }
	clerk.must(b, "POST", centre.url("/v1/tills/one/code"), "", object{}, &code)
	s := offServer(b, filepath.Join(b.TempDir(), "till.db"))
	s.subcommand = []string{"till", "serve"}
	if o := runWith(b, nil, "till", "pair", "--centre", centre.grpc, "--db", s.db, code.Code); o.code != 0 {
		b.Fatal(o.stderr)
	}
	return &till{server: s, id: "one", centre: centre, pairing: 1}
}
