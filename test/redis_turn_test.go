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

// waitState waits until Redis sells the product, or does so no longer.
func (c *caller) waitState(t *testing.T, s *server, product string, open bool) {
	t.Helper()
	for begun := time.Now(); ; wait(5 * time.Millisecond) {
		state := c.stateOnRedis(t, s, product)
		if open && state == "open" || !open && state == "off" {
			return
		}
		if time.Since(begun) > hang {
			t.Fatalf("the product is %s, want open: %v", state, open)
		}
	}
}

// A product goes over to Redis and back, again and again, while callers keep calling, and the server,
// its Redis and its database are killed. No call is refused, and each unit is where the answers say.
func TestAProductGoesToRedisAndBackUnderLoad(t *testing.T) {
	t.Parallel()
	const callers, units, each = 8, 10_000_000, 3
	s, redis, db := redisServer(t)
	c := newCaller(adminKey)
	c.create(t, s, "p", units)
	ctx, cancel := context.WithTimeout(t.Context(), 6*hang)
	defer cancel()
	stop := make(chan struct{})
	var kept, sold, orders atomic.Int64
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			do := func(path, order string, body object) bool {
				r, err := c.call(ctx, "POST", s.url("/v1/inventory/"+path), path+order, body)
				if err == nil && r.status != http.StatusOK {
					err = fmt.Errorf("%d %s", r.status, r.body)
				}
				if err != nil {
					t.Errorf("%s of order %s: %v", path, order, err)
				}
				return err == nil
			}
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				order := fmt.Sprintf("o%d-%d", id, n)
				if !do("reserve", order, object{"order_id": order, "product_id": "p", "quantity": each}) {
					return
				}
				orders.Add(1)
				switch n % 3 {
				case 0:
					if !do("deduct", order, object{"order_id": order}) {
						return
					}
					sold.Add(1)
				case 1:
					if !do("release", order, object{"order_id": order}) {
						return
					}
				default:
					kept.Add(1)
				}
			}
		})
	}
	turns := rounds(10)
	for turn := range turns {
		c.waitState(t, s, "p", true)
		c.must(t, "PUT", s.url("/v1/redis/rules"), "", object{"list": "forbidden", "product_id": "p"}, nil)
		switch turn % 5 { // while it goes back
		case 1:
			s.kill()
			s.start()
		case 2:
			redis.Servers[0].Kill()
			redis.Servers[0].Start()
		case 3:
			db.Kill()
			db.Start()
		case 4:
			redis.Flush(t)
		}
		c.waitState(t, s, "p", false)
		c.must(t, "DELETE", s.url("/v1/redis/rules?list=forbidden&product_id=p"), "", nil, nil)
		if turn%5 == 0 { // while it goes over
			s.kill()
			s.start()
		}
		if t.Failed() {
			break
		}
	}
	close(stop)
	all.Wait()
	is := c.product(t, s, "p")
	want := figures{Available: units - each*(kept.Load()+sold.Load()), Reserved: each * kept.Load(), OnHand: is.OnHand, Version: is.Version}
	if is != want {
		t.Errorf("the figures are %+v, want %+v", is, want)
	}
	t.Logf("%d orders, %d sold, %d kept; on and off %d times", orders.Load(), sold.Load(), kept.Load(), turns)
	s.stop()
	s.verify()
}
