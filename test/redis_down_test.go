package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// While Redis is away its items are refused, and nothing of them is lost.
func TestItemsOfARedisThatIsAwayAreRefused(t *testing.T) {
	t.Parallel()
	s, redis, _ := redisServer(t)
	c := newCaller(adminKey)
	c.create(t, s, "mug", 10)
	c.waitOpen(t, s, "mug")
	reserve := func(order string) *reply {
		t.Helper()
		for { // a busy machine may not answer in time
			r, err := c.once(t.Context(), "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "mug", "quantity": 2})
			if err == nil {
				return r
			}
			if t.Context().Err() != nil {
				t.Fatal(err)
			}
		}
	}
	reserveUntil := func(order string) {
		t.Helper()
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "mug", "quantity": 2}, nil)
	}
	reserveUntil("before")
	redis.Servers[0].Kill()
	for range 3 {
		if r := reserve("meanwhile"); r.status != http.StatusServiceUnavailable || r.code != "UNAVAILABLE" || r.later == "" {
			t.Errorf("while Redis is away: %d %s, Retry-After %q", r.status, r.code, r.later)
		}
	}
	redis.Servers[0].Start()
	reserveUntil("meanwhile")
	if p := c.product(t, s, "mug"); p.Available != 6 || p.Reserved != 4 {
		t.Errorf("%+v, want 4 of 10 reserved", p)
	}
	c.compareRebuild(t, s, redis.URL)
	s.stop()
	s.verify()
}

// compareRebuild changes a balance without the server's knowledge: the comparison finds it, and the
// balance is made again.
func (c *caller) compareRebuild(t *testing.T, s *server, redis string) {
	t.Helper()
	var compared struct {
		Compared    int64
		Differences []object
	}
	compare := func() int {
		t.Helper()
		c.must(t, "POST", s.url("/v1/redis/items:compare"), "", object{}, &compared)
		return len(compared.Differences)
	}
	if n := compare(); n != 0 || compared.Compared != 1 {
		t.Errorf("%+v", compared)
	}
	for found := 0; found == 0; found = compare() { // a busy server may be moving the item once more
		setUsable(t, redis, "mug", "5000")
	}
	var figures struct{ Items []struct{ Differences int64 } }
	c.must(t, "GET", s.url("/v1/redis/figures"), "", nil, &figures)
	if len(figures.Items) != 1 || figures.Items[0].Differences < 1 {
		t.Errorf("%+v", figures)
	}
	for compare() != 0 { // the balance is being made again
	}
	var journal struct {
		Items []struct{ Operation, Reason string }
	}
	c.must(t, "GET", s.url("/v1/inventory/logs/mug?page_size=100"), "", nil, &journal)
	if !slices.ContainsFunc(journal.Items, func(e struct{ Operation, Reason string }) bool {
		return e.Operation == "reclaim" && strings.HasPrefix(e.Reason, "Redis had 5000 units and the books ")
	}) {
		t.Errorf("the journal does not say why units came back from Redis: %+v", journal)
	}
	c.must(t, "PUT", s.url("/v1/alert-rules/redis-differs"), "", object{"rule": object{"metric": "redis_difference_seconds", "condition": "found > 0", "clear_seconds": 0}}, nil)
	for !c.fires(t, s, "redis_difference_seconds") {
	}
	var alerts struct{ Items []object }
	if c.must(t, "GET", s.url("/v1/alerts"), "", nil, &alerts); len(alerts.Items) != 1 {
		t.Errorf("more than one alert: %v", alerts)
	}
	var rebuilt struct{ Rebuilt int64 }
	c.must(t, "POST", s.url("/v1/redis/items:rebuild"), "", object{}, &rebuilt)
	if n := compare(); n != 0 || rebuilt.Rebuilt != 1 {
		t.Errorf("rebuilt %d, %d differences", rebuilt.Rebuilt, n)
	}
	c.must(t, "PUT", s.url("/v1/alert-rules/redis-cut-back"), "", object{"rule": object{"metric": "redis_cut_back_seconds", "condition": "value > 0", "clear_seconds": 0}}, nil)
	for !c.fires(t, s, "redis_cut_back_seconds") { // the differences are counted each minute
		setUsable(t, redis, "mug", "5000")
		compare()
	}
	var rules struct {
		Items []struct {
			CutBack string `json:"cut_back"`
		}
	}
	c.must(t, "GET", s.url("/v1/redis/rules"), "", nil, &rules)
	if len(rules.Items) != 1 || !strings.HasPrefix(rules.Items[0].CutBack, "Redis and the books differed ") {
		t.Errorf("%+v", rules)
	}
}

// fires reports whether an alert of the metric is firing.
func (c *caller) fires(t *testing.T, s *server, metric string) bool {
	t.Helper()
	var alerts struct {
		Items []struct{ Metric, State string }
	}
	c.must(t, "GET", s.url("/v1/alerts"), "", nil, &alerts)
	wait(5 * time.Millisecond)
	return slices.ContainsFunc(alerts.Items, func(a struct{ Metric, State string }) bool { return a.Metric == metric && a.State == "firing" })
}

// With --redis-down ledger the ledger sells while Redis is away, and Redis again afterwards.
func TestTheLedgerSellsWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	s, redis, _ := redisServer(t, "--redis-down", "ledger")
	c := newCaller(adminKey)
	c.create(t, s, "mug", 100_000)
	c.waitOpen(t, s, "mug")
	road := func(order string) any {
		t.Helper()
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "mug", "quantity": 2}, nil)
		var got struct{ Reservations []object }
		c.must(t, "GET", s.url("/v1/inventory/orders/"+order), "", nil, &got)
		if len(got.Reservations) != 1 {
			b, _ := json.Marshal(got)
			t.Fatalf("%s: %s", order, b)
		}
		return got.Reservations[0]["road"]
	}
	if is := road("before"); is != "redis" {
		t.Errorf("before: %v", is)
	}
	redis.Servers[0].Kill()
	if is := road("meanwhile"); is == "redis" {
		t.Errorf("while Redis is away: %v", is)
	}
	redis.Servers[0].Start()
	orders := 2
	for is := any(nil); is != "redis"; orders++ {
		if t.Context().Err() != nil {
			t.Fatal("Redis does not sell the product again")
		}
		is = road(fmt.Sprint("after-", orders))
		wait(20 * time.Millisecond)
	}
	if p := c.product(t, s, "mug"); p.Reserved != int64(2*orders) || p.Available+p.Reserved != 100_000 {
		t.Errorf("%+v, want %d of 100,000 reserved", p, 2*orders)
	}
	s.stop()
	s.verify()
}

// setUsable changes the usable units of a product in Redis; false: Redis does not have it.
func setUsable(t *testing.T, url, product, units string) bool {
	t.Helper()
	o, err := rueidis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	is, err := rueidis.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer is.Close()
	keys, err := is.Do(t.Context(), is.B().Keys().Pattern("{*|"+product+"|*||usable").Build()).AsStrSlice()
	if err != nil || len(keys) > 1 {
		t.Fatal(keys, err)
	}
	if len(keys) == 0 {
		return false
	}
	if err := is.Do(t.Context(), is.B().Set().Key(keys[0]).Value(units).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	return true
}
