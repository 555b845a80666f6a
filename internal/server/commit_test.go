package server_test

import (
	"strings"
	"testing"
	"time"
)

func TestAnOrderIsPaidBeforeItShips(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{
			name: "what is reserved has a deadline", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":4,"ttl_seconds":60}`,
			want: []string{`reservations.0.committed false`},
		},
		{
			name: "what is committed has none", as: "internal", path: "/v1/inventory/commit", body: `{"order_id":"o"}`,
			want: []string{`order_id "o"`, `reservations.length 1`, `reservations.0.committed true`, `reservations.0.expires_at absent`, `reservations.0.state "active"`, `reservations.0.quantity 4`},
			says: []string{"Holdfast-Position", "*"},
		},
		{name: "a commit may be repeated", path: "/v1/inventory/commit", body: `{"order_id":"o","product_id":"p"}`, want: []string{`reservations.0.committed true`}},
		{name: "a day later it is still held", wait: 24 * time.Hour, path: "/v1/inventory/orders/o", want: []string{`reservations.0.state "active"`, `reservations.0.committed true`, `reservations.0.expires_at absent`}},
		{name: "and nobody else can have it", as: "nobody", path: "/inventory/check/p", want: []string{`available 6`}},
		{name: "the units are on hand", path: "/inventory/product/p", want: []string{`reserved_stock 4`, `locations.0.on_hand 10`}},
		{name: "it cannot be given a deadline again", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":60}`, status: 409, code: "INVALID_STATE", want: []string{`state "active"`}},
		{
			name: "a part is shipped", path: "/inventory/deduct", body: `{"order_id":"o","product_id":"p","quantity":1}`, head: []string{"Idempotency-Key", "ship-1"},
			want: []string{`reservations.0.deducted 1`, `reservations.0.quantity 3`, `reservations.0.committed true`},
		},
		{name: "then the rest", path: "/inventory/deduct", body: `{"order_id":"o"}`, want: []string{`reservations.0.state "confirmed"`, `reservations.0.committed true`}},
		{name: "and they are gone", path: "/inventory/product/p", want: []string{`reserved_stock 0`, `locations.0.on_hand 6`}},
		{name: "a commit that comes late is still true", path: "/v1/inventory/commit", body: `{"order_id":"o"}`, want: []string{`reservations.0.state "confirmed"`}},
		{name: "the journal says what happened", path: "/inventory/logs/p?order_id=o", want: []string{
			`items.0.operation "deduct"`, `items.1.operation "deduct"`, `items.2.operation "commit"`, `items.2.delta_reserved 0`, `items.2.order_id "o"`, `items.3.operation "reserve"`, `items.length 4`,
		}},

		{name: "a committed order may be released", path: "/inventory/reserve", body: `{"order_id":"b","product_id":"p","quantity":1}`},
		{name: "by line too", path: "/v1/inventory/commit", body: `{"order_id":"b","product_id":"p","location_id":"default"}`, want: []string{`reservations.0.committed true`}},
		{name: "the money went back", path: "/inventory/release", body: `{"order_id":"b"}`, want: []string{`reservations.0.state "cancelled"`, `reservations.0.committed true`}},
		{name: "a released order cannot be committed", path: "/v1/inventory/commit", body: `{"order_id":"b"}`, status: 409, code: "INVALID_STATE", want: []string{`state "cancelled"`}},
		{name: "reserve for a second", path: "/inventory/reserve", body: `{"order_id":"late","product_id":"p","quantity":1,"ttl_seconds":1}`},
		{name: "paid after the deadline", wait: 2 * time.Second, path: "/v1/inventory/commit", body: `{"order_id":"late"}`, status: 409, code: "RESERVATION_EXPIRED", want: []string{`state "expired"`}},
		{name: "an order that nobody knows", path: "/v1/inventory/commit", body: `{"order_id":"nope"}`, status: 404, code: "NOT_FOUND"},
		{name: "a line that it does not have", path: "/v1/inventory/commit", body: `{"order_id":"o","product_id":"q"}`, status: 404, code: "NOT_FOUND"},
		{name: "a location needs a product", path: "/v1/inventory/commit", body: `{"order_id":"o","location_id":"default"}`, status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "a part cannot be committed", path: "/v1/inventory/commit", body: `{"order_id":"o","product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "there is no such path without v1", path: "/inventory/commit", body: `{"order_id":"o"}`, status: 404},
	})
}

func TestAnOrderIsGivenMoreTime(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":4,"ttl_seconds":60}`},
		{
			name: "extend", as: "internal", wait: 50 * time.Second, path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":600}`, head: []string{"Idempotency-Key", "e"},
			want: []string{`reservations.0.state "active"`, `reservations.0.committed false`}, says: []string{"Idempotency-Replayed", ""},
		},
		{name: "past the first deadline it is held", wait: 9 * time.Minute, path: "/inventory/orders/o", want: []string{`reservations.0.state "active"`}},
		{name: "the same call again is answered as before", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":600}`, head: []string{"Idempotency-Key", "e"}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "and has given no more time", wait: 2 * time.Minute, path: "/inventory/orders/o", want: []string{`reservations.0.state "expired"`}},
		{name: "what has expired cannot be extended", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":60}`, status: 409, code: "RESERVATION_EXPIRED"},
		{name: "reserve for long", path: "/inventory/reserve", body: `{"order_id":"s","product_id":"p","quantity":4,"ttl_seconds":3600}`},
		{name: "the new deadline may be an earlier one", path: "/v1/inventory/extend", body: `{"order_id":"s","product_id":"p","ttl_seconds":1}`},
		{name: "the units are free then", wait: 2 * time.Second, as: "nobody", path: "/inventory/check/p", want: []string{`available 10`}},
		{name: "for how long must be said", path: "/v1/inventory/extend", body: `{"order_id":"o"}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`}},
		{name: "and not for longer than a reserve may", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":2592001}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`}},
		{name: "not for a fraction", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":1.5}`, status: 400},
		{name: "not of an order that nobody knows", path: "/v1/inventory/extend", body: `{"order_id":"nope","ttl_seconds":1}`, status: 404},
	})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"exact","product_id":"p","quantity":1,"ttl_seconds":1}`})
	a := h.call(t, "admin", "POST", "/v1/inventory/extend", `{"order_id":"exact","ttl_seconds":600}`)
	until, since := moment(t, a.at("reservations.0.expires_at")), moment(t, a.at("reservations.0.updated_at"))
	if got := until.Sub(since); got != 10*time.Minute {
		t.Errorf("the deadline is %s from when it was set, want 10 minutes", got)
	}
}

// moment reads a time of the JSON.
func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.Trim(text, `"`))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
