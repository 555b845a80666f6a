package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/stock"
)

// current waits until the list has all that was answered so far.
func (h *house) current(t *testing.T) {
	t.Helper()
	now := time.Now()
	h.await(t, "a list of all that was answered", func() bool {
		p, err := h.items.Page(t.Context(), &itemlist.Query{Tenant: catalog.DefaultTenant, Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		return !p.AsOf.Before(now)
	})
}

func (h *house) bound(t *testing.T, name string, scopes catalog.Scopes, bounds stock.Bounds) {
	t.Helper()
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: name, Scopes: scopes, Bounds: &bounds})
	if err != nil {
		t.Fatal(err)
	}
	h.keys[name] = printed
}

func TestListItems(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "nothing before there are items", as: "read", path: "/v1/items", want: []string{`items.length 0`, `total 0`}},
		{name: "one that is in stock", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9,"unit":"kg","scale":3}`},
		{name: "one that is low", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":2,"low_stock_threshold":3}`},
		{name: "one that is not counted", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"berlin","tracked":false}`},
		{name: "one that is off sale", path: "/v1/inventory", body: `{"product_id":"pot","location_id":"berlin","available_stock":1}`},
		{name: "by a switch", path: "/v1/inventory/sale-status", body: `{"product_id":"pot","location_id":"berlin","on_sale":false}`},
		{name: "on a channel", path: "/v1/inventory/sale-status", body: `{"product_id":"mug","location_id":"berlin","channel_id":"app","on_sale":false}`},
		{name: "one that was oversold", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"o-9","product_id":"jar","location_id":"lyon","quantity":2,"at":"2026-01-01T00:00:00Z"}`, status: 404},
		{name: "it is opened", path: "/v1/inventory", body: `{"product_id":"jar","location_id":"lyon","available_stock":1}`},
		{name: "and sold twice", path: "/v1/inventory/sold-elsewhere", body: fmt.Sprintf(`{"order_id":"o-9","product_id":"jar","location_id":"lyon","quantity":2,"at":%q}`, h.clock.Now().Format(time.RFC3339))},
		{name: "titles", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"mug","title":"Ｂlue MUG","seller_id":"s-1"},{"product_id":"pot","title":"苹果手机壳"}]}`},
		{name: "a hold", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","quantity":4}`},
	})
	h.current(t)
	h.tell(t, []step{
		{name: "all, by product and location", as: "read", path: "/v1/items", want: []string{
			`items.length 5`, `total 5`, `items.0.inventory.product_id "cup"`, `items.0.state "not_counted"`, `items.1.inventory.product_id "jar"`, `items.1.state "oversold"`,
			`items.2.inventory.product_id "mug"`, `items.2.inventory.location_id "berlin"`, `items.2.inventory.available_stock 5`, `items.2.inventory.reserved_stock 4`, `items.2.inventory.unit "kg"`, `items.2.inventory.in_transit 0`,
			`items.2.title "Ｂlue MUG"`, `items.2.seller_id "s-1"`, `items.2.state "in_stock"`, `items.3.state "low"`, `items.4.state "off_sale"`,
		}},
		{name: "by text of the title, whatever its width and case", path: "/v1/items?q=bLUE", want: []string{`total 2`, `items.0.inventory.product_id "mug"`}},
		{name: "by two characters", path: "/v1/items?q=%E6%89%8B%E6%9C%BA", want: []string{`total 1`, `items.0.inventory.product_id "pot"`}},
		{name: "by states", path: "/v1/items?status=low,oversold", want: []string{`total 2`, `items.0.inventory.product_id "jar"`, `items.1.inventory.location_id "lyon"`}},
		{name: "by the states of a channel", path: "/v1/items?status=off_sale&channel_id=app", want: []string{`total 2`, `items.0.inventory.product_id "mug"`, `items.0.state "off_sale"`, `items.0.inventory.status "in_stock"`}},
		{name: "of another channel", path: "/v1/items?status=off_sale&channel_id=pos", want: []string{`total 1`, `items.0.inventory.product_id "pot"`}},
		{name: "at a location", path: "/v1/items?location_id=lyon&sort=-product", want: []string{`total 2`, `items.0.inventory.product_id "mug"`, `items.1.inventory.product_id "jar"`}},
		{name: "of a seller, by what is held", path: "/v1/items?seller_id=s-1&sort=-held", want: []string{`total 2`, `items.0.inventory.location_id "berlin"`}},
		{name: "of a product", path: "/v1/items?product_id=mug&sort=available", want: []string{`total 2`, `items.0.inventory.location_id "lyon"`}},
		{name: "a location that nobody knows", path: "/v1/items?location_id=nowhere", status: 404},
		{name: "another tenant's are not shown", as: "other", path: "/v1/items", want: []string{`total 0`}},
		{name: "nobody may without a key", as: "nobody", path: "/v1/items", status: 401},
		{name: "a state is one of six", path: "/v1/items?status=gone", status: 400, want: []string{`violations.0.field "status[0]"`}},
		{name: "an order is one of ten", path: "/v1/items?sort=price", status: 400, want: []string{`violations.0.field "sort"`}},
		{name: "a page has 200 at most", path: "/v1/items?page_size=201", status: 400, want: []string{`violations.0.field "page_size"`}},
		{name: "a text is bounded", path: "/v1/items?q=" + strings.Repeat("a", 257), status: 400, want: []string{`violations.0.field "q"`}},
		{name: "a token must be one", path: "/v1/items?page_token=x", status: 400, want: []string{`violations.0.field "page_token"`}},
	})
	first := h.call(t, "read", "GET", "/v1/items?page_size=2&sort=-on_hand", "")
	token := first.body.(map[string]any)["next_page_token"]
	h.tell(t, []step{
		{name: "the next page", as: "read", path: fmt.Sprint("/v1/items?page_size=2&sort=-on_hand&page_token=", token), want: []string{`items.length 2`, `total 5`, `items.0.inventory.product_id "pot"`}},
		{name: "a token is of its list", as: "read", path: fmt.Sprint("/v1/items?page_size=2&sort=on_hand&page_token=", token), status: 400, want: []string{`violations.0.field "page_token"`}},
	})
	// A page shows the present state, even when the list does not have it yet.
	wrote := h.call(t, "admin", "POST", "/v1/inventory/restock", `{"product_id":"mug","location_id":"lyon","quantity":70}`)
	h.tell(t, []step{{
		name: "figures of now", as: "read", path: "/v1/items?location_id=lyon&product_id=mug", head: []string{"Holdfast-After", wrote.head.Get("Holdfast-Position")},
		want: []string{`items.0.inventory.available_stock 72`, `items.0.state "in_stock"`},
	}})
}

