package test

import (
	"net/http"
	"testing"
)

// A product with a backorder sells through Redis. Redis gives the units that are there, and the
// ledger promises the others. Units that come back go to the order that waits, also when Redis has
// lost its memory and the server was killed in between.
func TestABackorderSellsThroughRedis(t *testing.T) {
	t.Parallel()
	s, redis, _ := redisServer(t)
	c := newCaller(adminKey)
	c.create(t, s, "lamp", 5)
	c.must(t, "PUT", s.url("/v1/promises/lamp"), "", object{"backorder": object{"allowance": 10}}, nil)
	c.waitOpen(t, s, "lamp")
	type line struct {
		Quantity, Promised int64
		Road               string
	}
	order := func(id string) line {
		t.Helper()
		var got struct{ Reservations []line }
		c.must(t, "GET", s.url("/v1/inventory/orders/"+id), "", nil, &got)
		if len(got.Reservations) != 1 {
			t.Fatalf("order %s: %+v", id, got)
		}
		return got.Reservations[0]
	}
	ask := func(id string, units int, ahead bool) object {
		return object{"order_id": id, "product_id": "lamp", "quantity": units, "accept_promised": ahead}
	}
	refused := func(body object) {
		t.Helper()
		r, err := c.ask(t, "POST", s.url("/v1/inventory/reserve"), "", body)
		if err != nil || r.status != http.StatusConflict || r.code != "INSUFFICIENT_STOCK" {
			t.Errorf("%v: %+v %v", body, r, err)
		}
	}
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", ask("there", 3, true), nil)
	if l := order("there"); l != (line{Quantity: 3, Road: "redis"}) {
		t.Errorf("an order whose units are there: %+v", l)
	}
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", ask("waits", 4, true), nil)
	if l := order("waits"); l != (line{Quantity: 4, Promised: 2}) {
		t.Errorf("an order that waits for two units: %+v", l)
	}
	if is := c.stateOnRedis(t, s, "lamp"); is != "open" {
		t.Errorf("the product is %s", is)
	}
	redis.Flush(t)
	refused(ask("beyond", 9, true)) // 8 may still be promised
	refused(ask("plain", 1, false))
	s.kill()
	s.start()
	c.must(t, "POST", s.url("/v1/inventory/release"), "", object{"order_id": "there"}, nil)
	if l := order("waits"); l.Quantity != 4 || l.Promised != 0 {
		t.Errorf("units came back, the order has %+v", l)
	}
	refused(ask("plain", 2, false))
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "", ask("plain", 1, false), nil)
	c.must(t, "POST", s.url("/v1/inventory/deduct"), "", object{"order_id": "waits"}, nil)
	var promises struct {
		Backorder struct{ Promised, Remaining int64 }
		Waiting   int64
	}
	c.must(t, "GET", s.url("/v1/promises/lamp"), "", nil, &promises)
	if promises.Backorder.Promised != 0 || promises.Backorder.Remaining != 10 || promises.Waiting != 0 {
		t.Errorf("%+v", promises)
	}
	if p := c.product(t, s, "lamp"); p.Available != 0 || p.Reserved != 1 {
		t.Errorf("%+v, want one unit, reserved", p)
	}
	s.stop()
	s.verify()
}
