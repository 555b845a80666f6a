package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// follow has the index follow the logs until the test ends.
func (h *house) follow(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	runner := feed.NewRunner(slog.New(slog.DiscardHandler), "search", 10*time.Millisecond, time.Second)
	h.index.Project(runner, h.logs)
	var all errgroup.Group
	for _, run := range []func(context.Context) error{h.index.Run, runner.Run, duty.New(slog.New(slog.DiscardHandler), h.index.Duty()).Run} {
		all.Go(func() error { return run(ctx) })
	}
	t.Cleanup(func() {
		stop()
		if err := all.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// indexed waits until the index has all that was answered so far.
func (h *house) indexed(t *testing.T) {
	t.Helper()
	now := time.Now()
	h.await(t, "an index of all that was answered", func() bool {
		s, err := h.index.State(t.Context(), catalog.DefaultTenant)
		if err != nil {
			t.Fatal(err)
		}
		return !s.AsOf.Before(now) && !s.Building
	})
}

func TestSearchProducts(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "nothing before there are details", as: "read", path: "/v1/search/products?q=mug", want: []string{`items.length 0`, `total 0`}}})
	h.follow(t)
	h.tell(t, []step{
		{name: "products", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"mug","title":"Blue mug","seller_id":"s-1","attributes":{"brand":"acme","x":"a:b/c"},"tags":["kitchen"]},{"product_id":"cup","title":"Cup","text":"blue too"},{"product_id":"phone","title":"苹果手机"}]}`},
		{name: "stock", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":5}`},
		{name: "at two locations", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":2}`},
	})
	h.indexed(t)
	many := "&tags=" + strings.Repeat("x,", 21)
	h.tell(t, []step{
		{
			name: "it is found with its stock", as: "read", path: "/v1/search/products?q=blue&facets=brand,seller_id",
			want: []string{
				`items.length 2`, `items.0.product_id "mug"`, `items.0.title "Blue mug"`, `items.0.seller_id "s-1"`, `items.0.attributes.brand "acme"`, `items.0.in_stock true`, `items.0.available_total 7`,
				`items.0.in_stock_at.1 "lyon"`, `items.1.product_id "cup"`, `items.1.in_stock false`, `total 2`, `facets.0.name "brand"`, `facets.0.values.0.value "acme"`, `facets.0.values.0.count 1`, `facets.1.values.0.value "s-1"`,
			},
		},
		{name: "two characters of Chinese", path: "/v1/search/products?q=%E6%89%8B%E6%9C%BA", want: []string{`items.length 1`, `items.0.product_id "phone"`}},
		{name: "by what it has", path: "/v1/search/products?seller_id=s-1&attributes.brand=acme&attributes.x=a:b/c&tags=kitchen&in_stock=true", want: []string{`items.length 1`}},
		{name: "not in stock", path: "/v1/search/products?in_stock=false", want: []string{`items.length 2`}},
		{name: "at a location", path: "/v1/search/products?location_id=lyon", want: []string{`items.length 1`, `items.0.available_total 2`, `items.0.in_stock_at.length 1`}},
		{name: "not of another tenant", as: "other", path: "/v1/search/products?q=blue", want: []string{`items.length 0`}},
		{name: "nobody may without a key", as: "nobody", path: "/v1/search/products", status: 401},
		{name: "a zero byte is no value", path: "/v1/search/products?attributes.brand=%00", status: 400, want: []string{`violations.0.field "attributes.brand"`}},
		{name: "of bounded length", path: "/v1/search/products?q=" + strings.Repeat("a", 257), status: 400, want: []string{`violations.0.field "q"`}},
		{name: "a zero byte is no text", path: "/v1/search/products?q=a%00b", status: 400, want: []string{`violations.0.field "q"`}},
		{name: "tags are bounded", path: "/v1/search/products?q=a" + many, status: 400, want: []string{`violations.0.field "tags"`}},
		{name: "a page is", path: "/v1/search/products?page_size=101", status: 400, want: []string{`violations.0.field "page_size"`}},
		{name: "a token must be one", path: "/v1/search/products?page_token=x", status: 400, want: []string{`violations.0.field "page_token"`}},
		{name: "the state of the index", as: "read", path: "/v1/search/index", want: []string{`ready true`, `building false`}},
		{name: "rebuilding needs admin", as: "internal", path: "/v1/search:rebuild", body: `{}`, status: 403},
		{name: "it is begun", path: "/v1/search:rebuild", body: `{}`, head: []string{"Idempotency-Key", "r"}, want: []string{`ready true`, `building true`}},
	})
	h.indexed(t)
	first := h.call(t, "read", "GET", "/v1/search/products?q=blue&page_size=1", "")
	token := first.body.(map[string]any)["next_page_token"]
	h.tell(t, []step{
		{name: "the next page", as: "read", path: fmt.Sprint("/v1/search/products?q=blue&page_size=1&page_token=", token), want: []string{`items.length 1`, `items.0.product_id "cup"`}},
		{name: "a token is of its search", as: "read", path: fmt.Sprint("/v1/search/products?q=mug&page_size=1&page_token=", token), status: 400, want: []string{`violations.0.field "page_token"`}},
	})
}

// A key that is bound to locations sees what they keep.
func TestSearchWithABoundKey(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.follow(t)
	h.tell(t, []step{
		{name: "products", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"mug","title":"Mug"},{"product_id":"cup","title":"Cup"}]}`},
		{name: "here", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":5}`},
		{name: "there", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"lyon","available_stock":9}`},
		{name: "only there", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"lyon","available_stock":9}`},
	})
	h.indexed(t)
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "berlin", Scopes: catalog.ScopeRead, Bounds: &stock.Bounds{Locations: []string{"berlin"}}})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["berlin"] = printed
	h.tell(t, []step{
		{name: "its own", as: "berlin", path: "/v1/search/products?location_id=berlin", want: []string{`items.length 1`, `items.0.available_total 5`, `items.0.in_stock_at.length 1`}},
		{name: "not another's", as: "berlin", path: "/v1/search/products?location_id=lyon", status: 403},
		{name: "nor all", as: "berlin", path: "/v1/search/products", status: 403},
	})
}
