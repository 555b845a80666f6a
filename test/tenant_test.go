package test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// passing matches the parts that differ between any two answers.
var passing = regexp.MustCompile(`"(request_id|as_of|updated_at|created_at|expires_at|reservation_id|at|entry_id)":"[^"]*"`)

// A call with ids of another tenant gets, byte for byte, the answer to ids that nobody has, and
// changes nothing of the other tenant.
func TestAnotherTenantsIdsAreAnsweredLikeUnknownOnes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := newCaller(adminKey)
	a.must(t, "POST", s.url("/inventory"), "", object{"product_id": "theirs-product", "available_stock": 50}, nil)
	a.must(t, "POST", s.url("/inventory"), "", object{"product_id": "theirs-product", "location_id": "theirs-place", "available_stock": 50, "low_stock_threshold": 60}, nil)
	a.must(t, "POST", s.url("/inventory/reserve"), "theirs-key", object{"order_id": "theirs-order", "product_id": "theirs-product", "quantity": 5}, nil)
	before := a.everything(t, s)

	o := runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", "other", "--scopes", "admin")
	key := strings.TrimSpace(o.stdout)
	accepts(t, s, key, 200)
	b := newCaller(key)
	b.must(t, "POST", s.url("/inventory"), "", object{"product_id": "own", "available_stock": 10}, nil)
	b.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": "own", "product_id": "own", "quantity": 1}, nil)

	for _, q := range []struct {
		method, path string
		key          string
		body         any
	}{
		{method: "GET", path: "/inventory/check/theirs-product"},
		{method: "GET", path: "/inventory/check/theirs-product?location_id=theirs-place"},
		{method: "GET", path: "/inventory/check/own?location_id=theirs-place"},
		{method: "POST", path: "/inventory/check/batch", body: object{"items": []object{{"product_id": "theirs-product", "quantity": 1}, {"product_id": "own", "quantity": 1, "location_id": "theirs-place"}}}},
		{method: "GET", path: "/inventory/product/theirs-product"},
		{method: "GET", path: "/inventory?location_id=theirs-place"},
		{method: "GET", path: "/inventory/low-stock?location_id=theirs-place"},
		{method: "GET", path: "/inventory/low-stock"},
		{method: "GET", path: "/inventory/logs/theirs-product"},
		{method: "GET", path: "/inventory/logs/theirs-product?location_id=theirs-place"},
		{method: "GET", path: "/inventory/logs/own?order_id=theirs-order"},
		{method: "GET", path: "/inventory/logs/own?location_id=theirs-place"},
		{method: "GET", path: "/inventory/orders/theirs-order"},
		{method: "POST", path: "/inventory/restock", body: object{"product_id": "theirs-product", "quantity": 1}},
		{method: "POST", path: "/inventory/restock", body: object{"product_id": "own", "location_id": "theirs-place", "quantity": 1}},
		{method: "POST", path: "/inventory/adjust", body: object{"product_id": "theirs-product", "delta": 1, "reason": "x"}},
		{method: "POST", path: "/inventory/adjust", body: object{"product_id": "theirs-product", "set_to": 0, "reason": "x"}},
		{method: "POST", path: "/inventory/adjust", body: object{"product_id": "own", "location_id": "theirs-place", "delta": 1, "reason": "x"}},
		{method: "PUT", path: "/inventory/theirs-product/threshold", body: object{"low_stock_threshold": 1}},
		{method: "PUT", path: "/inventory/own/threshold", body: object{"low_stock_threshold": 1, "location_id": "theirs-place"}},
		{method: "POST", path: "/inventory/sale-status", body: object{"product_id": "theirs-product", "on_sale": false}},
		{method: "POST", path: "/inventory/sale-status", body: object{"product_id": "own", "location_id": "theirs-place", "on_sale": false}},
		{method: "POST", path: "/inventory/reserve", body: object{"order_id": "n1", "product_id": "theirs-product", "quantity": 1}},
		{method: "POST", path: "/inventory/reserve", key: "theirs-key", body: object{"order_id": "n2", "product_id": "theirs-product", "quantity": 5}},
		{method: "POST", path: "/inventory/reserve", body: object{"order_id": "n3", "product_id": "own", "location_id": "theirs-place", "quantity": 1}},
		{method: "POST", path: "/inventory/reserve", body: object{"order_id": "n4", "policy": "partial", "items": []object{{"product_id": "theirs-product", "quantity": 1}}}},
		{method: "POST", path: "/inventory/release", body: object{"order_id": "theirs-order"}},
		{method: "POST", path: "/inventory/release", body: object{"order_id": "theirs-order", "product_id": "theirs-product"}},
		{method: "POST", path: "/inventory/release", body: object{"order_id": "own", "product_id": "own", "location_id": "theirs-place"}},
		{method: "POST", path: "/inventory/deduct", body: object{"order_id": "theirs-order"}},
		{method: "POST", path: "/inventory/deduct", body: object{"order_id": "theirs-order", "product_id": "theirs-product"}},
		{method: "POST", path: "/v1/inventory/commit", body: object{"order_id": "theirs-order"}},
		{method: "POST", path: "/v1/inventory/extend", body: object{"order_id": "theirs-order", "product_id": "theirs-product", "ttl_seconds": 60}},
		{method: "POST", path: "/v1/inventory/move", body: object{"product_id": "theirs-product", "from": "pool/shared", "to": "damaged", "quantity": 1}},
		{method: "POST", path: "/v1/inventory/move", body: object{"product_id": "own", "location_id": "theirs-place", "from": "pool/shared", "to": "damaged", "quantity": 1}},
		{method: "POST", path: "/v1/inventory/return", body: object{"product_id": "theirs-product", "quantity": 1, "order_id": "theirs-order"}},
		{method: "POST", path: "/v1/inventory/return", body: object{"product_id": "own", "location_id": "theirs-place", "quantity": 1}},
		{method: "GET", path: "/v1/accounts/theirs-product"},
		{method: "GET", path: "/v1/accounts/own?location_id=theirs-place"},
		{method: "POST", path: "/inventory/cleanup-expired", body: object{}},
		{method: "POST", path: "/v1/commands:batch", body: object{"commands": []object{
			{"restock": object{"product_id": "theirs-product", "quantity": 1}},
			{"idempotency_key": "theirs-key", "reserve": object{"order_id": "n5", "product_id": "theirs-product", "quantity": 5}},
			{"release": object{"order_id": "theirs-order"}},
			{"commit": object{"order_id": "theirs-order"}},
			{"return": object{"product_id": "theirs-product", "quantity": 1}},
			{"deduct": object{"order_id": "theirs-order"}},
		}}},
		// An id that nobody of this tenant has may be created, whoever else has it.
		{method: "POST", path: "/inventory", key: "theirs-key", body: object{"product_id": "theirs-product", "location_id": "theirs-place", "available_stock": 3}},
		{method: "POST", path: "/inventory/reserve", key: "theirs-key", body: object{"order_id": "theirs-order", "product_id": "theirs-product", "location_id": "theirs-place", "quantity": 1}},
	} {
		theirs := ask(t, b, s, q.method, q.path, q.key, q.body, "theirs")
		nobodys := ask(t, b, s, q.method, q.path, q.key, q.body, "nobody")
		if theirs != nobodys {
			t.Errorf("%s %s %v\nof another tenant: %s\nof nobody:         %s", q.method, q.path, q.body, theirs, nobodys)
		}
	}
	if after := a.everything(t, s); before != after {
		t.Errorf("the other tenant's books were\n%s\nand are\n%s", before, after)
	}
}

