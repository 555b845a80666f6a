package server_test

import "testing"

func TestAHoldMovesToAnotherLocation(t *testing.T) {
	t.Parallel()
	const path = "/v1/inventory/relocate"
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":5}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":4}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":5,"channel_id":"web"}`},
		{
			name: "too much of it", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"b"}`,
			status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.location_id "b"`, `shortages.0.requested 5`, `shortages.0.available 4`},
		},
		{
			name: "a part of it", as: "internal", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"b","quantity":2}`, head: []string{"Idempotency-Key", "k"},
			want: []string{
				`order_id "o"`, `reservations.0.location_id "a"`, `reservations.0.quantity 3`, `reservations.0.released 2`,
				`reservations.1.location_id "b"`, `reservations.1.quantity 2`, `reservations.1.channel_id "web"`,
			},
			says: []string{"Holdfast-Position", "*"},
		},
		{
			name: "a repeat is answered as before", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"b","quantity":2}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`reservations.0.quantity 3`}, says: []string{"Idempotency-Replayed", "true"},
		},
		{name: "the units show it", path: "/inventory/product/p", want: []string{`locations.0.reserved_stock 3`, `locations.1.reserved_stock 2`, `locations.1.available_stock 2`}},
		{name: "a part needs a key", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"b","quantity":1}`, status: 400},
		{name: "the rest in a batch", path: "/v1/commands:batch", body: `{"commands":[{"relocate":{"order_id":"o","product_id":"p","from_location_id":"b","to_location_id":"a"}}]}`, want: []string{
			`results.0.ok true`, `results.0.reservations.0.state "cancelled"`, `results.0.reservations.1.quantity 5`,
		}},
		{name: "the journal names it", path: "/inventory/logs/p?order_id=o", want: []string{`items.0.operation "relocate"`, `items.1.operation "relocate"`}},
		{name: "not to where it is", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"a"}`, status: 400, want: []string{`violations.0.field "to_location_id"`}},
		{name: "nor to where nobody knows", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"c"}`, status: 404},
		{name: "nor what it does not hold", path: path, body: `{"order_id":"o","product_id":"q","from_location_id":"a","to_location_id":"b"}`, status: 404},
		{name: "readers may not", as: "read", path: path, body: `{"order_id":"o","product_id":"p","from_location_id":"a","to_location_id":"b"}`, status: 403},
	})
}
