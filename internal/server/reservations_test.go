package server_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestReservationsAreListed(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "pens", path: "/inventory", body: `{"product_id":"pen","available_stock":50}`},
		{name: "flour", path: "/inventory", body: `{"product_id":"flour","location_id":"mill","available_stock":"5.5","unit":"kg","scale":3}`},
		{name: "one that is paid", path: "/inventory/reserve", body: `{"order_id":"a-1","product_id":"pen","quantity":3,"customer_id":"ann"}`},
		{name: "its payment", path: "/v1/inventory/commit", body: `{"order_id":"a-1"}`},
		{name: "a long one", path: "/inventory/reserve", body: `{"order_id":"a-2","items":[{"product_id":"pen","quantity":1},{"product_id":"flour","location_id":"mill","quantity":"0.5"}],"ttl_seconds":3600}`},
		{name: "a short one of the till", path: "/inventory/reserve", body: `{"order_id":"b-1","product_id":"pen","quantity":2,"channel_id":"till","ttl_seconds":60}`},
		{name: "one that has left", path: "/inventory/reserve", body: `{"order_id":"b-2","product_id":"pen","quantity":4}`},
		{name: "as a whole", path: "/inventory/deduct", body: `{"order_id":"b-2"}`},
	})
	h.tell(t, []step{
		{
			name: "by deadline", as: "read", path: "/v1/reservations",
			want: []string{
				`items.length 4`, `items.0.order_id "b-1"`, `items.0.channel_id "till"`, `items.1.order_id "a-2"`, `items.1.product_id "flour"`, `items.1.unit "kg"`, `items.1.quantity 500`,
				`items.2.product_id "pen"`, `items.3.order_id "a-1"`, `items.3.committed true`, `items.3.customer_id "ann"`, `next_page_token absent`,
			},
		},
		{name: "of a product", path: "/v1/reservations?product_id=flour", want: []string{`items.length 1`}},
		{name: "at a location", path: "/v1/reservations?location_id=default", want: []string{`items.length 3`}},
		{name: "of a channel", path: "/v1/reservations?channel_id=till", want: []string{`items.length 1`, `items.0.order_id "b-1"`}},
		{name: "of a customer", path: "/v1/reservations?customer_id=ann", want: []string{`items.length 1`}},
		{name: "of orders", path: "/v1/reservations?order_prefix=a-", want: []string{`items.length 3`}},
		{name: "confirmed", path: "/v1/reservations?state=confirmed", want: []string{`items.length 1`, `items.0.order_id "b-2"`, `items.0.deducted 4`}},
		{name: "none of such", path: "/v1/reservations?state=expired&product_id=pen", want: []string{`items []`}},
		{name: "none so old", path: "/v1/reservations?created_before=2001-01-01T00:00:00Z", want: []string{`items []`}},
		{name: "none ends so soon", path: "/v1/reservations?expires_before=2001-01-01T00:00:00Z", want: []string{`items []`}},
		{name: "no such state", path: "/v1/reservations?state=open", status: 400, code: "INVALID_ARGUMENT"},
		{name: "no such product", path: "/v1/reservations?product_id=ink", status: 404, code: "NOT_FOUND"},
		{name: "no such page", path: "/v1/reservations?page_token=x", status: 400, code: "INVALID_ARGUMENT"},
		{name: "other tenants see nothing", as: "other", path: "/v1/reservations", want: []string{`items []`}},
		{name: "not for everybody", as: "nobody", path: "/v1/reservations", status: 401, code: "UNAUTHENTICATED"},
	})
	var orders []string
	for token := ""; token != "&page_token=absent"; {
		page := h.call(t, "read", "GET", "/v1/reservations?page_size=1"+token, "")
		orders = append(orders, strings.Trim(page.at("items.0.order_id"), `"`))
		token = "&page_token=" + strings.Trim(page.at("next_page_token"), `"`)
	}
	if got := fmt.Sprint(orders); got != "[b-1 a-2 a-2 a-1]" {
		t.Errorf("page by page: %s", got)
	}
}

func TestTheJournalOfAllProductsIsListed(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "pens", path: "/inventory", body: `{"product_id":"pen","available_stock":50}`},
		{name: "ink", path: "/inventory", head: []string{"X-Holdfast-Operator", "ann"}, body: `{"product_id":"ink","location_id":"mill","available_stock":5}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o-1","items":[{"product_id":"pen","quantity":1},{"product_id":"ink","location_id":"mill","quantity":1}]}`},
		{name: "newest first", as: "read", path: "/v1/logs", want: []string{`items.length 4`, `items.0.operation "reserve"`, `items.3.product_id "pen"`, `items.3.operation "create"`, `next_page_token absent`}},
		{name: "of an operation", path: "/v1/logs?operation=create", want: []string{`items.length 2`, `items.0.product_id "ink"`}},
		{name: "of somebody", path: "/v1/logs?operator=ann", want: []string{`items.length 1`, `items.0.operator "ann"`}},
		{name: "of an order", path: "/v1/logs?order_id=o-1", want: []string{`items.length 2`}},
		{name: "of a product", path: "/v1/logs?product_id=ink&operation=reserve", want: []string{`items.length 1`, `items.0.order_id "o-1"`}},
		{name: "at a location", path: "/v1/logs?location_id=mill", want: []string{`items.length 2`}},
		{name: "before all", path: "/v1/logs?until=2001-01-01T00:00:00Z", want: []string{`items []`}},
		{name: "no such operation", path: "/v1/logs?operation=steal", status: 400, code: "INVALID_ARGUMENT"},
		{name: "no such product", path: "/v1/logs?product_id=chalk", status: 404, code: "NOT_FOUND"},
		{name: "other tenants see nothing", as: "other", path: "/v1/logs", want: []string{`items []`}},
	})
}
