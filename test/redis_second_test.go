package test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// When its Redis dies a server sells through the second one, and goes back when an operator says so.
func TestASecondRedisTakesOver(t *testing.T) {
	t.Parallel()
	second := dbtest.StartRedis(t, "--appendfsync", "everysec")
	s, first, _ := redisServer(t, "--redis-second", second.URL, "--redis-second-after", "1s")
	c := newCaller(adminKey)
	c.create(t, s, "mug", 10)
	c.waitOpen(t, s, "mug")
	reserve := func(order string) {
		t.Helper()
		c.must(t, "POST", s.url("/v1/inventory/reserve"), "", object{"order_id": order, "product_id": "mug", "quantity": 2}, nil)
	}
	reserve("before")
	first.Servers[0].Kill()
	reserve("meanwhile") // again and again, until the second one has taken over
	var order struct{ Reservations []struct{ Road string } }
	c.must(t, "GET", s.url("/v1/inventory/orders/meanwhile"), "", nil, &order)
	if len(order.Reservations) != 1 || order.Reservations[0].Road != "redis" {
		t.Errorf("%+v, want one that Redis took", order)
	}
	first.Servers[0].Start()
	for _, want := range []string{"1 of 1 slots changed\n", "0 of 1 slots changed\n"} {
		if out, code := holdfast(t, "redis", "use", "first", "--db", s.db); code != 0 || out != want {
			t.Errorf("use: %d %q, want %q", code, out, want)
		}
	}
	second.Servers[0].Kill()
	for n := range 3 {
		reserve([]string{"behind", "later", "last"}[n])
		wait(10 * time.Millisecond)
	}
	if p := c.product(t, s, "mug"); p.Available != 0 || p.Reserved != 10 {
		t.Errorf("%+v, want all 10 reserved", p)
	}
	s.stop()
	s.verify()
}
