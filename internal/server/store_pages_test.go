package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
)

// corner is a till whose line is down.
type corner struct{}

func (corner) StoreStatus(context.Context) (server.StoreStatus, error) {
	return server.StoreStatus{Till: "till-1", Location: "shop", Records: 7, AtCentre: 5}, nil
}

func pagesOfStore() fstest.MapFS {
	return fstest.MapFS{"index.html": {Data: []byte("first")}, "kiosk.html": {Data: []byte("kiosk")}, "kiosk.js": {Data: []byte("1")}}
}

func TestATillServesThePagesOfItsStore(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithStore(pagesOfStore(), corner{}), server.WithPathPrefix("/stock"), server.WithOrigins("*"))
	for _, c := range []struct {
		path, kind, text string
		status           int
	}{
		{"/store/", "text/html; charset=utf-8", "first", 200},
		{"/store/kiosk", "text/html; charset=utf-8", "kiosk", 200},
		{"/store/kiosk.js", "text/javascript; charset=utf-8", "1", 200},
		{"/stock/store/kiosk", "text/html; charset=utf-8", "kiosk", 200},
		{"/store/kiosk.html", "application/problem+json", "", 404},
		{"/store/other", "application/problem+json", "", 404},
		{"/store", "text/html; charset=utf-8", "", 302},
	} {
		a := h.fetch(t, http.MethodGet, c.path, "Origin", "https://elsewhere.example")
		if a.status != c.status || a.head.Get("Content-Type") != c.kind || c.text != "" && string(a.raw) != c.text || a.head.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v %s", c.path, a.status, a.head, a.raw)
		}
		policy := a.head.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", c.path, policy)
		}
	}
	if a := h.fetch(t, http.MethodGet, "/store"); a.head.Get("Location") != "/stock/store/" {
		t.Errorf("/store leads to %q", a.head.Get("Location"))
	}
	if a := h.fetch(t, http.MethodPost, "/store/kiosk"); a.status != 405 {
		t.Errorf("POST: %d %s", a.status, a.raw)
	}
	if a := start(t).fetch(t, http.MethodGet, "/store/"); a.status != 404 {
		t.Errorf("a server that is no till: %d %s", a.status, a.raw)
	}
}

func TestPagesOfAStoreAreToldOfTheTill(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithStore(pagesOfStore(), corner{}))
	h.role(t, "kiosk", catalog.RoleKiosk, catalog.ScopeInternal)
	h.tell(t, []step{
		{name: "nobody", as: "-", path: "/store/status", status: 401},
		{name: "a kiosk", as: "kiosk", path: "/store/status", want: []string{`till "till-1"`, `location "shop"`, `connected false`, `records 7`, `at_centre 5`, `stale false`}},
	})
}

func TestAKioskTouchesItsOwnOrders(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "kiosk", catalog.RoleKiosk, catalog.ScopeAdmin)
	h.play(t, step{path: "/inventory", body: stockOfMug})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","quantity":1}`})
	h.tell(t, []step{
		{name: "another's", as: "kiosk", path: "/v1/inventory/reserve", body: `{"order_id":"o-2","product_id":"mug","quantity":1}`, status: 403},
		{name: "its own", as: "kiosk", path: "/v1/inventory/reserve", body: `{"order_id":"k-2","product_id":"mug","quantity":1}`},
		{name: "pays its own", as: "kiosk", path: "/v1/inventory/commit", body: `{"order_id":"k-2"}`},
		{name: "pays no other", as: "kiosk", path: "/v1/inventory/commit", body: `{"order_id":"o-1"}`, status: 403},
		{name: "gives back no other", as: "kiosk", path: "/v1/inventory/release", body: `{"order_id":"o-1"}`, status: 403},
		{name: "hands out nothing", as: "kiosk", path: "/v1/inventory/deduct", body: `{"order_id":"k-2"}`, status: 403},
		{name: "sees no orders", as: "kiosk", path: "/v1/orders", status: 403},
		{name: "nor events", as: "kiosk", path: "/v1/events", status: 403},
	})
}

func TestTheSessionOfAKioskEndsWithItsKey(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "kiosk", catalog.RoleKiosk, catalog.ScopeInternal)
	p := h.signIn(t, "kiosk")
	if p.cookie.MaxAge != 400*24*3600 || !p.cookie.HttpOnly {
		t.Errorf("it is kept by %+v", p.cookie)
	}
	h.clock.forward(30 * 24 * time.Hour)
	h.signIn(t, "internal") // drops what has ended
	p.expect(t, "after a month", p.does(t, "GET", "/v1/items", ""), 200, "")
	a := p.does(t, "GET", "/console/session", "")
	if a.head.Get("Set-Cookie") == "" || a.at("idle_seconds") != "34560000" {
		t.Errorf("the session: %s %v", a.raw, a.head)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(h.keys["kiosk"], "hf_"), "_")
	h.play(t, step{verb: http.MethodDelete, path: "/v1/keys/" + id})
	h.clock.forward(3 * time.Second)
	p.expect(t, "after its key", p.does(t, "GET", "/v1/items", ""), 401, "UNAUTHENTICATED")
}
