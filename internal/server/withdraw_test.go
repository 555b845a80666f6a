package server_test

import "testing"

func TestAShipmentIsWithdrawn(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/withdraw"
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":9}`},
		{name: "create another", path: "/inventory", body: `{"product_id":"q"}`},
		{name: "in lots", path: "/inventory/restock", body: `{"product_id":"q","quantity":2,"lot":{"batch":"B1"}}`},
		{name: "two of them", path: "/inventory/restock", body: `{"product_id":"q","quantity":3,"lot":{"batch":"B2"}}`},
		{name: "a quota", verb: "PUT", path: "/v1/quotas/p", body: `{"channels":[{"channel_id":"web","quota":3}]}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","channel_id":"web","items":[{"product_id":"p","quantity":5},{"product_id":"q","quantity":4}]}`},
		{name: "nothing has left", path: path, body: `{"order_id":"o","product_id":"p","quantity":1}`, status: 409, code: "INVALID_STATE", want: []string{`state "active"`}},
		{name: "deduct", path: "/inventory/deduct", body: `{"order_id":"o"}`},
		{name: "the quota has sold", path: "/v1/quotas/p", want: []string{`channels.0.sold 3`, `channels.0.sold_from_pool 2`}},
		{name: "more than has left", path: path, body: `{"order_id":"o","product_id":"p","quantity":6}`, head: key("m"), status: 409, code: "INVALID_STATE"},
		{name: "a part needs a key", path: path, body: `{"order_id":"o","product_id":"p","quantity":3}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{
			name: "a part", as: "internal", path: path, body: `{"order_id":"o","product_id":"p","quantity":3,"ttl_seconds":60,"reason":"stopped at the gate"}`, head: key("k"),
			want: []string{`order_id "o"`, `reservations.length 1`, `reservations.0.quantity 3`, `reservations.0.deducted 2`, `reservations.0.state "active"`},
			says: []string{"Holdfast-Position", "*"},
		},
		{name: "a repeat is answered as before", path: path, body: `{"order_id":"o","product_id":"p","quantity":3,"ttl_seconds":60,"reason":"stopped at the gate"}`, head: key("k"), want: []string{`reservations.0.quantity 3`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "the figures follow", path: "/v1/quotas/p", want: []string{`channels.0.held 1`, `channels.0.held_from_pool 2`, `channels.0.sold 2`, `channels.0.sold_from_pool 0`}},
		{name: "so does the shelf", path: "/inventory/product/p", want: []string{`available_stock 4`, `reserved_stock 3`, `locations.0.on_hand 7`}},
		{name: "the rest in a batch", path: "/v1/commands:batch", body: `{"commands":[{"withdraw":{"order_id":"o"}}]}`, want: []string{
			`results.0.ok true`, `results.0.order_id "o"`, `results.0.reservations.0.quantity 5`, `results.0.reservations.0.deducted 0`,
			`results.0.reservations.1.lots.length 2`, `results.0.reservations.1.lots.0.quantity 2`, `results.0.reservations.1.lots.1.quantity 2`,
		}},
		{name: "again changes nothing", path: path, body: `{"order_id":"o"}`, want: []string{`reservations.0.quantity 5`}},
		{name: "the journal names it", path: "/inventory/logs/p?order_id=o&page_size=1", want: []string{`items.0.operation "withdraw"`, `items.0.delta_reserved 2`, `items.0.delta_available 0`}},
		{name: "with its reason", path: "/inventory/logs/p?order_id=o&page_size=2", want: []string{`items.1.reason "stopped at the gate"`}},
		{name: "a release gives back to where it was drawn", path: "/inventory/release", body: `{"order_id":"o"}`, want: []string{`reservations.0.released 5`, `reservations.0.state "cancelled"`}},
		{name: "to the quota", path: "/v1/quotas/p", want: []string{`shared 6`, `channels.0.remaining 3`, `channels.0.held 0`, `channels.0.sold 0`}},
		{name: "and to the lots", path: "/v1/lots/q", want: []string{`items.0.available 2`, `items.0.held 0`, `items.1.available 3`, `items.1.held 0`}},
		{name: "an order that is unknown", path: path, body: `{"order_id":"none"}`, status: 404},
		{name: "a quantity of all", path: path, body: `{"order_id":"o","quantity":1}`, status: 400},
		{name: "readers may not", as: "read", path: path, body: `{"order_id":"o"}`, status: 403},
	})
}
