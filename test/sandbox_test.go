package test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// sandboxed makes the default tenant of a server that has never been started a sandbox.
func sandboxed(t *testing.T, s *server) *server {
	t.Helper()
	if o := runWith(t, nil, "tenants", "create", "default", "--db", s.db, "--sandbox"); o.code != 0 {
		t.Fatalf("create the sandbox: %s", o.stderr)
	}
	return s
}

// expires waits until a server shows all lines of the order as expired.
func expires(t *testing.T, s *server, order string, lines int) {
	t.Helper()
	await(t, order+" expires", func() bool {
		var p paid
		clerk.must(t, http.MethodGet, s.url("/v1/inventory/orders/"+order), "", nil, &p)
		expired := 0
		for _, r := range p.Reservations {
			if r.State == "expired" {
				expired++
			}
		}
		return expired == lines
	})
}

// A new deadline is set once under its key, at each node and after kills. The order is
// over many slots of two databases, and both nodes show that it has expired.
func TestInASandboxAnOrderOverTwoDatabasesExpiresAtEveryNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	databases := fmt.Sprintf("HOLDFAST_DATABASES=a=sqlite:%s,b=sqlite:%s", filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db"))
	one, two := offServer(t, filepath.Join(dir, "main.db")), offServer(t, filepath.Join(dir, "main.db"))
	sandboxed(t, one)
	for _, s := range []*server{one, two} {
		s.vars = []string{databases}
		s.start()
	}
	const stores = 8
	var lines []object
	for i := range stores {
		at := fmt.Sprint("store-", i)
		clerk.must(t, http.MethodPost, one.url("/v1/inventory"), "", object{"product_id": mug, "location_id": at, "available_stock": 10}, nil)
		lines = append(lines, object{"product_id": mug, "location_id": at, "quantity": 1})
	}
	clerk.must(t, http.MethodPost, one.url("/v1/inventory/reserve"), "", object{"order_id": "wide", "items": lines}, nil)
	expire := func(s *server, key string, body object) *reply {
		t.Helper()
		r, err := clerk.ask(t, http.MethodPost, s.url("/v1/sandbox/expire"), key, body)
		if err != nil || r.status != http.StatusOK {
			t.Fatalf("expire: %v, %+v", err, r)
		}
		return r
	}
	later := object{"order_id": "wide", "ttl_seconds": 7200}
	first := expire(one, "later", later)
	one.kill()
	for _, s := range []*server{two, one} {
		if s == one {
			one.start()
		}
		if r := expire(s, "later", later); !r.replayed || !bytes.Equal(r.body, first.body) {
			t.Errorf("the repeat was replayed %v, and answered\n%s\nthe first\n%s", r.replayed, r.body, first.body)
		}
	}
	expire(one, "now", object{"order_id": "wide"})
	one.kill()
	expires(t, two, "wide", stores)
	one.start()
	expires(t, one, "wide", stores)
	if r := expire(two, "now", object{"order_id": "wide"}); !r.replayed {
		t.Errorf("the repeat after the order has expired: %s", r.body)
	}
	if f := clerk.product(t, two, mug); f.Available != stores*10 || f.Reserved != 0 {
		t.Errorf("after the order has expired: %+v", f)
	}
	one.stop()
	two.stop()
	if out, code := holdfast(t, "shards", "verify", "--db", one.db, "--databases", databases[len("HOLDFAST_DATABASES="):]); code != 0 {
		t.Errorf("verify: exit code %d\n%s", code, out)
	}
}

// Units that Redis sells come back to it.
func TestInASandboxAnOrderThroughRedisExpires(t *testing.T) {
	t.Parallel()
	db, redis := dbtest.StartPostgres(t), dbtest.StartRedis(t, "--appendfsync", "everysec")
	s := offServer(t, "")
	s.db = db.DSN(t)
	s.subcommand = []string{"serve", "--redis", redis.URL}
	sandboxed(t, s).start()
	clerk.must(t, http.MethodPut, s.url("/v1/redis/rules"), "", object{"list": "allowed"}, nil)
	clerk.create(t, s, mug, 10)
	clerk.create(t, s, "spoon", 10) // stays in the books
	clerk.must(t, http.MethodPut, s.url("/v1/redis/rules"), "", object{"list": "forbidden", "product_id": "spoon"}, nil)
	clerk.waitOpen(t, s, mug)
	onRoad := ""
	await(t, "an order goes through Redis", func() bool {
		var got struct{ Reservations []struct{ Road string } }
		onRoad = fmt.Sprint("o-", time.Now().UnixNano())
		clerk.must(t, http.MethodPost, s.url("/v1/inventory/reserve"), "", object{"order_id": onRoad, "product_id": mug, "quantity": 3}, nil)
		clerk.must(t, http.MethodGet, s.url("/v1/inventory/orders/"+onRoad), "", nil, &got)
		if got.Reservations[0].Road == "redis" {
			return true
		}
		clerk.must(t, http.MethodPost, s.url("/v1/inventory/release"), "", object{"order_id": onRoad}, nil)
		return false
	})
	clerk.must(t, http.MethodPost, s.url("/v1/inventory/reserve"), "", object{"order_id": "both", "items": []object{{"product_id": mug, "quantity": 2}, {"product_id": "spoon", "quantity": 4}}}, nil)
	for order, lines := range map[string]int{onRoad: 1, "both": 2} {
		clerk.must(t, http.MethodPost, s.url("/v1/sandbox/expire"), "e-"+order, object{"order_id": order}, nil)
		expires(t, s, order, lines)
	}
	await(t, "all can be sold again", func() bool {
		return clerk.product(t, s, mug).Available == 10 && clerk.product(t, s, "spoon").Available == 10
	})
	clerk.must(t, http.MethodPost, s.url("/v1/inventory/reserve"), "", object{"order_id": "all", "product_id": mug, "quantity": 10}, nil)
	s.stop()
	s.verify()
}

// Only the till ends an order that it keeps, and a till is no sandbox of its own.
func TestInASandboxAnOrderThatATillKeepsStays(t *testing.T) {
	t.Parallel()
	centre := sandboxed(t, offServer(t, filepath.Join(t.TempDir(), "centre.db")))
	centre.start()
	clerk.must(t, http.MethodPost, centre.url("/v1/inventory"), "", object{"product_id": mug, "location_id": shop, "available_stock": 20}, nil)
	m := newTill(t, centre, "one", object{"percent": 50}, 10)
	if code := reserveAt(t, m.server, "kept", 2); code != "" {
		t.Fatal(code)
	}
	m.reported()
	const expire = "/v1/sandbox/expire"
	if code := postAt(t, centre, expire, "", object{"order_id": "kept@one"}); code != "KEPT_BY_HOLDER" {
		t.Errorf("at the centre: %q", code)
	}
	if code := postAt(t, m.server, expire, "", object{"order_id": "kept"}); code != "INVALID_STATE" {
		t.Errorf("at the till: %q", code)
	}
	if code := reserveAt(t, centre, "web", 5); code != "" {
		t.Fatal(code)
	}
	if code := postAt(t, centre, expire, "", object{"order_id": "web"}); code != "" {
		t.Errorf("an order of the centre: %q", code)
	}
	expires(t, centre, "web", 1)
	if code := endAt(t, m.server, "deduct", "kept"); code != "" {
		t.Errorf("the till sells it: %q", code)
	}
	m.reported()
	m.stop()
	centre.stop()
	m.verify()
	centre.verify()
}
