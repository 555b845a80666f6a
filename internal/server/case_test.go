package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

// shortHouse has 10 units of p at a held by three orders, and a look that found 4 of
// them missing. It returns the case.
func shortHouse(t *testing.T) (h *house, path string) {
	t.Helper()
	h = start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":6}`},
		{name: "first", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","location_id":"a","quantity":3,"ttl_seconds":600}`},
		{name: "second", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"p","location_id":"a","quantity":5,"ttl_seconds":1200}`},
		{name: "third", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"p","location_id":"a","quantity":2,"ttl_seconds":900}`},
	})
	found := h.call(t, "internal", "POST", "/v1/inventory/observe", `{"product_id":"p","location_id":"a","seen":6,"reason":"count"}`)
	id, err := strconv.Unquote(found.at("case_id"))
	if err != nil {
		t.Fatalf("no case: %s", found.raw)
	}
	return h, "/v1/cases/" + id
}

func TestAShortageNamesTheOrders(t *testing.T) {
	t.Parallel()
	h, path := shortHouse(t)
	h.role(t, "wall", catalog.RoleDisplay, catalog.ScopeRead)
	h.tell(t, []step{
		{name: "those who have waited longest come last", as: "read", path: path, want: []string{
			`kind "shortage"`, `state "open"`, `product_id "p"`, `location_id "a"`, `quantity 4`, `oversold 4`, `reason "count"`,
			`orders.0.order_id "o2"`, `orders.0.quantity 5`, `orders.1.order_id "o3"`, `orders.2.order_id "o1"`, `decided absent`, `settled_at absent`,
		}},
		{name: "in lists without them", as: "read", path: "/v1/cases?product_id=p&state=open&kind=shortage&location_id=a", want: []string{`items.0.quantity 4`, `items.0.orders absent`, `items.1 absent`}},
		{name: "of another product there is none", path: "/v1/cases?product_id=q", status: 404},
		{name: "of another place", path: "/v1/cases?location_id=b", want: []string{`items.0 absent`}},
		{name: "no such state", path: "/v1/cases?state=lost", status: 400},
		{name: "assigned", as: "internal", path: path + "/assign", body: `{"assignee":"ann"}`, want: []string{`state "assigned"`, `assignee "ann"`}},
		{name: "hers", path: "/v1/cases?assignee=ann&state=assigned", want: []string{`items.0.assignee "ann"`}},
		{name: "anybody can read a wall: it has no people, and not what they wrote", as: "wall", path: "/v1/cases?state=assigned", want: []string{
			`items.0.kind "shortage"`, `items.0.quantity 4`, `items.0.assignee absent`, `items.0.reason ""`, `items.0.operator ""`,
		}},
		{name: "another's", path: "/v1/cases?assignee=ben", want: []string{`items.0 absent`}},
		{name: "nobody's", path: path + "/assign", body: `{}`, want: []string{`state "open"`, `assignee absent`}},
		{name: "readers do not decide", as: "read", path: path + "/decide", body: `{"decision":"wait"}`, status: 403},
		{name: "no case", path: "/v1/cases/case-none", status: 404},
		{name: "no case to decide", path: "/v1/cases/case-none/decide", body: `{"decision":"wait"}`, status: 404},
	})
}

