package server_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func TestListOrders(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "nothing before there are orders", as: "read", path: "/v1/orders", want: []string{`items []`, `next_page_token absent`}},
		{name: "pens", path: "/inventory", body: `{"product_id":"pen","available_stock":50}`},
		{name: "flour", path: "/inventory", body: `{"product_id":"flour","location_id":"mill","available_stock":"5.5","unit":"kg","scale":3}`},
		{name: "a record that is not out yet", path: "/inventory", body: `{"product_id":"record"}`},
		{name: "is sold ahead", verb: "PUT", path: "/v1/promises/record", body: `{"presale":{"cap":9,"ships_in_part":true}}`},
		{name: "one that is paid", path: "/inventory/reserve", body: `{"order_id":"a-1","product_id":"pen","quantity":3,"customer_id":"ann"}`},
		{name: "its payment", path: "/v1/inventory/commit", body: `{"order_id":"a-1"}`},
		{name: "one of two places", path: "/inventory/reserve", body: `{"order_id":"a-2","items":[{"product_id":"pen","quantity":1},{"product_id":"flour","location_id":"mill","quantity":"0.5"}],"ttl_seconds":3600}`},
		{name: "one that waits", path: "/inventory/reserve", body: `{"order_id":"w-1","product_id":"record","quantity":2,"channel_id":"web","ttl_seconds":7200,"accept_promised":true}`},
		{name: "one that has left", path: "/inventory/reserve", body: `{"order_id":"b-2","product_id":"pen","quantity":4}`},
		{name: "as a whole", path: "/inventory/deduct", body: `{"order_id":"b-2"}`},
		{name: "one that was called off", path: "/inventory/reserve", body: `{"order_id":"b-3","product_id":"pen","quantity":1}`},
		{name: "by the buyer", path: "/inventory/release", body: `{"order_id":"b-3","reason":"changed"}`},
		{name: "a short one of the till", path: "/inventory/reserve", body: `{"order_id":"b-1","product_id":"pen","quantity":2,"channel_id":"till","ttl_seconds":60}`},
	})
	soon := url.QueryEscape(h.clock.Now().Add(30 * time.Minute).Format(time.RFC3339))
	h.tell(t, []step{
		{name: "by deadline", as: "read", path: "/v1/orders?sort=due", want: []string{
			`items.length 4`, `items.0.order_id "b-1"`, `items.1.order_id "a-2"`, `items.2.order_id "w-1"`, `items.3.order_id "a-1"`,
			`items.1.state "active"`, `items.1.reservation_count 2`, `items.1.reservations.length 2`, `items.1.reservations.0.unit "kg"`, `items.1.committed false`,
			`items.3.committed true`, `items.3.expires_at absent`, `items.3.customer_id "ann"`, `items.2.waiting true`, `items.0.waiting false`,
		}},
		{name: "the newest first", path: "/v1/orders?state=any", want: []string{`items.length 6`}},
		{name: "paid", path: "/v1/orders?state=committed", want: []string{`items.length 1`, `items.0.order_id "a-1"`}},
		{name: "waiting", path: "/v1/orders?state=waiting", want: []string{`items.length 1`, `items.0.order_id "w-1"`}},
		{name: "that have left", path: "/v1/orders?state=confirmed", want: []string{`items.length 1`, `items.0.order_id "b-2"`, `items.0.state "confirmed"`}},
		{name: "called off", path: "/v1/orders?state=cancelled", want: []string{`items.length 1`, `items.0.order_id "b-3"`}},
		{name: "at a place, with all lines", path: "/v1/orders?location_id=mill", want: []string{`items.length 1`, `items.0.reservation_count 2`}},
		{name: "of a product", path: "/v1/orders?product_id=record", want: []string{`items.length 1`}},
		{name: "of a channel", path: "/v1/orders?channel_id=till", want: []string{`items.length 1`, `items.0.order_id "b-1"`}},
		{name: "of a customer", path: "/v1/orders?customer_id=ann", want: []string{`items.length 1`}},
		{name: "by a part of the id", path: "/v1/orders?q=-2&state=any", want: []string{`items.length 2`}},
		{name: "one that is named, whatever its state", path: "/v1/orders?order_id=b-3", want: []string{`items.length 1`, `items.0.state "cancelled"`}},
		{name: "letter by letter", path: "/v1/orders?order_id=B-3", want: []string{`items []`}},
		{name: "one that is named, if it is so", path: "/v1/orders?order_id=b-3&state=active", want: []string{`items []`}},
		{name: "due soon", path: "/v1/orders?due_before=" + soon, want: []string{`items.length 1`, `items.0.order_id "b-1"`}},
		{name: "none so old", path: "/v1/orders?until=2001-01-01T00:00:00Z&state=any", want: []string{`items []`}},
		{name: "none so new", path: "/v1/orders?since=2101-01-01T00:00:00Z&state=any", want: []string{`items []`}},
		{name: "another tenant's are not shown", as: "other", path: "/v1/orders?state=any", want: []string{`items []`}},
		{name: "nobody may without a key", as: "nobody", path: "/v1/orders", status: 401, code: "UNAUTHENTICATED"},
		{name: "a state is one of seven", as: "read", path: "/v1/orders?state=open", status: 400, want: []string{`violations.0.field "state"`}},
		{name: "an order is one of two", path: "/v1/orders?sort=price", status: 400, want: []string{`violations.0.field "sort"`}},
		{name: "a page has 200 at most", path: "/v1/orders?page_size=201", status: 400, want: []string{`violations.0.field "page_size"`}},
		{name: "a product that nobody knows", path: "/v1/orders?product_id=ink", status: 404, code: "NOT_FOUND"},
		{name: "a token must be one", path: "/v1/orders?page_token=x", status: 400, code: "INVALID_ARGUMENT"},
		{name: "one order has one page", path: "/v1/orders?order_id=a&page_token=x", status: 400, code: "INVALID_ARGUMENT"},
	})
	h.clock.forward(2 * time.Minute)
	h.tell(t, []step{
		{name: "the clock ran out", as: "read", path: "/v1/orders?state=expired", want: []string{`items.length 1`, `items.0.order_id "b-1"`, `items.0.state "expired"`, `items.0.expires_at absent`}},
	})
	if got := h.orderPages(t, "/v1/orders?page_size=1&sort=due"); fmt.Sprint(got) != "[a-2 w-1 a-1]" {
		t.Errorf("page by page: %v", got)
	}
}

