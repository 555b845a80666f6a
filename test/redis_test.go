package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"holdfast.dev/holdfast/internal/dbtest"
)

// redisServer is a server on PostgreSQL of its own whose products all sell through Redis.
func redisServer(t *testing.T, more ...string) (*server, *dbtest.Redis, *dbtest.Server) {
	t.Helper()
	db, redis := dbtest.StartPostgres(t), dbtest.StartRedis(t, "--appendfsync", "everysec")
	s := offServer(t, "")
	s.db = db.DSN(t)
	s.subcommand = append([]string{"serve", "--redis", redis.URL}, more...)
	s.start()
	newCaller(adminKey).must(t, "PUT", s.url("/v1/redis/rules"), "", object{"list": "allowed"}, nil)
	return s, redis, db
}

// stateOnRedis is the state of a product that sells through Redis, "off" of another.
func (c *caller) stateOnRedis(t *testing.T, s *server, product string) string {
	t.Helper()
	var list struct {
		Items []struct {
			State     string
			ProductID string `json:"product_id"`
		}
	}
	c.must(t, "GET", s.url("/v1/redis/items"), "", nil, &list)
	for _, i := range list.Items {
		if i.ProductID == product {
			return i.State
		}
	}
	return "off"
}

// waitOpen waits until Redis sells the product.
func (c *caller) waitOpen(t *testing.T, s *server, product string) {
	t.Helper()
	for open := false; !open; {
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": "first-" + product, "product_id": product, "quantity": 1}, nil)
		open = c.stateOnRedis(t, s, product) == "open"
		if t.Context().Err() != nil {
			t.Fatal("Redis does not sell the product")
		}
		wait(5 * time.Millisecond)
	}
	c.must(t, "POST", s.url("/v1/inventory/release"), "", object{"order_id": "first-" + product}, nil)
}

// Killed in turn at random moments under load, the server, its Redis and its database lose nothing that was
// acknowledged and do nothing twice: every history is linearizable.
func TestHistoriesThroughRedisAreLinearizableUnderKills(t *testing.T) {
	t.Parallel()
	const products, callers, stockEach = 4, 12, 25
	s, redis, db := redisServer(t)
	c := newCaller(adminKey)
	for p := range products {
		c.create(t, s, fmt.Sprint("p", p), stockEach)
		c.waitOpen(t, s, fmt.Sprint("p", p))
	}
	h := &history{ops: map[string][]porcupine.Operation{}}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	stop := make(chan struct{})
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(9, uint64(id)))
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				product := fmt.Sprint("p", random.IntN(products))
				in := input{op: "check"}
				order := fmt.Sprintf("o%d-%d", id/3, n/4)
				switch k := random.IntN(10); {
				case k < 5:
					in = input{op: "reserve", order: order, qty: 1 + int64(random.IntN(3))}
				case k < 7:
					in = input{op: "release", order: order}
				case k < 8:
					in = input{op: "deduct", order: order}
				}
				if err := h.do(ctx, c, s, id, product, in, fmt.Sprintf("k-%d-%d", id, n), begun); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(3, 4))
	for round := range rounds(8) {
		<-time.After(time.Duration(150+random.IntN(350)) * time.Millisecond)
		switch round % 4 {
		case 0:
			s.kill()
			s.start()
		case 1:
			redis.Servers[0].Kill()
			redis.Servers[0].Start()
		case 2:
			redis.Flush(t)
		case 3:
			db.Kill()
			db.Start()
		}
	}
	close(stop)
	all.Wait()
	total := 0
	for product, ops := range h.ops {
		total += len(ops)
		switch porcupine.CheckOperationsTimeout(shelfModel(stockEach), ops, hang) {
		case porcupine.Illegal:
			t.Errorf("the history of %s is not linearizable:\n%s", product, tell(ops))
		case porcupine.Unknown:
			t.Errorf("the history of %s (%d operations) could not be checked in time", product, len(ops))
		}
	}
	t.Logf("%d operations checked", total)
	s.stop()
	s.verify()
}
