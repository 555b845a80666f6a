package server_test

import "testing"

// A second parcel of an order is another call. After the end of the hold it is refused, although it
// has as many units as the first one.
func TestASecondParcelAfterTheEndOfTheHoldIsRefused(t *testing.T) {
	t.Parallel()
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	const one = `{"order_id":"o","product_id":"p","quantity":1}`
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":9}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":2}`},
		{name: "the first parcel", path: "/inventory/deduct", body: one, head: key("k1"), want: []string{`reservations.0.deducted 1`, `reservations.0.quantity 1`}},
		{name: "the rest is given back", path: "/inventory/release", body: `{"order_id":"o"}`, want: []string{`reservations.0.state "confirmed"`}},
		{name: "the first parcel again", path: "/inventory/deduct", body: one, head: key("k1"), says: []string{"Idempotency-Replayed", "true"}},
		{name: "or without its key", path: "/inventory/deduct", body: one, want: []string{`reservations.0.deducted 1`}},
		{name: "a second parcel", path: "/inventory/deduct", body: one, head: key("k2"), status: 409, code: "INVALID_STATE"},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"idempotency_key":"k3","deduct":` + one + `}]}`, want: []string{`results.0.ok false`, `results.0.error.code "INVALID_STATE"`}},
		{name: "another release", path: "/inventory/release", body: one, head: key("k4"), status: 409, code: "INVALID_STATE"},
		{name: "without a key it is the one of before", path: "/inventory/release", body: one},
		{name: "nothing has moved", path: "/inventory/product/p", want: []string{`available_stock 8`, `reserved_stock 0`}},
	})
}
