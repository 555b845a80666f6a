package server_test

import (
	"testing"
	"time"
)

func TestAnOrderIsChangedInOneStep(t *testing.T) {
	t.Parallel()
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "create another", path: "/inventory", body: `{"product_id":"q","available_stock":2}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":4,"ttl_seconds":60}`},
		{
			name: "more", as: "internal", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":7}]}`, head: key("more"),
			want: []string{`order_id "o"`, `shortages.length 0`, `reservations.length 1`, `reservations.0.quantity 7`, `reservations.0.requested 4`, `reservations.0.state "active"`},
			says: []string{"Holdfast-Position", "*"},
		},
		{
			name: "a repeat is answered as before", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":7}]}`, head: key("more"),
			want: []string{`reservations.0.quantity 7`}, says: []string{"Idempotency-Replayed", "true"},
		},
		{
			name: "less of one and some of another", path: "/v1/inventory/change",
			body: `{"order_id":"o","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":2}],"expected":[{"product_id":"p","quantity":7},{"product_id":"q","quantity":0}]}`,
			want: []string{`reservations.0.quantity 1`, `reservations.0.released 6`, `reservations.1.product_id "q"`, `reservations.1.quantity 2`, `reservations.1.requested 2`},
		},
		{name: "the units show it", path: "/inventory/product/p", want: []string{`available_stock 9`, `reserved_stock 1`}},
		{
			name: "whole or not at all", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":5},{"product_id":"q","quantity":3}]}`, head: key("all"),
			status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.length 1`, `shortages.0.product_id "q"`, `shortages.0.requested 3`, `shortages.0.available 2`},
		},
		{
			name: "not what the caller expected", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":5}],"expected":[{"product_id":"q","quantity":1}]}`,
			status: 409, code: "VERSION_CONFLICT",
		},
		{name: "nothing has changed", path: "/inventory/orders/o", want: []string{`reservations.0.quantity 1`, `reservations.1.quantity 2`}},
		{
			name: "only this", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"q","quantity":1}],"replace":true,"ttl_seconds":600}`, head: key("only"),
			want: []string{`reservations.length 2`, `reservations.0.quantity 1`, `reservations.1.product_id "p"`, `reservations.1.state "cancelled"`},
		},
		{name: "past its first deadline it is held", wait: 9 * time.Minute, path: "/inventory/orders/o", want: []string{`reservations.1.product_id "q"`, `reservations.1.state "active"`}},
		{
			name: "what was given back comes again", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":2}]}`, head: key("again"),
			want: []string{`reservations.0.quantity 2`, `reservations.0.released 7`, `reservations.0.state "active"`},
		},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"idempotency_key":"b","change":{"order_id":"o","items":[{"product_id":"p","quantity":3}]}}]}`, want: []string{
			`results.0.ok true`, `results.0.order_id "o"`, `results.0.reservations.0.quantity 3`, `results.0.shortages.length 0`,
		}},
		{name: "the journal names it", path: "/inventory/logs/p?order_id=o", want: []string{`items.0.operation "change"`, `items.0.delta_reserved 1`, `items.length 6`}},
		{name: "a key or what is expected", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":2}]}`, status: 400, want: []string{`violations.0.field "expected"`}},
		{name: "how much must be said", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p"}]}`, head: key("x"), status: 400, want: []string{`violations.0.field "items[0].quantity"`}},
		{name: "of something", path: "/v1/inventory/change", body: `{"order_id":"o","items":[]}`, head: key("x"), status: 400},
		{name: "of an order that is known", path: "/v1/inventory/change", body: `{"order_id":"nope","items":[{"product_id":"p","quantity":2}]}`, head: key("x"), status: 404, code: "NOT_FOUND"},
		{name: "of products that are known", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"nope","quantity":2}]}`, head: key("x"), status: 404, code: "NOT_FOUND"},
		{name: "deduct", path: "/inventory/deduct", body: `{"order_id":"o","product_id":"p"}`},
		{name: "what has left cannot be changed", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":2}]}`, head: key("left"), status: 409, code: "INVALID_STATE", want: []string{`state "confirmed"`}},
		{name: "weighed", path: "/inventory", body: `{"product_id":"tea","unit":"kg","scale":3,"available_stock":"2"}`},
		{name: "by its weight", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"tea","quantity":"1.25"}]}`, head: key("kg"), want: []string{`reservations.0.quantity 1250`, `reservations.0.unit "kg"`}},
		{name: "a kit has no stock of its own", path: "/v1/kits/set", verb: "PUT", body: `{"components":[{"product_id":"p","quantity":1}]}`},
		{name: "nor is it held", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"set","quantity":1}]}`, head: key("kit"), status: 409, code: "INVALID_STATE"},
		{name: "readers may not", as: "read", path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","quantity":2}]}`, status: 403},
	})
}
