package server_test

import (
	"strings"
	"testing"
)

// many joins n copies of s with commas.
func many(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

func TestCheck(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create p", path: "/inventory", body: `{"product_id":"p","available_stock":3,"low_stock_threshold":3}`},
		{name: "and elsewhere", path: "/inventory", body: `{"product_id":"p","location_id":"w1","available_stock":4}`},
		{name: "and an untracked one", path: "/inventory", body: `{"product_id":"u","tracked":false}`},
		{name: "one is asked for when nothing is said", as: "nobody", path: "/inventory/check/p", want: []string{`product_id "p"`, `requested 1`, `available 7`, `in_stock true`, `location_id absent`, `unit absent`}},
		{name: "at one location", as: "nobody", path: "/v1/inventory/check/p?quantity=4&location_id=default", want: []string{`requested 4`, `available 3`, `in_stock false`, `status "low_stock"`, `location_id "default"`}},
		{name: "empty parameters are left out ones", as: "nobody", path: "/inventory/check/p?quantity=1&location_id=&channel_id=", want: []string{`available 7`}},
		{name: "eventual is allowed and says how fresh", as: "nobody", path: "/inventory/check/p?consistency=eventual", want: []string{`available 7`}},
		{name: "another consistency is not", as: "nobody", path: "/inventory/check/p?consistency=maybe", status: 400},
		{name: "untracked is unknown in number and in stock", as: "nobody", path: "/inventory/check/u?quantity=5", want: []string{`available null`, `in_stock true`, `status "in_stock"`}},
		{name: "untracked off sale is not", path: "/inventory/sale-status", body: `{"product_id":"u","on_sale":false}`},
		{name: "as check says", as: "nobody", path: "/inventory/check/u", want: []string{`available 0`, `in_stock false`, `status "sold_out"`}},
		{name: "an unknown product", as: "nobody", path: "/inventory/check/nope", status: 404, code: "NOT_FOUND"},
		{name: "an unknown location", as: "nobody", path: "/inventory/check/p?location_id=nope", status: 404},
		{name: "a known pair without a record", as: "nobody", path: "/inventory/check/u?location_id=w1", want: []string{`available 0`, `in_stock false`}},
		{name: "a quantity of nothing", as: "nobody", path: "/inventory/check/p?quantity=0", status: 400},
		{name: "a fraction", as: "nobody", path: "/inventory/check/p?quantity=1.5", status: 400},
		{name: "a whole number with a point", as: "nobody", path: "/inventory/check/p?quantity=1.0", want: []string{`requested 1`}},
		{name: "a word", as: "nobody", path: "/inventory/check/p?quantity=many", status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "an unknown parameter", as: "nobody", path: "/inventory/check/p?qty=1", status: 400, want: []string{`violations.0.field "qty"`}},
		{name: "a parameter twice", as: "nobody", path: "/inventory/check/p?quantity=1&quantity=1", status: 400},
		{name: "a body's field is no parameter of a batch", as: "nobody", path: "/inventory/check/batch?channel_id=x", body: `{"items":[{"product_id":"p"}]}`, status: 400},
		{
			name: "a batch", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p","quantity":7},{"product_id":"p","location_id":"w1","quantity":2},{"product_id":"nope","quantity":1},{"product_id":"p","location_id":"nope"}]}`,
			want: []string{
				`items.length 4`, `items.0.in_stock true`, `items.1.available 4`, `items.1.location_id "w1"`,
				`items.2.available 0`, `items.2.status "unknown"`, `items.2.in_stock false`, `items.3.status "unknown"`, `all_in_stock false`,
			},
		},
		{name: "equal lines are judged by their sum", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p","location_id":"w1","quantity":2},{"product_id":"p","location_id":"w1","quantity":3}]}`, want: []string{`items.0.in_stock false`, `items.0.requested 2`, `items.1.in_stock false`, `all_in_stock false`}},
		{name: "all in stock", as: "nobody", path: "/inventory/check/batch", body: `{"channel_id":"web","items":[{"product_id":"p","location_id":"w1","quantity":2},{"product_id":"p","location_id":"w1","quantity":2}]}`, want: []string{`all_in_stock true`}},
		{name: "no lines", as: "nobody", path: "/inventory/check/batch", body: `{"items":[]}`, status: 400},
		{name: "too many lines", as: "nobody", path: "/inventory/check/batch", body: `{"items":[` + many(501, `{"product_id":"p"}`) + `]}`, status: 400},
		{name: "as many as may be", as: "nobody", path: "/inventory/check/batch", body: `{"items":[` + many(500, `{"product_id":"p"}`) + `]}`, want: []string{`items.length 500`, `items.499.in_stock false`}},
		{name: "a line of nothing", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p","quantity":0}]}`, status: 400, want: []string{`violations.0.field "items[0].quantity"`}},
	})
}

func TestListsAndPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, body := range []string{
		`{"product_id":"a","available_stock":5}`, `{"product_id":"b","available_stock":1,"low_stock_threshold":2}`,
		`{"product_id":"b","location_id":"w1"}`, `{"product_id":"c","available_stock":9,"low_stock_threshold":9}`, `{"product_id":"d","tracked":false}`,
	} {
		h.play(t, step{path: "/inventory", body: body})
	}
	h.tell(t, []step{
		{name: "all, by product and location", path: "/inventory", want: []string{`items.length 5`, `items.0.product_id "a"`, `items.1.location_id "default"`, `items.2.location_id "w1"`, `next_page_token absent`}},
		{name: "of one location", path: "/inventory?location_id=w1&page_size=&page_token=", want: []string{`items.length 1`, `items.0.product_id "b"`}},
		{name: "of an unknown location", path: "/inventory?location_id=nope", status: 404},
		{name: "low stock", path: "/inventory/low-stock", want: []string{`items.length 3`, `items.0.product_id "b"`, `items.0.status "low_stock"`, `items.1.status "sold_out"`, `items.2.product_id "c"`}},
		{name: "a page size over 500", path: "/inventory?page_size=501", status: 400, code: "INVALID_ARGUMENT"},
		{name: "a page size of nothing", path: "/inventory?page_size=0", status: 400},
		{name: "a page size over int32", path: "/inventory?page_size=99999999999", status: 400},
		{name: "a page token from nowhere", path: "/inventory?page_token=abc", status: 400, want: []string{`violations.0.field "page_token"`}},
		{name: "a product page", path: "/inventory/product/b", want: []string{`product_id "b"`, `available_stock 1`, `locations.length 2`}},
		{name: "of an unknown product", path: "/inventory/product/nope", status: 404},
	})
	seen := ""
	token := ""
	for range 10 {
		a := h.call(t, "admin", "GET", "/inventory?page_size=2&page_token="+token, "")
		if a.status != 200 || a.at("as_of") == "absent" {
			t.Fatalf("page: %d %s", a.status, a.raw)
		}
		for _, i := range []string{"0", "1"} {
			if p := a.at("items." + i + ".product_id"); p != "absent" {
				seen += strings.Trim(p, `"`)
			}
		}
		if token = strings.Trim(a.at("next_page_token"), `"`); token == "absent" {
			break
		}
	}
	if seen != "abbcd" {
		t.Errorf("the pages together have %s, want abbcd", seen)
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`, head: []string{"X-Holdfast-Operator", "ann"}},
		{name: "reserve", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":3,"channel_id":"web"}`},
		{name: "release", path: "/inventory/release", body: `{"order_id":"o","reason":"no money"}`},
		{name: "adjust", path: "/inventory/adjust", body: `{"product_id":"p","delta":-1,"reason":"broken","reference":"r/1"}`},
		{
			name: "newest first, with who and why", path: "/inventory/logs/p",
			want: []string{
				`items.length 4`, `items.0.operation "adjust"`, `items.0.delta_available -1`, `items.0.reason "broken"`, `items.0.reference "r/1"`, `items.0.operator "admin-key"`,
				`items.1.operation "release"`, `items.1.reserved_before 3`, `items.1.reserved_after 0`, `items.1.delta_reserved -3`, `items.1.order_id "o"`, `items.1.reason "no money"`,
				`items.2.operation "reserve"`, `items.2.available_before 10`, `items.2.available_after 7`, `items.2.channel_id "web"`, `items.2.delta_available -3`,
				`items.3.operation "create"`, `items.3.operator "ann"`, `items.3.available_before 0`, `items.3.location_id "default"`, `next_page_token absent`,
			},
		},
		{name: "of one order", path: "/v1/inventory/logs/p?order_id=o", want: []string{`items.length 2`}},
		{name: "of one location", path: "/inventory/logs/p?location_id=default&page_size=1", want: []string{`items.length 1`}},
		{name: "before there was anything", path: "/inventory/logs/p?until=1970-01-01T00:00:00Z", want: []string{`items.length 0`}},
		{name: "since long ago", path: "/inventory/logs/p?since=1970-01-01T00:00:00%2B00:00", want: []string{`items.length 4`}},
		{name: "a time that is none", path: "/inventory/logs/p?since=yesterday", status: 400, want: []string{`violations.0.field "since"`}},
		{name: "an unknown product", path: "/inventory/logs/nope", status: 404},
	})
}
