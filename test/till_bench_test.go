package test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay/brokertest"
)

// BenchmarkTillSoldOut measures how soon others know that staff have switched a product off at a
// till: a caller of its centre and, at another node of the centre, a consumer of NATS, a webhook, a
// watcher (SSE) and a caller that asks for eventual reads, as an order page does, every 2 ms. It
// also measures the other direction: how soon the till knows that the centre takes a product off
// sale. Both nodes keep their books in one PostgreSQL.
//
//	go test -run '^$' -bench TillSoldOut -benchtime 1000x ./test
//
// Times are from before the switch was sent.
func BenchmarkTillSoldOut(b *testing.B) {
	db := dbtest.StartPostgres(b)
	here := newSinksOn(b, db.DSN(b), "HOLDFAST_RELAY=off")
	there := newSinksOn(b, here.db)
	for p := range b.N {
		clerk.must(b, "POST", here.url("/v1/inventory"), product(p), object{"product_id": product(p), "location_id": shop, "available_stock": 10}, nil)
	}
	m := benchTill(b, here.server, object{"percent": 50})
	await(b, "the till has its units", func() bool { return !soldOut(b, m.server, product(b.N-1)) && !soldOut(b, m.server, product(0)) })
	ways := hearOfSwitches(b, there)
	b.ResetTimer()
	times := map[string][]time.Duration{}
	for p := range b.N {
		begun := time.Now()
		clerk.must(b, "POST", m.url("/inventory/sale-status"), fmt.Sprint("off-", p), object{"product_id": product(p), "location_id": shop, "on_sale": false}, nil)
		times["till"] = append(times["till"], time.Since(begun))
		times["centre"] = append(times["centre"], soldOutAfter(b, here.server, product(p), begun))
		times["read"] = append(times["read"], soldOutAfter(b, there.server, product(p), begun, "&consistency=eventual"))
		for way, heard := range ways {
			await(b, "the event", func() bool { return heard.of(product(p)) != time.Time{} })
			times[way] = append(times[way], heard.of(product(p)).Sub(begun))
		}
	}
	for p := range b.N {
		back := object{"product_id": product(p), "location_id": shop, "on_sale": true}
		clerk.must(b, "POST", m.url("/inventory/sale-status"), fmt.Sprint("on-", p), back, nil)
		await(b, "the centre sells it", func() bool { return !soldOut(b, here.server, product(p)) })
		begun := time.Now()
		back["on_sale"] = false
		clerk.must(b, "POST", here.url("/v1/inventory/sale-status"), fmt.Sprint("down-", p), back, nil)
		times["down"] = append(times["down"], soldOutAfter(b, m.server, product(p), begun))
	}
	b.ReportMetric(0, "ns/op")
	for name, all := range times {
		reportTimes(b, name, all)
	}
	reportSync(b)
}

// hearOfSwitches listens at a node of the centre in all ways.
func hearOfSwitches(b *testing.B, centre *sinks) map[string]*firsts {
	bus := brokertest.StartNATS(b)
	ways := map[string]*firsts{}
	for _, way := range []string{"nats", "webhook", "sse"} {
		ways[way] = &firsts{at: map[string]time.Time{}}
	}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			ways["webhook"].take(body)
		}
	}))
	b.Cleanup(hook.Close)
	for name, target := range map[string]string{"nats": "nats://" + bus.Addr(), "webhook": hook.URL} {
		centre.c.must(b, "PUT", centre.url("/v1/sinks/"+name), "", object{"kind": name, "target": target, "from": "start", "filter": object{"types": []string{"create", "sale_status"}}}, nil)
	}
	centre.delivered(b, "nats", "webhook")
	listen(b, natsConsumer(bus.Addr()), ways["nats"].take)
	listen(b, func(ctx context.Context, ready func(), take func([]byte)) error {
		return takeSSE(ctx, centre.server, ready, take)
	}, ways["sse"].take)
	return ways
}

// benchTill pairs and starts a till of the shop.
func benchTill(b *testing.B, centre *server, policy object) *till {
	m := pairedTill(b, centre, policy)
	m.start()
	return m
}

func soldOut(b *testing.B, s *server, product string, query ...string) bool {
	r, err := clerk.ask(b, "GET", s.url("/v1/inventory/check/"+product+"?location_id="+shop+strings.Join(query, "")), "", nil)
	if err != nil {
		b.Fatal(err)
	}
	return !bytes.Contains(r.body, []byte(`"in_stock":true`))
}

func soldOutAfter(b *testing.B, s *server, product string, begun time.Time, query ...string) time.Duration {
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !soldOut(b, s, product, query...) {
		<-look.C
	}
	return time.Since(begun)
}

// firsts notes when it was first heard that a product was switched.
type firsts struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (f *firsts) take(body []byte) {
	e, err := parseSinkEvent(body)
	if err != nil || e.Data.Type != "sale_status" {
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
