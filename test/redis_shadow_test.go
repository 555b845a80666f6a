package test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// trialFigures are the figures of the only rule.
type trialFigures struct {
	Shadow     bool
	Decided    int64
	Alike      int64
	Errors     int64
	RedisOnly  int64 `json:"redis_only"`
	LedgerOnly int64 `json:"ledger_only"`
}

func (c *caller) trial(t *testing.T, s *server) (is trialFigures) {
	t.Helper()
	var list struct{ Items []trialFigures }
	c.must(t, "GET", s.url("/v1/redis/figures"), "", nil, &list)
	if len(list.Items) > 0 {
		is = list.Items[0]
	}
	return is
}

// Redis is tried out with a product while callers keep calling and Redis is killed: callers notice nothing,
// and both decide alike. Then Redis sells the product, and no call is refused on the way.
func TestRedisIsTriedOutUnderLoad(t *testing.T) {
	t.Parallel()
	const callers, units = 6, 40
	s, redis, _ := redisServer(t)
	c := newCaller(adminKey)
	c.must(t, "PUT", s.url("/v1/redis/rules"), "", object{"list": "allowed", "shadow": true}, nil)
	c.create(t, s, "p", units)
	ctx, cancel := context.WithTimeout(t.Context(), 6*hang)
	defer cancel()
	stop := make(chan struct{})
	var sold, kept atomic.Int64
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				order := fmt.Sprintf("o%d-%d", id, n)
				do := func(path string, body object) int {
					r, err := c.call(ctx, "POST", s.url("/v1/inventory/"+path), path+order, body)
					if err == nil && r.status != http.StatusOK && (path != "reserve" || r.code != "INSUFFICIENT_STOCK") {
						err = fmt.Errorf("%d %s", r.status, r.body)
					}
					if err != nil {
						t.Errorf("%s of order %s: %v", path, order, err)
						return 0
					}
					return r.status
				}
				switch do("reserve", object{"order_id": order, "product_id": "p", "quantity": 1 + n%12}) {
				case 0:
					return
				case http.StatusOK:
				default:
					continue // there were not as many
				}
				path := "release"
				if id == 0 && n%50 == 49 && sold.Load() < units/2 {
					path = "deduct"
					sold.Add(int64(1 + n%12))
				}
				if do(path, object{"order_id": order}) == 0 {
					return
				}
				kept.Add(1)
			}
		})
	}
	until := func(what string, is func() bool) {
		t.Helper()
		for begun := time.Now(); !is(); wait(5 * time.Millisecond) {
			if time.Since(begun) > hang || t.Failed() {
				t.Fatalf("%s: never", what)
			}
		}
	}
	for range rounds(3) {
		was := c.trial(t, s).Alike
		until("both decide alike", func() bool { return c.trial(t, s).Alike > was+50 })
		redis.Servers[0].Kill()
		before := kept.Load()
		until("callers go on without Redis", func() bool { return kept.Load() > before+20 })
		redis.Servers[0].Start()
	}
	was := c.trial(t, s)
	until("both decide alike again", func() bool { return c.trial(t, s).Alike > was.Alike+50 })
	if f := c.trial(t, s); !f.Shadow || f.RedisOnly+f.LedgerOnly > 0 || f.Decided < f.Alike {
		t.Errorf("the figures are %+v", f)
	}
	c.must(t, "PUT", s.url("/v1/redis/rules"), "", object{"list": "allowed"}, nil)
	c.waitState(t, s, "p", true)
	before := kept.Load()
	until("callers go on with Redis", func() bool { return kept.Load() > before+20 })
	close(stop)
	all.Wait()
	if p := c.product(t, s, "p"); p.Available != units-sold.Load() || p.Reserved != 0 {
		t.Errorf("%+v, want %d available", p, units-sold.Load())
	}
	t.Logf("%+v, %d orders", was, kept.Load())
	s.stop()
	s.verify()
}
