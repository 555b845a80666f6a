package server_test

import (
	"testing"
	"time"
)

func TestAnOrdersLife(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "pens", path: "/inventory", body: `{"product_id":"pen","available_stock":50}`},
		{name: "flour", path: "/inventory", body: `{"product_id":"flour","location_id":"mill","available_stock":"5.5","unit":"kg","scale":3}`},
		{name: "an order", path: "/inventory/reserve", head: []string{"X-Holdfast-Operator", "shop"}, body: `{"order_id":"o-1","items":[{"product_id":"pen","quantity":5},{"product_id":"flour","location_id":"mill","quantity":"0.5"}],"ttl_seconds":600}`},
		{name: "gets more time", path: "/v1/inventory/extend", body: `{"order_id":"o-1","ttl_seconds":3600}`},
		{name: "is paid", path: "/v1/inventory/commit", body: `{"order_id":"o-1","product_id":"pen"}`},
		{name: "leaves in part", path: "/inventory/deduct", head: []string{"Idempotency-Key", "parcel-1"}, body: `{"order_id":"o-1","product_id":"pen","quantity":3}`},
		{name: "and again", path: "/inventory/deduct", head: []string{"Idempotency-Key", "parcel-2"}, body: `{"order_id":"o-1","product_id":"pen","quantity":1}`},
		{name: "comes back", path: "/v1/inventory/return", body: `{"order_id":"o-1","product_id":"pen","quantity":2,"to":"quality","reason":"box was open","reference":"RMA-1"}`},
		{name: "another order's return", path: "/v1/inventory/return", body: `{"order_id":"o-2","product_id":"pen","quantity":1,"unchecked":true,"reason":"no receipt"}`},
	})
	h.clock.forward(2 * time.Hour)
	h.tell(t, []step{
		{name: "what has run out is given back", path: "/inventory/cleanup-expired", body: `{}`},
		{name: "oldest first, one step for each call", as: "read", path: "/v1/orders/o-1/history", want: []string{
			`order_id "o-1"`, `partial false`, `steps.length 7`,
			`steps.0.operation "reserve"`, `steps.0.operator "shop"`, `steps.0.changes.length 2`,
			`steps.1.operation "extend"`, `steps.2.operation "commit"`, `steps.3.operation "deduct"`, `steps.4.operation "deduct"`,
			`steps.5.operation "return"`, `steps.5.reason "box was open"`, `steps.5.reference "RMA-1"`, `steps.6.operation "expire"`,
			`steps.0.changes.0.product_id "pen"`, `steps.0.changes.0.held 5`, `steps.0.changes.0.moves.0.from "pool/shared"`, `steps.0.changes.0.moves.0.to "held"`, `steps.0.changes.0.moves.0.quantity 5`,
			`steps.0.changes.1.product_id "flour"`, `steps.0.changes.1.unit "kg"`, `steps.0.changes.1.held 500`,
			`steps.2.changes.0.held 5`, `steps.2.changes.0.expires_at absent`,
			`steps.3.changes.0.held 2`, `steps.4.changes.0.held 1`,
			`steps.5.changes.0.held 1`, `steps.5.changes.0.moves.0.to "quality"`,
			`steps.6.changes.length 1`, `steps.6.changes.0.held 0`,
		}},
		{name: "none of an order that nobody knows", path: "/v1/orders/o-2/history", status: 404, code: "NOT_FOUND"},
		{name: "nor of another tenant's", as: "other", path: "/v1/orders/o-1/history", status: 404, code: "NOT_FOUND"},
	})
}
