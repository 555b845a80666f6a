package server_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestCatalogChanges(t *testing.T) {
	t.Parallel()
	h := start(t)
	const path = "/v1/catalog/changes"
	h.tell(t, []step{
		{name: "a key is wanted", verb: "GET", as: "nobody", path: path, status: 401},
		{name: "stock makes a product known", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":100}`},
		{name: "and is none of the changes", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`},
		{name: "a kit is set", verb: "PUT", path: "/v1/kits/duo", body: `{"components":[{"product_id":"mug","quantity":2}]}`},
		{name: "and deleted", verb: "DELETE", path: "/v1/kits/duo"},
		{name: "settings are changed", verb: "PATCH", path: "/v1/settings", body: `{"reasons_required":true}`},
		{name: "whoever reads is told", verb: "GET", as: "read", path: path + "?after=start&kinds=kit,settings", want: []string{
			"changes.length 3", `changes.0.kind "kit"`, `changes.0.id "duo"`, "changes.0.deleted false", "changes.1.deleted true", `changes.2.kind "settings"`, `changes.2.id "settings"`, "more false",
		}},
		{name: "page by page", verb: "GET", path: path + "?after=start&kinds=kit&page_size=1", want: []string{"changes.length 1", "more true"}},
		{name: "of one thing", verb: "GET", path: path + "?after=start&kinds=product&id=mug", want: []string{"changes.length 1", `changes.0.id "mug"`}},
		{name: "from now on there is nothing", verb: "GET", path: path, want: []string{"changes.length 0", "more false"}},
		{name: "an unknown kind", verb: "GET", path: path + "?kinds=kitt", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "kinds[0]"`}},
		{name: "a position of the stock", verb: "GET", path: path + "?after=0-1", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "after"`}},
		{name: "one that is spelled otherwise", verb: "GET", path: path + "?after=c01", status: 400, code: "INVALID_ARGUMENT"},
		{name: "a negative one", verb: "GET", path: path + "?after=c-1", status: 400, code: "INVALID_ARGUMENT"},
		{name: "beyond the end", verb: "GET", path: path + "?after=c999999", status: 410, code: "POSITION_GONE"},
		{name: "too long a wait", verb: "GET", path: path + "?wait_seconds=6", status: 400, code: "INVALID_ARGUMENT"},
		{name: "of another tenant nothing", verb: "GET", as: "other", path: path + "?after=start", want: []string{"changes.length 0"}},
	})
}

// A waiting caller gets a change that is written while it waits.
func TestACallWaitsForAChange(t *testing.T) {
	t.Parallel()
	h := start(t)
	const path = "/v1/catalog/changes?kinds=kit"
	before := h.call(t, "read", http.MethodGet, path, "").at("position")
	var all errgroup.Group
	all.Go(func() error {
		for after := strings.Trim(before, `"`); ; {
			a := h.call(t, "read", http.MethodGet, path+"&wait_seconds=5&after="+after, "")
			if a.status != http.StatusOK || a.at("changes.0.id") == `"duo"` {
				return nil
			}
			after = strings.Trim(a.at("position"), `"`)
		}
	})
	h.tell(t, []step{
		{name: "stock makes a product known", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":100}`},
		{name: "a kit is set", verb: "PUT", path: "/v1/kits/duo", body: `{"components":[{"product_id":"mug","quantity":2}]}`},
	})
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
}

// A sink of catalog changes has its place in the catalog's log.
func TestASinkOfCatalogChanges(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const sink, rewind = "/v1/sinks/products", "/v1/sinks/products/rewind"
	set := func(types, more string) string {
		return `{"kind":"file","target":"products","filter":{"types":[` + types + `]` + more + `}}`
	}
	h.tell(t, []step{
		{name: "stock makes a product known", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":100}`},
		{name: "a sink", verb: "PUT", path: sink, body: set(`"catalog.kit","catalog.settings"`, ""), want: []string{`filter.types.0 "catalog.kit"`, "lag_events 0"}},
		{name: "a kit is set", verb: "PUT", path: "/v1/kits/duo", body: `{"components":[{"product_id":"mug","quantity":2}]}`},
		{name: "and deleted", verb: "DELETE", path: "/v1/kits/duo"},
		{name: "stock is none of it", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`},
		{name: "so it lags", path: sink, want: []string{"lag_events 2"}},
		{name: "to now", path: rewind, body: `{"to":"now"}`, want: []string{"lag_events 0"}},
		{name: "to the start", path: rewind, body: `{"to":"start"}`, want: []string{`position "c0"`, "lag_events 2"}},
		{name: "to a time before all", path: rewind, body: `{"to":"2001-02-03T04:05:06Z"}`, want: []string{`position "c0"`}},
		{name: "to a time that is to come", path: rewind, body: `{"to":"2101-02-03T04:05:06Z"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "which changes nothing", path: sink, want: []string{`position "c0"`, "lag_events 2"}},
		{name: "to a place of the stock", path: rewind, body: `{"to":"0-1"}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "to"`}},
		{name: "of everything", verb: "PUT", path: "/v1/sinks/all", body: set(`"catalog"`, ""), want: []string{`filter.types.0 "catalog"`}},
		{name: "an unknown kind", verb: "PUT", path: "/v1/sinks/bad", body: set(`"catalog.kitt"`, ""), status: 400, want: []string{`violations.0.field "filter.types[0]"`}},
		{name: "mixed with stock", verb: "PUT", path: "/v1/sinks/bad", body: set(`"catalog.kit","reserve"`, ""), status: 400, want: []string{`violations.0.field "filter.types[1]"`}},
		{name: "of some products", verb: "PUT", path: "/v1/sinks/bad", body: set(`"catalog.kit"`, `,"product_ids":["mug"]`), status: 400, want: []string{`violations.0.field "filter.product_ids"`}},
		{name: "it does not become one of the stock", verb: "PUT", path: sink, body: set(`"reserve"`, ""), status: 400, want: []string{`violations.0.field "filter.types"`}},
		{name: "nor one of the stock that of the catalog", verb: "PUT", path: "/v1/sinks/stock", body: `{"kind":"file","target":"a"}`},
		{name: "which is refused", verb: "PUT", path: "/v1/sinks/stock", body: set(`"catalog"`, ""), status: 400, want: []string{`violations.0.field "filter.types"`}},
		{name: "rewound when it is gone", path: "/v1/sinks/none/rewind", body: `{"to":"now"}`, status: 404},
	})
	claim := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r"}`)
	epoch := claim.at("sinks.1.epoch")
	if claim.at("sinks.1.name") != `"products"` {
		t.Fatalf("%s", claim.raw)
	}
	advance := func(change string) string {
		return `{"relay_id":"r","name":"products","epoch":` + epoch + `,"turn":1,"position":"c9","parked":[{"key":"kit/duo","position":"c8","tries":10,"cause":"no","change":` + change + `}]}`
	}
	for _, bad := range []string{`{}`, `{"change_id":"0-1","at":"2026-01-01T00:00:00Z","kind":"kit","id":"duo"}`, `{"change_id":"c9","at":"2026-01-01T00:00:00Z","kind":"key","id":"duo"}`} {
		if a := h.call(t, "relay", "POST", "/v1/relay/advances", advance(bad)); a.status != 400 {
			t.Errorf("%s: %d %s", bad, a.status, a.raw)
		}
	}
	h.tell(t, []step{
		{name: "a change is parked", as: "relay", path: "/v1/relay/advances", body: advance(`{"change_id":"c9","at":"2026-01-01T00:00:00Z","kind":"kit","id":"duo"}`), want: []string{"parked_ids.length 1"}},
		{name: "and shown", path: sink + "/parked", want: []string{"items.length 1", `items.0.key "kit/duo"`, `items.0.change.id "duo"`, "items.0.event absent"}},
		{name: "rewound past it", path: rewind, body: `{"to":"start"}`},
		{name: "it is over", path: sink + "/parked", want: []string{"items.length 0"}},
	})
}
