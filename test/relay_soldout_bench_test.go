package test

import (
	"bufio"
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

// BenchmarkSoldOutElsewhere measures how long it takes until everybody knows that the last
// unit of a product was reserved on one node. They are a consumer of NATS and a webhook, both of a
// relay in another node, a watcher of the other node (SSE), and a caller that makes an eventual
// read there every 2 ms. Both nodes keep their books in one PostgreSQL.
//
//	go test -run '^$' -bench SoldOutElsewhere -benchtime 1000x ./test
//
// Times are from before the reserve was sent. …-reserve is the event of the reserve, whose
// status is sold_out; …-announced that of the type sold_out, which says that no location
// has any.
func BenchmarkSoldOutElsewhere(b *testing.B) {
	db := dbtest.StartPostgres(b)
	here := newSinksOn(b, db.DSN(b), "HOLDFAST_RELAY=off")
	there := newSinksOn(b, here.db)
	bus := brokertest.StartNATS(b)
	n := startNews(b)
	for name, target := range map[string]string{"nats": "nats://" + bus.Addr(), "webhook": n.hook.URL} {
		there.c.must(b, "PUT", there.url("/v1/sinks/"+name), "", object{
			"kind": name, "target": target, "from": "start", "filter": object{"types": []string{"create", "reserve", "sold_out"}},
		}, nil)
	}
	for p := range b.N {
		here.c.must(b, "POST", here.url("/v1/inventory"), product(p), object{"product_id": product(p), "available_stock": 1}, nil)
	}
	there.delivered(b, "nats", "webhook")
	n.listen(b, "nats", natsConsumer(bus.Addr()))
	n.listen(b, "sse", func(ctx context.Context, ready func(), take func([]byte)) error {
		return takeSSE(ctx, there.server, ready, take)
	})
	b.ResetTimer()
	times := map[string][]time.Duration{}
	for p := range b.N {
		check := there.url("/v1/inventory/check/" + product(p) + "?consistency=eventual")
		sold := func() bool {
			var is struct {
				InStock bool `json:"in_stock"`
			}
			there.c.must(b, "GET", check, "", nil, &is)
			return !is.InStock
		}
		if sold() {
			b.Fatalf("%s is sold out before", product(p))
		}
		begun := time.Now()
		here.c.must(b, "POST", here.url("/v1/inventory/reserve"), product(p), object{"order_id": product(p), "product_id": product(p), "quantity": 1}, nil)
		look := time.NewTicker(2 * time.Millisecond)
		for !sold() {
			<-look.C
		}
		look.Stop()
		times["read"] = append(times["read"], time.Since(begun))
		for name, at := range n.of(b, product(p)) {
			times[name] = append(times[name], at.Sub(begun))
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, all := range times {
		reportTimes(b, name, all)
	}
	reportSync(b)
}

// news notes, for each product and way, when the first news came that the product is sold out.
type news struct {
	hook  *httptest.Server
	mu    sync.Mutex
	heard map[string]map[string]time.Time // by product and way
	more  chan struct{}                   // there is something new
}

// newsWays are the ways: three that receive two events each.
const newsWays = 6

func startNews(b *testing.B) *news {
	n := &news{heard: map[string]map[string]time.Time{}, more: make(chan struct{}, 1)}
	n.hook = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			n.take("webhook", body)
		}
	}))
	b.Cleanup(n.hook.Close)
	return n
}

// listen takes the events that a consumer gets.
func (n *news) listen(b *testing.B, way string, consume consumer) {
	listen(b, consume, func(body []byte) { n.take(way, body) })
}

func (n *news) take(way string, body []byte) {
	now := time.Now()
	e, err := parseSinkEvent(body)
	if err != nil || e.Data.Type == "create" {
		return
	}
	if way += "-reserve"; e.Data.Type == "sold_out" {
		way = strings.TrimSuffix(way, "reserve") + "announced"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	of := n.heard[e.Data.Product]
	if of == nil {
		of = map[string]time.Time{}
		n.heard[e.Data.Product] = of
	}
	if of[way].IsZero() {
		of[way] = now
	}
	select {
	case n.more <- struct{}{}:
	default:
	}
}

// of waits until a product was heard of in all ways.
func (n *news) of(b *testing.B, product string) map[string]time.Time {
	b.Helper()
	limit := time.NewTimer(hang)
	defer limit.Stop()
	for {
		n.mu.Lock()
		of := n.heard[product]
		done := len(of) == newsWays
		n.mu.Unlock()
		if done {
			return of
		}
		select {
		case <-n.more:
		case <-limit.C:
			b.Fatalf("of %s was heard by %v alone", product, of)
		}
	}
}

// takeSSE watches a server from now on.
func takeSSE(ctx context.Context, s *server, ready func(), take func([]byte)) error {
	r, err := http.NewRequestWithContext(ctx, "GET", s.url("/v1/events?types=reserve,sold_out,sale_status"), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	for lines := bufio.NewReader(answer.Body); ; {
		line, err := lines.ReadString('\n')
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch: %d: %w", answer.StatusCode, err)
		}
		if strings.HasPrefix(line, "id:") {
			ready() // its first position
		}
		// The data of an event of a sink is what is watched.
		if data, is := strings.CutPrefix(line, "data: "); is {
			take([]byte(`{"data":` + data + `}`))
		}
	}
}
