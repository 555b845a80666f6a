package server_test

import (
	"fmt"
	"testing"
	"time"
)

// The journal of an order has what was booked with its id, also when the books never had a hold of it.
func TestTheJournalOfAnOrderThatNeverHeld(t *testing.T) {
	t.Parallel()
	h := start(t)
	at := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	h.tell(t, []step{
		{name: "stock", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "more", path: "/inventory", body: `{"product_id":"q","location_id":"a","available_stock":10}`},
		{name: "a sale", path: "/v1/inventory/sold-elsewhere", body: fmt.Sprintf(`{"order_id":"s","product_id":"p","location_id":"a","quantity":2,"at":%q}`, at)},
		{name: "another's", path: "/v1/inventory/sold-elsewhere", body: fmt.Sprintf(`{"order_id":"other","product_id":"p","location_id":"a","quantity":1,"at":%q}`, at)},
		{name: "comes back", path: "/v1/inventory/return", body: `{"order_id":"s","product_id":"q","location_id":"a","quantity":1,"unchecked":true,"reason":"no receipt"}`},
		{name: "an order that holds", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":1}`},
		{name: "by its product", path: "/v1/inventory/logs/p?order_id=s", want: []string{`items.length 1`, `items.0.operation "sold_elsewhere"`, `items.0.order_id "s"`, `next_page_token absent`}},
		{name: "of all products", path: "/v1/logs?order_id=s", want: []string{
			`items.length 2`, `items.0.operation "return"`, `items.0.product_id "q"`, `items.1.operation "sold_elsewhere"`, `next_page_token absent`,
		}},
		{name: "of a kind", path: "/v1/logs?order_id=s&operation=return", want: []string{`items.length 1`, `items.0.operation "return"`}},
		{name: "one that holds", path: "/v1/logs?order_id=o", want: []string{`items.length 1`, `items.0.operation "reserve"`}},
		{name: "one that nobody knows", path: "/v1/logs?order_id=none", want: []string{`items.length 0`, `next_page_token absent`}},
		{name: "nor is it another tenant's", as: "other", path: "/v1/logs?order_id=s", want: []string{`items.length 0`}},
	})
}
