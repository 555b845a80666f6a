package server_test

import "testing"

func TestSmoke(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`, want: []string{`available_stock 10`, `version 1`, `status "in_stock"`}},
		{name: "reserve", as: "internal", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":3}`, want: []string{`reservations.0.quantity 3`, `shortages []`}},
		{name: "check", as: "nobody", path: "/inventory/check/p", want: []string{`available 7`, `in_stock true`}},
		{name: "logs", path: "/inventory/logs/p", want: []string{`items.length 2`, `items.0.operation "reserve"`}},
		{name: "list", path: "/inventory", want: []string{`items.length 1`, `items.0.reserved_stock 3`}},
	})
}