// orderPages are the orders of all pages of a list.
func (h *house) orderPages(t *testing.T, path string) (orders []string) {
	t.Helper()
	for token := ""; token != "&page_token=absent"; {
		page := h.call(t, "read", "GET", path+token, "")
		for n := 0; page.at(fmt.Sprintf("items.%d.order_id", n)) != "absent"; n++ {
			orders = append(orders, strings.Trim(page.at(fmt.Sprintf("items.%d.order_id", n)), `"`))
		}
		token = "&page_token=" + strings.Trim(page.at("next_page_token"), `"`)
	}
	return orders
}

// The lines of an order may be in many buckets and be due at different times: the
// order is listed once.
func TestAnOrderIsListedOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	var want []string
	for _, place := range []string{"berlin", "lyon", "oslo"} {
		h.tell(t, []step{{name: place, path: "/inventory", body: fmt.Sprintf(`{"product_id":"mug","location_id":%q,"available_stock":50}`, place)}})
	}
	for n := range 7 {
		id := fmt.Sprint("o-", n)
		want = append(want, id)
		for i, place := range []string{"oslo", "berlin", "lyon"} {
			h.tell(t, []step{{name: "a line", path: "/inventory/reserve", body: fmt.Sprintf(`{"order_id":%q,"product_id":"mug","location_id":%q,"quantity":1,"ttl_seconds":%d}`, id, place, 600+60*((n*5+i*4)%9))}})
			h.clock.forward(time.Second)
		}
	}
	for _, path := range []string{"/v1/orders?sort=due", "/v1/orders?sort=newest", "/v1/orders?state=any&sort=due"} {
		for _, size := range []string{"1", "2", "3", "50"} {
			got := h.orderPages(t, path+"&page_size="+size)
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s by %s: %v", path, size, got)
			}
		}
	}
}

func TestWhoIsBoundSeesOwnOrders(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bound(t, "here", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.tell(t, []step{
		{name: "here", path: "/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":5}`},
		{name: "there", path: "/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":5}`},
		{name: "of both", path: "/inventory/reserve", body: `{"order_id":"both","items":[{"product_id":"mug","location_id":"berlin","quantity":1},{"product_id":"mug","location_id":"lyon","quantity":1}]}`},
		{name: "of one", path: "/inventory/reserve", body: `{"order_id":"there","product_id":"mug","location_id":"lyon","quantity":1}`},
		{name: "its own line alone", as: "here", path: "/v1/orders", want: []string{`items.length 1`, `items.0.order_id "both"`, `items.0.reservation_count 1`, `items.0.reservations.0.location_id "berlin"`}},
		{name: "and its own steps", as: "here", path: "/v1/orders/both/history", want: []string{`steps.length 1`, `steps.0.changes.length 1`, `steps.0.changes.0.location_id "berlin"`}},
		{name: "nothing of others", as: "here", path: "/v1/orders/there/history", status: 404, code: "NOT_FOUND"},
	})
}
