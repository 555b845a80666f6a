package server_test

import "testing"

func TestAnInactiveLocationTakesNoNewOrders(t *testing.T) {
	t.Parallel()
	const reserve = "/inventory/reserve"
	old := `{"order_id":"old","product_id":"p","location_id":"hub","quantity":2}`
	off := []string{`reason "location_inactive"`}
	h := start(t)
	h.tell(t, []step{
		{name: "stock", path: "/inventory", body: `{"product_id":"p","location_id":"hub","available_stock":10}`},
		{name: "elsewhere too", path: "/inventory", body: `{"product_id":"p","location_id":"shop","available_stock":3}`},
		{name: "what is not counted", path: "/inventory", body: `{"product_id":"gift","location_id":"hub","tracked":false}`},
		{name: "a kit", verb: "PUT", path: "/v1/kits/set", body: `{"components":[{"product_id":"p","quantity":2}]}`},
		{name: "an order from before", path: reserve, head: []string{"Idempotency-Key", "old"}, body: old},
		{name: "the hub closes", verb: "PUT", path: "/v1/locations/hub", body: `{"active":false}`},
		{name: "it is refused by a reason of its own", path: reserve, body: `{"order_id":"a","product_id":"p","location_id":"hub","quantity":1}`, status: 409, code: "INVALID_STATE", want: off},
		{name: "in part too", path: reserve, body: `{"order_id":"a","policy":"partial","items":[{"product_id":"p","location_id":"shop","quantity":1},{"product_id":"p","location_id":"hub","quantity":1}]}`, status: 409, code: "INVALID_STATE", want: off},
		{name: "of what is not counted too", path: reserve, body: `{"order_id":"a","product_id":"gift","location_id":"hub","quantity":1}`, status: 409, code: "INVALID_STATE", want: off},
		{name: "a kit there too", path: reserve, body: `{"order_id":"a","product_id":"set","location_id":"hub","quantity":1}`, status: 409, code: "INVALID_STATE", want: off},
		{name: "in a batch too", path: "/v1/commands:batch", body: `{"commands":[{"reserve":` + old[:len(old)-1] + `,"channel_id":"x"}},{"reserve":{"order_id":"a","product_id":"p","location_id":"hub","quantity":1}}]}`, want: []string{`results.0.error.code "ALREADY_EXISTS"`, `results.1.error.reason "location_inactive"`, `results.1.error.status 409`}},
		{name: "the order from before is the same reserve", path: reserve, body: old, want: []string{`reservations.0.quantity 2`}},
		{name: "its key has its answer", path: reserve, head: []string{"Idempotency-Key", "old"}, body: old, want: []string{`reservations.0.quantity 2`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "check says 0 there", path: "/inventory/check/p?location_id=hub", want: []string{`available 0`, `in_stock false`, `status "sold_out"`}},
		{name: "also of what is not counted", path: "/inventory/check/gift?location_id=hub", want: []string{`available 0`, `in_stock false`}},
		{name: "and of a kit", path: "/inventory/check/set?location_id=hub", want: []string{`available 0`, `in_stock false`}},
		{name: "over all locations it counts what can be had", path: "/inventory/check/p", want: []string{`available 3`}},
		{
			name: "in a batch", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p","location_id":"hub","quantity":1},{"product_id":"p","quantity":1}]}`,
			want: []string{`items.0.available 0`, `items.0.in_stock false`, `items.1.available 3`},
		},
		{
			name: "a cart is told so", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"p","location_id":"hub","quantity":1},{"product_id":"p","location_id":"shop","quantity":1}]}`,
			want: []string{`confirmed false`, `items.0.reason "location_inactive"`, `items.1.confirmed true`},
		},
		{name: "a correction stays", path: "/inventory/adjust", body: `{"product_id":"p","location_id":"hub","delta":1,"reason":"count"}`, want: []string{`available_stock 9`}},
		{name: "a transfer out stays", path: "/v1/transfers", body: `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"p","quantity":1}]}`},
		{name: "what was sold leaves", path: "/inventory/deduct", body: `{"order_id":"old"}`, want: []string{`reservations.0.deducted 2`}},
		{name: "and comes back", path: "/v1/inventory/return", body: `{"product_id":"p","location_id":"hub","order_id":"old","quantity":1,"reason":"too small"}`},
		{name: "the hub opens again", verb: "PUT", path: "/v1/locations/hub", body: `{}`},
		{name: "and takes orders", path: reserve, body: `{"order_id":"a","product_id":"p","location_id":"hub","quantity":1}`},
	})
}
