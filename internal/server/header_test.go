package server_test

import (
	"strings"
	"testing"
)

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	h := start(t)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`, head: key("c"), want: []string{`version 1`}},
		{name: "create again", path: "/inventory", body: `{"product_id":"p","available_stock":10}`, head: key("c"), want: []string{`version 1`, `available_stock 10`}, says: []string{"Idempotency-Replayed", "true", "Holdfast-Position", "*"}},
		{name: "restock", path: "/inventory/restock", body: `{"product_id":"p","quantity":5}`, head: key("k"), want: []string{`available_stock 15`}, says: []string{"Idempotency-Replayed", ""}},
		{name: "restock more without a key", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, want: []string{`available_stock 16`}},
		{name: "the first again, as it was answered", path: "/inventory/restock", body: `{"quantity":5,"product_id":"p"}`, head: key("k"), want: []string{`available_stock 15`, `version 2`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "at the other path it is the same operation", path: "/v1/inventory/restock", body: `{"product_id":"p","quantity":5,"location_id":"default"}`, head: key("k"), want: []string{`available_stock 15`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "another request with the key", path: "/inventory/restock", body: `{"product_id":"p","quantity":6}`, head: key("k"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "another operation with the key is another scope", path: "/inventory/adjust", body: `{"product_id":"p","delta":-1,"reason":"x"}`, head: key("k"), want: []string{`available_stock 15`}},
		{name: "a refusal is kept too", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":100}`, head: key("r"), status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "even when there would be enough", path: "/inventory/restock", body: `{"product_id":"p","quantity":200}`},
		{name: "the refusal again", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":100}`, head: key("r"), status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.available 15`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "what is not valid is not kept", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":0}`, head: key("v"), status: 400},
		{name: "so the key is free", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1}`, head: key("v")},
		{name: "what is unknown is not kept", path: "/inventory/restock", body: `{"product_id":"later","quantity":1}`, head: key("l"), status: 404},
		{name: "until it is known", path: "/inventory", body: `{"product_id":"later"}`},
		{name: "and then it is done", path: "/inventory/restock", body: `{"product_id":"later","quantity":1}`, head: key("l"), want: []string{`available_stock 1`}},
		{name: "an empty key is no key", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: key(""), status: 400, want: []string{`violations.0.field "Idempotency-Key"`}},
		{name: "a key of 255 is", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: key(strings.Repeat("k", 255))},
		{name: "one of 256 is not", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: key(strings.Repeat("k", 256)), status: 400},
		{name: "nor one with a blank", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: key("a b"), status: 400},
		{name: "nor one beyond ASCII", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: key("ä"), status: 400},
		{name: "nor two", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: append(key("a"), key("b")...), status: 400},
		{name: "a tenant's keys are its own", as: "other", path: "/inventory", body: `{"product_id":"p","available_stock":3}`, head: key("c"), want: []string{`available_stock 3`}, says: []string{"Idempotency-Replayed", ""}},
	})
}

func TestOtherHeaders(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":10}`})
	a := h.call(t, "admin", "POST", "/inventory/restock", `{"product_id":"p","quantity":1}`)
	position := a.head.Get("Holdfast-Position")
	h.tell(t, []step{
		{name: "a position that a write gave", as: "nobody", path: "/inventory/check/p", head: []string{"Holdfast-After", position}, want: []string{`available 11`}},
		{name: "lists take it", path: "/inventory", head: []string{"Holdfast-After", position}},
		{name: "and writes", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"Holdfast-After", position}, want: []string{`available_stock 12`}},
		{name: "an unreadable one", as: "nobody", path: "/inventory/check/p", head: []string{"Holdfast-After", "yesterday"}, status: 400, code: "INVALID_ARGUMENT"},
		{name: "an empty one", path: "/inventory", head: []string{"Holdfast-After", ""}, status: 400},
		{name: "one of the future is of other books", path: "/inventory", head: []string{"Holdfast-After", "0-999999"}, status: 410, code: "POSITION_GONE", says: []string{"Retry-After", ""}},
		{name: "one of no slot", path: "/inventory", head: []string{"Holdfast-After", "7-1"}, status: 400},
		{name: "a request id comes back", path: "/inventory", head: []string{"X-Request-Id", "abc-1"}, says: []string{"X-Request-Id", "abc-1"}},
		{name: "in a problem as well", path: "/nope", head: []string{"X-Request-Id", "abc-2"}, status: 404, want: []string{`request_id "abc-2"`}, says: []string{"X-Request-Id", "abc-2"}},
		{name: "an operator of 64 bytes", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"X-Holdfast-Operator", strings.Repeat("é", 32)}},
		{name: "is in the log", path: "/inventory/logs/p", want: []string{`items.0.operator "` + strings.Repeat("é", 32) + `"`}},
		{name: "one of 65 is too long", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"X-Holdfast-Operator", strings.Repeat("o", 65)}, status: 400},
		{name: "an empty one is the key's name", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"X-Holdfast-Operator", ""}},
		{name: "as the log says", path: "/inventory/logs/p", want: []string{`items.0.operator "admin-key"`}},
		{name: "one that is no text", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"X-Holdfast-Operator", "\xff"}, status: 400},
	})
	b := h.call(t, "admin", "GET", "/inventory", "", "X-Request-Id", strings.Repeat("x", 129))
	if got := b.head.Get("X-Request-Id"); got == "" || len(got) > 128 {
		t.Errorf("a request id that is too long came back as %q", got)
	}
}