func TestListItemsWithABoundKey(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "here", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":5}`},
		{name: "there", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":9}`},
		{name: "only there", path: "/v1/inventory", body: `{"product_id":"mug-2","location_id":"lyon","available_stock":9}`},
	})
	h.current(t)
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.bound(t, "app", catalog.ScopeRead, stock.Bounds{Channels: []string{"app"}})
	h.tell(t, []step{
		{name: "its own alone", as: "berlin", path: "/v1/items", want: []string{`total 1`, `items.0.inventory.location_id "berlin"`}},
		{name: "not another's", as: "berlin", path: "/v1/items?location_id=lyon", status: 403},
		{name: "nor what is only there", as: "berlin", path: "/v1/suggest?q=mug", want: []string{`suggestions.length 1`, `suggestions.0.id "mug"`}},
		{name: "nor by its whole id", as: "berlin", path: "/v1/suggest?q=mug-2", want: []string{`suggestions.length 0`}},
		{name: "nor the place", as: "berlin", path: "/v1/suggest?q=lyon", want: []string{`suggestions.length 0`}},
		{name: "a channel must be named", as: "app", path: "/v1/items", status: 403},
		{name: "the own one", as: "app", path: "/v1/items?channel_id=app", want: []string{`total 3`}},
		{name: "no other", as: "app", path: "/v1/items?channel_id=pos", status: 403},
	})
}

