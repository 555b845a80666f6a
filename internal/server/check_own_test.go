package server_test

import "testing"

func TestCheckCountsTheHoldsOfAnOrderAsFree(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create p", path: "/inventory", body: `{"product_id":"p","available_stock":5}`},
		{name: "and elsewhere", path: "/inventory", body: `{"product_id":"p","location_id":"w1","available_stock":4}`},
		{name: "the order holds three", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":3}`},
		{name: "another one", path: "/inventory/reserve", body: `{"order_id":"x","product_id":"p","quantity":1}`},
		{name: "for others one is left", path: "/inventory/check/p?location_id=default", want: []string{`available 1`}},
		{name: "for the order four", path: "/inventory/check/p?location_id=default&quantity=4&order_id=o", want: []string{`available 4`, `in_stock true`}},
		{name: "over all locations", path: "/inventory/check/p?order_id=o", want: []string{`available 8`}},
		{name: "an order without holds", path: "/inventory/check/p?order_id=none", want: []string{`available 5`}},
		{
			name: "a batch", path: "/inventory/check/batch", body: `{"order_id":"o","items":[{"product_id":"p","location_id":"default","quantity":4},{"product_id":"p","quantity":9}]}`,
			want: []string{`items.0.available 4`, `items.0.in_stock true`, `items.1.available 8`, `items.1.in_stock false`},
		},
		{name: "nobody may ask for an order", as: "nobody", path: "/inventory/check/p?order_id=o", status: 401, code: "UNAUTHENTICATED"},
		{name: "in a batch either", as: "nobody", path: "/inventory/check/batch", body: `{"order_id":"o","items":[{"product_id":"p"}]}`, status: 401},
		{name: "an answer that may be old does not know what the order holds", path: "/inventory/check/p?order_id=o&consistency=eventual", status: 400, want: []string{`violations.0.field "consistency"`}},
		{name: "an order id that is none", path: "/inventory/check/p?order_id=%20", status: 400, want: []string{`violations.0.field "order_id"`}},
		{name: "a kit of two p", path: "/v1/kits/k", verb: "PUT", body: `{"components":[{"product_id":"p","quantity":2}]}`},
		{name: "counts them for its parts", path: "/inventory/check/k?location_id=default&order_id=o", want: []string{`available 2`}},
		{name: "given back, they are free for all", path: "/inventory/release", body: `{"order_id":"o"}`},
		{name: "and once", path: "/inventory/check/p?location_id=default&order_id=o", want: []string{`available 4`}},
	})
}