func TestACaseIsDecided(t *testing.T) {
	t.Parallel()
	h, path := shortHouse(t)
	h.tell(t, []step{
		{name: "no decision", path: path + "/decide", body: `{}`, status: 400, want: []string{`violations.0.field "decision"`}},
		{name: "of nobody", path: path + "/decide", body: `{"decision":"release"}`, status: 400, want: []string{`violations.0.field "orders"`}},
		{name: "to nowhere", path: path + "/decide", body: `{"decision":"move","orders":["o3"]}`, status: 400, want: []string{`violations.0.field "to_location_id"`}},
		{name: "wait", as: "internal", path: path + "/decide", body: `{"decision":"wait","note":"truck at noon"}`, want: []string{`state "decided"`, `decided.decision "wait"`, `decided.note "truck at noon"`, `oversold 4`}},
		{name: "an order that holds none of it", path: path + "/decide", body: `{"decision":"release","orders":["o9"]}`, status: 404},
		{
			name: "an order gives its units back", path: path + "/decide", body: `{"decision":"release","orders":["o3"]}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`state "decided"`, `decided.orders.0 "o3"`, `oversold 2`, `orders.0.order_id "o2"`, `orders.1.order_id "o1"`}, says: []string{"Holdfast-Position", "*"},
		},
		{name: "once", path: path + "/decide", body: `{"decision":"release","orders":["o3"]}`, head: []string{"Idempotency-Key", "k"}, want: []string{`oversold 2`}, says: []string{"Idempotency-Replayed", "true", "Holdfast-Position", "*"}},
		{name: "nobody else gets them", path: "/inventory/reserve", body: `{"order_id":"o4","product_id":"p","location_id":"a","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "another one moves", path: path + "/decide", body: `{"decision":"move","orders":["o2"],"to_location_id":"b"}`, want: []string{`state "settled"`, `orders absent`}},
		{name: "the books", path: "/inventory/product/p", want: []string{
			`locations.0.reserved_stock 3`, `locations.0.available_stock 3`, `locations.1.reserved_stock 5`, `locations.1.available_stock 1`,
		}},
		{name: "the same again is no change", path: path + "/decide", body: `{"decision":"move","orders":["o2"],"to_location_id":"b"}`, want: []string{`state "settled"`}},
		{name: "what is settled is", path: path + "/decide", body: `{"decision":"wait"}`, status: 409, code: "INVALID_STATE"},
		{name: "and nobody's", path: path + "/assign", body: `{"assignee":"ann"}`, status: 409, code: "INVALID_STATE"},
	})
}

// A decision about several orders that is refused has changed none of them, nor the case.
func TestARefusedDecisionLeavesTheOrders(t *testing.T) {
	t.Parallel()
	h, path := shortHouse(t)
	untouched := []string{`locations.0.reserved_stock 10`, `locations.0.available_stock 0`, `locations.1.available_stock 6`}
	h.tell(t, []step{
		{name: "an order that is not known", path: path + "/decide", body: `{"decision":"release","orders":["o3","typo"]}`, status: 404},
		{name: "nothing is released", path: "/inventory/product/p", want: untouched},
		{name: "more than there is room for", path: path + "/decide", body: `{"decision":"move","orders":["o1","o2"],"to_location_id":"b"}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "nothing is moved", path: "/inventory/product/p", want: untouched},
		{name: "nothing is decided", path: path, want: []string{`state "open"`, `decided absent`, `oversold 4`}},
		{name: "one has left", path: "/inventory/deduct", body: `{"order_id":"o1","product_id":"p","location_id":"a"}`},
		{name: "which cannot be released", path: path + "/decide", body: `{"decision":"release","orders":["o2","o1"]}`, status: 409, code: "INVALID_STATE"},
		{name: "the other one holds on", path: "/inventory/orders/o2", want: []string{`reservations.0.quantity 5`}},
		{name: "those that are there", path: path + "/decide", body: `{"decision":"release","orders":["o2","o3"]}`, want: []string{`state "settled"`, `decided.orders.1 "o3"`, `decided.left absent`}},
	})
}

// Units that nobody could have, and that become free, are not sold while others are owed.
func TestUnitsThatBecomeFreeSettleACase(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":8}`},
		{name: "two are damaged", path: "/v1/inventory/return", body: `{"product_id":"p","quantity":2,"to":"damaged"}`},
		{name: "all that are good are held", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":8,"ttl_seconds":600}`},
	})
	id, err := strconv.Unquote(h.call(t, "internal", "POST", "/v1/inventory/observe", `{"product_id":"p","seen":7,"reason":"count"}`).at("case_id"))
	if err != nil {
		t.Fatal("no case")
	}
	h.tell(t, []step{
		{name: "three are owed", as: "read", path: "/v1/cases/" + id, want: []string{`state "open"`, `oversold 3`}},
		{name: "the damaged ones are mended", path: "/v1/inventory/move", body: `{"product_id":"p","from":"damaged","to":"pool/shared","quantity":2,"reason":"mended"}`, want: []string{`available_stock 0`}},
		{name: "they are for nobody else", path: "/inventory/reserve", body: `{"order_id":"q","product_id":"p","quantity":1}`, status: 409},
		{name: "one is owed", as: "read", path: "/v1/cases/" + id, want: []string{`state "open"`, `oversold 1`}},
		{name: "all are seen on the shelf, and one more", path: "/v1/inventory/adjust", body: `{"product_id":"p","set_to":9,"reason":"count"}`, want: []string{`available_stock 1`}},
		{name: "the case is settled", as: "read", path: "/v1/cases/" + id, want: []string{`state "settled"`}},
		{name: "what comes now is for sale", path: "/v1/inventory/restock", body: `{"product_id":"p","quantity":3}`, want: []string{`available_stock 4`}},
	})
}

func TestACaseIsAccepted(t *testing.T) {
	t.Parallel()
	h, path := shortHouse(t)
	h.tell(t, []step{
		{name: "accept", path: path + "/decide", body: `{"decision":"accept","note":"n"}`, want: []string{`state "settled"`, `decided.decision "accept"`}},
		{name: "the books stay", path: "/v1/accounts/p?location_id=a", want: []string{`items.0.accounts.3.account "held"`, `items.0.accounts.3.quantity 10`}},
	})
}

// Cases come in pages, the newest first.
func TestCasesComeInPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a"}`}})
	for n := range 5 {
		h.tell(t, []step{{
			name: "sold", path: "/v1/inventory/sold-elsewhere",
			body: fmt.Sprintf(`{"order_id":"s%d","product_id":"p","location_id":"a","quantity":1,"at":"2026-11-01T00:00:00Z"}`, n), want: []string{`oversold 1`},
		}})
	}
	var seen []string
	for token := ""; ; {
		page := h.call(t, "read", "GET", "/v1/cases?state=open&page_size=2&page_token="+token, "")
		for i := range 2 {
			if order := page.at(fmt.Sprintf("items.%d.order_id", i)); order != "absent" {
				seen = append(seen, order)
			}
		}
		var err error
		if token, err = strconv.Unquote(page.at("next_page_token")); err != nil {
			break
		}
	}
	if fmt.Sprint(seen) != `["s4" "s3" "s2" "s1" "s0"]` {
		t.Errorf("%v", seen)
	}
}

func TestPeopleCommentOnACase(t *testing.T) {
	t.Parallel()
	h, path := shortHouse(t)
	said := path + "/comment"
	h.tell(t, []step{
		{name: "nothing is said", path: said, body: `{"text":" "}`, status: 400, want: []string{`violations.0.field "text"`, `violations.0.reason "must be given"`}},
		{name: "too much is said", path: said, body: `{"text":"` + strings.Repeat("x", 1025) + `"}`, status: 400, want: []string{`violations.0.field "text"`}},
		{name: "readers say nothing", as: "read", path: said, body: `{"text":"x"}`, status: 403},
		{name: "no case", path: "/v1/cases/case-none/comment", body: `{"text":"x"}`, status: 404},
		{name: "no comment yet", as: "read", path: path, want: []string{`comments absent`}},
		{name: "said", as: "internal", path: said, body: `{"text":"truck at <b>noon</b>"}`, head: []string{"Idempotency-Key", "k"}, want: []string{`text "truck at <b>noon</b>"`, `operator "internal-key"`}},
		{name: "once", as: "internal", path: said, body: `{"text":"truck at <b>noon</b>"}`, head: []string{"Idempotency-Key", "k"}, want: []string{`text "truck at <b>noon</b>"`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "another text under the key", as: "internal", path: said, body: `{"text":"later"}`, head: []string{"Idempotency-Key", "k"}, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "it says nothing about whose the case is", path: path + "/assign", body: `{"assignee":"ann"}`, want: []string{`state "assigned"`, `comments.0.text "truck at <b>noon</b>"`}},
		{name: "accepted", path: path + "/decide", body: `{"decision":"accept"}`, want: []string{`state "settled"`, `comments.1 absent`}},
		{name: "said of what is settled", path: said, body: `{"text":"it came"}`, want: []string{`text "it came"`}},
		{name: "all of it, the oldest first", as: "read", path: path, want: []string{`state "settled"`, `comments.0.operator "internal-key"`, `comments.1.text "it came"`, `comments.2 absent`}},
		{name: "not in lists", as: "read", path: "/v1/cases?product_id=p", want: []string{`items.0.state "settled"`, `items.0.comments absent`}},
	})
	for range 48 {
		if got := h.call(t, "internal", "POST", said, `{"text":"again"}`); got.status != 200 {
			t.Fatalf("%s", got.raw)
		}
	}
	h.tell(t, []step{
		{name: "there are as many as there may be", path: said, body: `{"text":"too many"}`, status: 409, code: "INVALID_STATE"},
		{name: "and those stay", path: path, want: []string{`comments.49.text "again"`, `comments.50 absent`}},
	})
}
