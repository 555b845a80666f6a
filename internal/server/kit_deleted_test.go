package server_test

import "testing"

// An order keeps the kit as it was when the order reserved it.
func TestAReserveOfADeletedKitIsRepeated(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create p", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "a kit of two", verb: "PUT", path: "/v1/kits/k", body: `{"components":[{"product_id":"p","quantity":2}]}`},
		{name: "with a key", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"k","quantity":2}`, head: []string{"Idempotency-Key", "1"}, want: []string{`kits.0.product_id "k"`, `reservations.0.quantity 4`}},
		{name: "without", path: "/inventory/reserve", body: `{"order_id":"n","product_id":"k","quantity":1}`, want: []string{`reservations.0.quantity 2`}},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"idempotency_key":"2","reserve":{"order_id":"b","product_id":"k","quantity":1}}]}`, want: []string{`results.0.reservations.0.quantity 2`}},
		{name: "one that finds too few", path: "/inventory/reserve", body: `{"order_id":"s","product_id":"k","quantity":9}`, head: []string{"Idempotency-Key", "3"}, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "the kit is deleted", verb: "DELETE", path: "/v1/kits/k"},

		{name: "with its key", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"k","quantity":2}`, head: []string{"Idempotency-Key", "1"}, want: []string{`kits.0.product_id "k"`, `reservations.0.quantity 4`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "without one", path: "/inventory/reserve", body: `{"order_id":"n","product_id":"k","quantity":1}`, want: []string{`reservations.0.quantity 2`}},
		{name: "in a batch again", path: "/v1/commands:batch", body: `{"commands":[{"idempotency_key":"2","reserve":{"order_id":"b","product_id":"k","quantity":1}}]}`, want: []string{`results.0.replayed true`, `results.0.reservations.0.quantity 2`}},
		{name: "too few as it was", path: "/inventory/reserve", body: `{"order_id":"s","product_id":"k","quantity":9}`, head: []string{"Idempotency-Key", "3"}, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "nothing was held twice", path: "/v1/inventory/product/p", want: []string{`available_stock 2`, `reserved_stock 8`}},
		{name: "a new call finds no stock", path: "/inventory/reserve", body: `{"order_id":"x","product_id":"k","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK"},

		{name: "now it is a product like others", path: "/inventory/restock", body: `{"product_id":"k","quantity":5}`},
		{name: "which is reserved", path: "/inventory/reserve", body: `{"order_id":"x","product_id":"k","quantity":1}`, want: []string{`reservations.0.product_id "k"`, `reservations.0.quantity 1`}},
		{name: "as much as there is", path: "/inventory/reserve", body: `{"order_id":"y","product_id":"k","quantity":9,"policy":"partial"}`, want: []string{`reservations.0.quantity 4`}},
		{name: "who has the kit keeps it", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"k","quantity":2}`, head: []string{"Idempotency-Key", "1"}, want: []string{`reservations.0.product_id "p"`}},
	})
}