// Where there are more items than are kept, a list must name its location, and is whole.
func TestListItemsThatAreTooMany(t *testing.T) {
	t.Parallel()
	h := startKeeping(t, 2, 1)
	for _, at := range []string{"berlin", "lyon"} {
		for _, product := range []string{"mug", "cup", "pot"} {
			h.tell(t, []step{{name: "an item", path: "/v1/inventory", body: fmt.Sprintf(`{"product_id":%q,"location_id":%q,"available_stock":5}`, product, at)}})
		}
	}
	h.tell(t, []step{
		{name: "titles", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"mug","title":"Blue"}]}`},
		{name: "all", as: "read", path: "/v1/items", status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "of a location", as: "read", path: "/v1/items?location_id=lyon", want: []string{`total 3`, `items.length 3`, `items.1.title "Blue"`}},
		{name: "by text", as: "read", path: "/v1/items?location_id=lyon&q=blu", want: []string{`total 1`}},
		{name: "what is named is suggested", as: "read", path: "/v1/suggest?q=mug", want: []string{`suggestions.length 1`, `suggestions.0.kind "product"`}},
	})
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "one", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":5}`},
		{name: "another", path: "/v1/inventory", body: `{"product_id":"big-mug","location_id":"berlin","available_stock":5}`},
		{name: "a third", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"mug","available_stock":5}`},
		{name: "titles", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"mug","title":"Blue mug"},{"product_id":"cup","title":"Mug without a handle"}]}`},
		{name: "an order of that name", path: "/v1/inventory/reserve", body: `{"order_id":"mug","product_id":"mug","location_id":"berlin","quantity":1}`},
		{name: "a channel", verb: "PUT", path: "/v1/locations/berlin", body: `{"channels":["mug-app"]}`},
	})
	h.current(t)
	logs := h.call(t, "read", "GET", "/v1/inventory/logs/mug?order_id=mug", "")
	entry := logs.body.(map[string]any)["items"].([]any)[0].(map[string]any)["entry_id"]
	transfer := h.call(t, "admin", "POST", "/v1/transfers", `{"from_location_id":"berlin","to_location_id":"mug","lines":[{"product_id":"mug","quantity":1}]}`).body.(map[string]any)["transfer_id"]
	sold := h.call(t, "admin", "POST", "/v1/inventory/sold-elsewhere", fmt.Sprintf(`{"order_id":"o-9","product_id":"cup","location_id":"mug","quantity":9,"at":%q}`, h.clock.Now().Format(time.RFC3339)))
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.bound(t, "app", catalog.ScopeRead, stock.Bounds{Channels: []string{"app"}})
	opened := sold.body.(map[string]any)["case_id"]
	h.tell(t, []step{
		{name: "a transfer", as: "berlin", path: fmt.Sprint("/v1/suggest?q=", transfer), want: []string{`suggestions.length 1`, `suggestions.0.kind "transfer"`, `suggestions.0.title "requested"`}},
		{name: "no channel's", as: "app", path: fmt.Sprint("/v1/suggest?q=", transfer), want: []string{`suggestions.length 0`}},
		{name: "a case", as: "read", path: fmt.Sprint("/v1/suggest?q=", opened), want: []string{`suggestions.length 1`, `suggestions.0.kind "case"`, `suggestions.0.title "oversell"`}},
		{name: "not at another location", as: "berlin", path: fmt.Sprint("/v1/suggest?q=", opened), want: []string{`suggestions.length 0`}},
		{name: "nor an order there", as: "berlin", path: "/v1/suggest?q=mug&limit=3", want: []string{`suggestions.2.id "big-mug"`, `suggestions.1.kind "order"`}},
		{name: "what is called so comes first", as: "read", path: "/v1/suggest?q=mug", want: []string{
			`suggestions.0.kind "product"`, `suggestions.0.title "Blue mug"`, `suggestions.1.kind "location"`, `suggestions.1.id "mug"`, `suggestions.2.kind "order"`,
			`suggestions.3.id "cup"`, `suggestions.3.title "Mug without a handle"`, `suggestions.4.id "big-mug"`, `suggestions.5.kind "channel"`, `suggestions.5.id "mug-app"`, `suggestions.length 6`,
		}},
		{name: "as many as are wanted", as: "read", path: "/v1/suggest?q=mug&limit=2", want: []string{`suggestions.length 2`}},
		{name: "an entry of the journal", as: "read", path: fmt.Sprint("/v1/suggest?q=", entry), want: []string{`suggestions.length 1`, `suggestions.0.kind "entry"`, `suggestions.0.title "reserve"`}},
		{name: "not of another tenant", as: "other", path: fmt.Sprint("/v1/suggest?q=", entry), want: []string{`suggestions.length 0`}},
		{name: "nothing of it", as: "other", path: "/v1/suggest?q=mug", want: []string{`suggestions.length 0`}},
		{name: "nothing", as: "read", path: "/v1/suggest?q=zebra", want: []string{`suggestions.length 0`}},
		{name: "a text must be given", as: "read", path: "/v1/suggest?q=%20", status: 400, want: []string{`violations.0.field "q"`}},
		{name: "not without a key", as: "nobody", path: "/v1/suggest?q=mug", status: 401},
		{name: "a bounded number", as: "read", path: "/v1/suggest?q=mug&limit=51", status: 400, want: []string{`violations.0.field "limit"`}},
	})
}