// ask sends a request with the word in the place of "theirs" in all ids, and
// returns the answer with the word taken out again.
func ask(t *testing.T, c *caller, s *server, method, path, key string, body any, word string) string {
	t.Helper()
	path, key = strings.ReplaceAll(path, "theirs", word), strings.ReplaceAll(key, "theirs", word)
	r, err := c.ask(t, method, s.url(path), key, renamed(body, word))
	if err != nil {
		t.Fatal(err)
	}
	answer := bytes.ReplaceAll(passing.ReplaceAll(r.body, nil), []byte(word), []byte("*"))
	return fmt.Sprintf("%d replayed %v %s", r.status, r.replayed, answer)
}

// renamed is the body with the word in the place of "theirs".
func renamed(body any, word string) any {
	switch b := body.(type) {
	case string:
		return strings.ReplaceAll(b, "theirs", word)
	case object:
		out := object{}
		for k, v := range b {
			out[k] = renamed(v, word)
		}
		return out
	case []object:
		out := make([]any, len(b))
		for i, v := range b {
			out[i] = renamed(v, word)
		}
		return out
	}
	return body
}

// everything is what the caller's tenant can read of its own.
func (c *caller) everything(t *testing.T, s *server) string {
	t.Helper()
	var all []byte
	for _, path := range []string{"/inventory", "/inventory/orders/theirs-order", "/inventory/logs/theirs-product"} {
		r, err := c.ask(t, "GET", s.url(path), "", nil)
		if err != nil || r.status != 200 {
			t.Fatalf("%s: %+v %v", path, r, err)
		}
		all = append(append(all, passing.ReplaceAll(r.body, nil)...), '\n')
	}
	return string(all)
}
