package server_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func TestTheItemsOfALocationAreCountedByState(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "nothing before there are items", as: "read", path: "/v1/locations:stock", want: []string{`items.length 0`, `total.in_stock 0`}},
		{name: "a location", verb: "PUT", path: "/v1/locations/berlin", body: `{"name":"Berlin Mitte","coordinates":{"latitude":52.5,"longitude":13.4}}`},
		{name: "one that is called as the list", verb: "PUT", path: "/v1/locations/stock", body: `{"name":"Stock"}`},
		{name: "in stock", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9}`},
		{name: "sold out", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"berlin"}`},
		{name: "low", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":2,"low_stock_threshold":3}`},
		{name: "not counted", path: "/v1/inventory", body: `{"product_id":"pot","location_id":"lyon","tracked":false}`},
	})
	h.current(t)
	h.bound(t, "lyon", catalog.ScopeRead, stock.Bounds{Locations: []string{"lyon"}})
	h.bound(t, "web", catalog.ScopeRead, stock.Bounds{Channels: []string{"web"}})
	first := h.call(t, "read", "GET", "/v1/locations:stock?page_size=1", "")
	token := first.body.(map[string]any)["next_page_token"]
	h.tell(t, []step{
		{name: "all of them", as: "read", path: "/v1/locations:stock", want: []string{
			`items.length 2`, `items.0.location_id "berlin"`, `items.0.name "Berlin Mitte"`, `items.0.coordinates.latitude 52.5`,
			`items.0.items.in_stock 1`, `items.0.items.sold_out 1`, `items.0.items.low 0`, `items.1.location_id "lyon"`, `items.1.items.low 1`, `items.1.items.not_counted 1`,
			`total.in_stock 1`, `total.sold_out 1`, `total.low 1`, `total.oversold 0`, `total.off_sale 0`, `total.not_counted 1`,
		}},
		{name: "the second page has the total of all", as: "read", path: fmt.Sprint("/v1/locations:stock?page_size=1&page_token=", token), want: []string{`items.length 1`, `items.0.location_id "lyon"`, `total.in_stock 1`}},
		{name: "of one location", as: "read", path: "/v1/locations:stock?location_id=lyon", want: []string{`items.length 1`, `total.in_stock 0`, `total.low 1`}},
		{name: "a location that nobody knows", path: "/v1/locations:stock?location_id=nowhere", status: 404},
		{name: "a token is of its list", as: "read", path: fmt.Sprint("/v1/locations:stock?location_id=lyon&page_token=", token), status: 400, want: []string{`violations.0.field "page_token"`}},
		{name: "within the locations of a key", as: "lyon", path: "/v1/locations:stock", want: []string{`items.length 1`, `items.0.location_id "lyon"`, `total.in_stock 0`}},
		{name: "not for keys of a channel", as: "web", path: "/v1/locations:stock", status: 403},
		{name: "another tenant's are not counted", as: "other", path: "/v1/locations:stock", want: []string{`items.length 0`}},
		{name: "a location that is called as the list is shown", path: "/v1/locations/stock", want: []string{`name "Stock"`}},
		{name: "sold out by a reserve", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","quantity":9}`},
	})
	h.current(t)
	h.play(t, step{path: "/v1/locations:stock", want: []string{`total.in_stock 0`, `total.sold_out 2`}})
}

func TestTheItemsOfALocationAreCountedWhereThereAreTooMany(t *testing.T) {
	t.Parallel()
	h := startKeeping(t, 1, 1)
	for _, location := range []string{"berlin", "lyon"} {
		h.play(t, step{path: "/v1/inventory", body: `{"product_id":"mug","location_id":"` + location + `","available_stock":1}`})
	}
	h.tell(t, []step{
		{name: "a location must be named", path: "/v1/locations:stock", status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "then it is read", path: "/v1/locations:stock?location_id=lyon", want: []string{`total.in_stock 1`, `items.length 1`}},
	})
}
