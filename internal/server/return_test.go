package server_test

import "testing"

// No more comes back than has left with an order, unless somebody says so; copies of what has
// happened are booked, and open a case.
func TestReturnsAreCheckedAgainstTheirOrder(t *testing.T) {
	t.Parallel()
	const back, batch = "/v1/inventory/return", "/v1/commands:batch"
	start(t).tell(t, []step{
		{name: "stock", path: "/inventory", body: `{"product_id":"p","available_stock":100}`},
		{name: "at a store", path: "/inventory", body: `{"product_id":"p","location_id":"store"}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":5}`},
		{name: "nothing has left", path: back, body: `{"order_id":"o","product_id":"p","quantity":1}`, status: 409, code: "INVALID_STATE"},
		{name: "it leaves", path: "/inventory/deduct", body: `{"order_id":"o"}`},
		{name: "two come back", path: back, body: `{"order_id":"o","product_id":"p","quantity":2}`, head: []string{"Idempotency-Key", "r1"}, want: []string{`available_stock 97`}},
		{name: "once", path: back, body: `{"order_id":"o","product_id":"p","quantity":2}`, head: []string{"Idempotency-Key", "r1"}, want: []string{`available_stock 97`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "one at a store", path: back, body: `{"order_id":"o","product_id":"p","location_id":"store","quantity":1}`, want: []string{`available_stock 1`}},
		{name: "the order shows it", path: "/inventory/orders/o", want: []string{`reservations.0.deducted 5`, `reservations.0.returned 3`}},
		{name: "three more had not left", path: back, body: `{"order_id":"o","product_id":"p","quantity":3}`, head: []string{"Idempotency-Key", "r2"}, status: 409, code: "INVALID_STATE"},
		{name: "in a batch neither", path: batch, body: `{"commands":[{"return":{"order_id":"o","product_id":"p","quantity":1}},{"return":{"order_id":"o","product_id":"p","quantity":2}}]}`, want: []string{`results.0.ok true`, `results.1.error.code "INVALID_STATE"`}},
		{name: "of them is withdrawn", path: "/v1/inventory/withdraw", body: `{"order_id":"o","product_id":"p","quantity":2}`, head: []string{"Idempotency-Key", "w"}, status: 409, code: "INVALID_STATE"},
		{name: "the rest is", path: "/v1/inventory/withdraw", body: `{"order_id":"o"}`, want: []string{`reservations.0.deducted 4`, `reservations.0.quantity 1`}},
		{name: "and then there is none", path: "/v1/inventory/withdraw", body: `{"order_id":"o"}`, status: 409, code: "INVALID_STATE"},
		{name: "unchecked needs a reason", path: back, body: `{"order_id":"o","product_id":"p","quantity":3,"unchecked":true}`, status: 400, want: []string{`violations.0.field "reason"`}},
		{name: "and is one of two", path: back, body: `{"order_id":"o","product_id":"p","quantity":3,"unchecked":true,"fact":true,"reason":"a gift"}`, status: 400, want: []string{`violations.0.field "unchecked"`}},
		{name: "a person says so", path: back, body: `{"order_id":"o","product_id":"p","quantity":3,"unchecked":true,"reason":"a gift"}`, want: []string{`available_stock 101`}},
		{name: "the journal too", path: "/inventory/logs/p?location_id=default", want: []string{`items.0.operation "return"`, `items.0.unchecked true`, `items.0.beyond 3`, `items.2.unchecked absent`, `items.2.beyond absent`}},
		{name: "which is no case", path: "/v1/cases", want: []string{`items.length 0`}},
		{name: "a product that the order never had", path: "/inventory", body: `{"product_id":"q","available_stock":1}`},
		{name: "does not come back", path: back, body: `{"order_id":"o","product_id":"q","quantity":1}`, status: 409, code: "INVALID_STATE"},
		{name: "unless it has happened", path: back, body: `{"order_id":"o","product_id":"q","quantity":1,"fact":true}`, want: []string{`available_stock 2`}},
		{name: "without an order nothing is compared", path: back, body: `{"product_id":"q","quantity":1}`, want: []string{`available_stock 3`}},
		{name: "a tenant may book all", verb: "PATCH", path: "/v1/settings", body: `{"returns_unchecked":true}`, want: []string{`returns_unchecked true`}},
		{name: "then it is booked", path: back, body: `{"order_id":"nobody's","product_id":"q","quantity":1}`, head: []string{"Idempotency-Key", "r3"}, want: []string{`available_stock 4`}},
		{name: "as before", verb: "PATCH", path: "/v1/settings", body: `{"returns_unchecked":false}`},
		{name: "the same call has its answer", path: back, body: `{"order_id":"nobody's","product_id":"q","quantity":1}`, head: []string{"Idempotency-Key", "r3"}, want: []string{`available_stock 4`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "refusals have theirs", path: back, body: `{"order_id":"o","product_id":"p","quantity":3}`, head: []string{"Idempotency-Key", "r2"}, status: 409},
	})
}
