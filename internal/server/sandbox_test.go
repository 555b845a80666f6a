package server_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// In a sandbox an order expires on demand; in any other tenant nothing does.
func TestASandboxLetsOrdersExpire(t *testing.T) {
	t.Parallel()
	const expire = "/v1/sandbox/expire"
	start(t).tell(t, []step{
		{name: "the settings say what the tenant is", verb: "GET", path: "/v1/settings", want: []string{`sandbox true`}},
		{name: "which nobody changes", verb: "PATCH", path: "/v1/settings", body: `{"sandbox":false}`, status: 400},
		{name: "some stock", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "a hold for half an hour", as: "internal", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":4}`},
		{name: "one of two lines", path: "/inventory", body: `{"product_id":"q","available_stock":1}`},
		{name: "a hold of both", path: "/inventory/reserve", body: `{"order_id":"two","items":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":1}]}`},
		{name: "a reader may not", as: "read", path: expire, body: `{"order_id":"o"}`, status: 403},
		{name: "a new deadline under a key", as: "internal", path: expire, body: `{"order_id":"o"}`, head: []string{"Idempotency-Key", "e"}, want: []string{`reservations.0.state "active"`, `reservations.0.quantity 4`}},
		{name: "is set once", as: "internal", path: expire, body: `{"order_id":"o"}`, head: []string{"Idempotency-Key", "e"}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "of one line alone", path: expire, body: `{"order_id":"two","product_id":"q","ttl_seconds":1}`},
		{name: "both have expired a second later", wait: 2 * time.Second, verb: "GET", path: "/inventory/orders/o", want: []string{`reservations.0.state "expired"`}},
		{name: "and the rest of the other has not", verb: "GET", path: "/inventory/check/p", want: []string{`available 9`}},
		{name: "its units can be promised again", verb: "GET", path: "/inventory/check/q", want: []string{`available 1`}},
		{name: "the history calls it by its name", verb: "GET", path: "/v1/orders/o/history", want: []string{`steps.1.operation "extend"`}},
		{name: "what has expired stays so", path: expire, body: `{"order_id":"o"}`, status: 409, code: "RESERVATION_EXPIRED"},
		{name: "a committed order has no deadline", path: "/inventory/reserve", body: `{"order_id":"paid","product_id":"p","quantity":1}`},
		{name: "once it is paid", path: "/v1/inventory/commit", body: `{"order_id":"paid"}`},
		{name: "none can be moved", path: expire, body: `{"order_id":"paid"}`, status: 409, code: "INVALID_STATE"},
		{name: "not sooner than in a second", path: expire, body: `{"order_id":"two","ttl_seconds":0}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`}},
		{name: "an order that nobody knows", path: expire, body: `{"order_id":"nope"}`, status: 404},

		{name: "another tenant is no sandbox", as: "other", verb: "GET", path: "/v1/settings", want: []string{`sandbox false`}},
		{name: "it has stock", as: "other", path: "/inventory", body: `{"product_id":"p","available_stock":1}`},
		{name: "and an order", as: "other", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1}`},
		{name: "which does not expire on demand", as: "other", path: expire, body: `{"order_id":"o"}`, status: 409, code: "INVALID_STATE"},
		{name: "nor in a dry run", as: "other", path: expire + "?dry_run=true", body: `{"order_id":"o"}`, status: 409, code: "INVALID_STATE"},
	})
}

// A kit expires whole: by its own product, by the order, and over its locations.
func TestInASandboxAnOrderExpiresWithItsKitsAndLocations(t *testing.T) {
	t.Parallel()
	const expire = "/v1/sandbox/expire"
	start(t).tell(t, []step{
		{name: "a component", path: "/inventory", body: `{"product_id":"c","available_stock":100}`},
		{name: "another", path: "/inventory", body: `{"product_id":"d","available_stock":100}`},
		{name: "one elsewhere", path: "/inventory", body: `{"product_id":"c","location_id":"hub","available_stock":100}`},
		{name: "a kit", verb: "PUT", path: "/v1/kits/k", body: `{"components":[{"product_id":"c","quantity":2},{"product_id":"d","quantity":1}]}`},
		{name: "an order of the kit, and of more", path: "/inventory/reserve", body: `{"order_id":"kit","items":[{"product_id":"k","quantity":3},{"product_id":"c","location_id":"hub","quantity":5}]}`},
		{name: "an order of the kit that is to stay", path: "/inventory/reserve", body: `{"order_id":"stays","product_id":"k","quantity":1}`},
		{name: "an order over two locations", path: "/inventory/reserve", body: `{"order_id":"wide","items":[{"product_id":"c","quantity":1},{"product_id":"c","location_id":"hub","quantity":1}]}`},
		{name: "the kit alone has a new deadline", path: expire, body: `{"order_id":"kit","product_id":"k"}`, want: []string{`reservations.length 2`, `reservations.0.product_id "c"`, `reservations.0.quantity 6`, `reservations.1.product_id "d"`}},
		{name: "one location of the other", path: expire, body: `{"order_id":"wide","product_id":"c","location_id":"hub"}`, want: []string{`reservations.length 1`, `reservations.0.location_id "hub"`}},
		{name: "both components have expired, and what is elsewhere has not", wait: 2 * time.Second, verb: "GET", path: "/inventory/orders/kit", want: []string{
			`reservations.0.state "expired"`, `reservations.1.state "expired"`, `reservations.2.location_id "hub"`, `reservations.2.state "active"`,
		}},
		{name: "the units of the kit can be promised again", verb: "GET", path: "/inventory/check/d", want: []string{`available 99`}},
		{name: "the other location stays", verb: "GET", path: "/inventory/orders/wide", want: []string{`reservations.0.state "active"`, `reservations.1.state "expired"`}},
		{name: "the rest of an order", path: expire, body: `{"order_id":"kit"}`},
		{name: "the rest of the other", path: expire, body: `{"order_id":"wide"}`},
		{name: "nothing is held elsewhere", wait: 2 * time.Second, verb: "GET", path: "/inventory/check/c?location_id=hub", want: []string{`available 100`}},
		{name: "here only what is to stay is", verb: "GET", path: "/inventory/check/c?location_id=default", want: []string{`available 98`}},
		{name: "a kit that has expired stays so", path: expire, body: `{"order_id":"kit","product_id":"k"}`, status: 409, code: "RESERVATION_EXPIRED"},
		{name: "a lot has no deadline of its own: the form has none", path: expire, body: `{"order_id":"stays","product_id":"c","lot":{"batch":"1"}}`, status: 400},
	})
}

// Callers without a right to the order move no deadline of it.
func TestASandboxExpiresNothingForOthers(t *testing.T) {
	t.Parallel()
	const expire = "/v1/sandbox/expire"
	h := start(t)
	if _, err := h.catalog.CreateTenant(t.Context(), "theirs", catalog.AsSandbox); err != nil {
		t.Fatal(err)
	}
	gone, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: "theirs", Name: "theirs", Scopes: catalog.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["theirs"] = printed
	h.bind(t, "bound", catalog.ScopeInternal, stock.Bounds{Locations: []string{"hub"}})
	h.role(t, "agent", catalog.RoleAgent, catalog.ScopeAdmin)
	h.role(t, "clerk", catalog.RoleClerk, catalog.ScopeAdmin)
	h.role(t, "kiosk", catalog.RoleKiosk, catalog.ScopeInternal)
	h.tell(t, []step{
		{name: "some stock", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "some at a hub", path: "/inventory", body: `{"product_id":"p","location_id":"hub","available_stock":10}`},
		{name: "an order over both", path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"p","quantity":1},{"product_id":"p","location_id":"hub","quantity":1}]}`},
		{name: "one at the hub", path: "/inventory/reserve", body: `{"order_id":"hub","product_id":"p","location_id":"hub","quantity":1}`},
		{name: "another sandbox does not know it", as: "theirs", path: expire, body: `{"order_id":"o"}`, status: 404, code: "NOT_FOUND"},
		{name: "a key of the hub has no part in the rest", as: "bound", path: expire, body: `{"order_id":"o"}`, status: 403, code: "PERMISSION_DENIED"},
		{name: "and none in the default location", as: "bound", path: expire, body: `{"order_id":"o","product_id":"p"}`, status: 403, code: "PERMISSION_DENIED"},
		{name: "a clerk counts stock", as: "clerk", path: expire, body: `{"order_id":"o"}`, status: 403, code: "PERMISSION_DENIED"},
		{name: "a kiosk takes orders", as: "kiosk", path: expire, body: `{"order_id":"o"}`, status: 403, code: "PERMISSION_DENIED"},
		{name: "without a key", as: "nobody", path: expire, body: `{"order_id":"o"}`, status: 401},
		{name: "none of them has moved a deadline", wait: 2 * time.Second, verb: "GET", path: "/inventory/orders/o", want: []string{`reservations.0.state "active"`, `reservations.1.state "active"`}},
		{name: "the key of the hub ends what is there", as: "bound", path: expire, body: `{"order_id":"o","product_id":"p","location_id":"hub"}`, want: []string{`reservations.length 1`}},
		{name: "and an order that is there alone", as: "bound", path: expire, body: `{"order_id":"hub"}`},
		{name: "an agent ends the rest", as: "agent", path: expire, body: `{"order_id":"o"}`},
		{name: "all is free", wait: 2 * time.Second, verb: "GET", path: "/inventory/check/p", want: []string{`available 20`}},
	})
	if _, err := h.catalog.RevokeKey(t.Context(), "theirs", gone.ID); err != nil {
		t.Fatal(err)
	}
	h.play(t, step{name: "a revoked key", as: "theirs", path: expire, body: `{"order_id":"o"}`, status: 401})
}
