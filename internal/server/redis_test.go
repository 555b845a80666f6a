package server_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/outpost/hot"
	hotfront "holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

func TestRulesOfRedis(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "manager", catalog.RoleManager, catalog.ScopeAdmin)
	const rules = "/v1/redis/rules"
	h.tell(t, []step{
		{name: "an item", path: "/inventory", body: `{"product_id":"mug","location_id":"shop","available_stock":10}`},
		{name: "another", path: "/inventory", body: `{"product_id":"cup","location_id":"shop","available_stock":10}`},
		{name: "all may", as: "manager", verb: http.MethodPut, path: rules, body: `{"list":"allowed","percent":40}`, want: []string{`list "allowed"`, `percent 40`, `floor 0`, `product_id absent`, `location_id absent`, `cut_back absent`, `cut_back_at absent`}},
		{name: "an item may", verb: http.MethodPut, path: rules, body: `{"list":"allowed","product_id":"mug","location_id":"shop","floor":3}`, want: []string{`floor 3`, `percent absent`, `product_id "mug"`, `location_id "shop"`}},
		{name: "a product may not", verb: http.MethodPut, path: rules, body: `{"list":"forbidden","product_id":"cup"}`, want: []string{`list "forbidden"`, `floor absent`}},
		{name: "a location may not", verb: http.MethodPut, path: rules, body: `{"list":"pledged","location_id":"shop"}`},
		{name: "a location is tried out", verb: http.MethodPut, path: rules, body: `{"list":"allowed","location_id":"shop","shadow":true}`, want: []string{`shadow true`}},
		{name: "and no longer", verb: http.MethodDelete, path: rules + "?list=allowed&location_id=shop"},
		{name: "what is forbidden is not tried out", verb: http.MethodPut, path: rules, body: `{"list":"forbidden","shadow":true}`, status: 400, want: []string{`violations.0.field "shadow"`}},
		{name: "no list", verb: http.MethodPut, path: rules, body: `{}`, status: 400, want: []string{`violations.0.field "list"`}},
		{name: "another list", verb: http.MethodPut, path: rules, body: `{"list":"some"}`, status: 400, want: []string{`violations.0.field "list"`}},
		{name: "a share of what is forbidden", verb: http.MethodPut, path: rules, body: `{"list":"forbidden","percent":4}`, status: 400, want: []string{`violations.0.field "percent"`}},
		{name: "a floor of what is forbidden", verb: http.MethodPut, path: rules, body: `{"list":"batch","floor":4}`, status: 400, want: []string{`violations.0.field "floor"`}},
		{name: "no share", verb: http.MethodPut, path: rules, body: `{"list":"allowed","percent":0}`, status: 400, want: []string{`violations.0.field "percent"`}},
		{name: "a product that nobody knows", verb: http.MethodPut, path: rules, body: `{"list":"allowed","product_id":"cheese"}`, status: 404},
		{name: "a reader sets none", as: "read", verb: http.MethodPut, path: rules, body: `{"list":"allowed"}`, status: 403},
		{name: "a page of them", as: "read", path: rules + "?page_size=2", want: []string{`items.length 2`, `items.0.percent 40`, `items.1.product_id "mug"`}},
		{name: "all of them", as: "read", path: rules, want: []string{`items.length 4`, `items.2.list "forbidden"`, `items.3.list "pledged"`, `next_page_token absent`}},
		{name: "those of an item", as: "read", path: rules + "?product_id=mug&location_id=shop", want: []string{`items.length 3`, `items.0.percent 40`, `items.1.floor 3`, `items.2.list "pledged"`, `next_page_token absent`}},
		{name: "half an item", as: "read", path: rules + "?product_id=mug", status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "one is gone", verb: http.MethodDelete, path: rules + "?list=pledged&location_id=shop"},
		{name: "gone already", verb: http.MethodDelete, path: rules + "?list=pledged&location_id=shop"},
		{name: "never there", verb: http.MethodDelete, path: rules + "?list=pledged", status: 404},
		{name: "of no list", verb: http.MethodDelete, path: rules, status: 400, want: []string{`violations.0.field "list"`}},
		{name: "there is no Redis for items", as: "read", path: "/v1/redis/items", status: 409, code: "INVALID_STATE", want: []string{`detail "this server has no Redis: it sells nothing through it"`}},
		{name: "nor for figures", as: "read", path: "/v1/redis/figures", status: 409, code: "INVALID_STATE"},
		{name: "nor to rebuild", path: "/v1/redis/items:rebuild", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "nor to compare", path: "/v1/redis/items:compare", body: `{}`, status: 409, code: "INVALID_STATE"},
	})
	// The road takes the items of a rule back, and a person sets it again.
	read, err := h.catalog.RedisRules.Naming(t.Context(), catalog.DefaultTenant, "mug", "shop")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.catalog.RedisRules.CutBack(t.Context(), read[1], "too many errors"); err != nil {
		t.Fatal(err)
	}
	h.tell(t, []step{
		{name: "it was cut back", as: "read", path: rules, want: []string{`items.1.cut_back "too many errors"`}},
		{name: "and is set again", verb: http.MethodPut, path: rules, body: `{"list":"allowed","product_id":"mug","location_id":"shop","floor":3}`, want: []string{`cut_back absent`, `cut_back_at absent`}},
	})
}

// onRedis is what sells through Redis as a test wants it.
type onRedis struct {
	items   []hotfront.Standing
	differs []hot.Difference
	figures []hotfront.Figures
	taken   map[stock.ItemKey]bool
	rebuilt int
	within  time.Duration // that a rebuild had
}

func (r *onRedis) Standings(_ context.Context, _ string, after stock.ItemKey, limit int) ([]hotfront.Standing, error) {
	from, found := slices.BinarySearchFunc(r.items, after, func(is hotfront.Standing, k stock.ItemKey) int { return is.Item.Compare(k) })
	if found {
		from++
	}
	return r.items[from:min(len(r.items), from+limit)], nil
}

func (r *onRedis) Rebuild(ctx context.Context, _ string, k stock.ItemKey) (int, error) {
	n := len(r.items)
	if k != (stock.ItemKey{}) {
		if n = 1; !slices.ContainsFunc(r.items, func(is hotfront.Standing) bool { return is.Item == k }) {
			return 0, &catalog.UnknownError{What: "item on Redis", ID: k.Product}
		}
	}
	r.rebuilt += n
	end, _ := ctx.Deadline()
	r.within = time.Until(end)
	return n, nil
}

func (r *onRedis) RebuildPage(_ context.Context, _ string, after stock.ItemKey, limit int) (hotfront.RebuiltPage, error) {
	all, _ := r.Standings(context.Background(), "", after, len(r.items))
	some := all[:min(len(all), limit)]
	r.rebuilt += len(some)
	page := hotfront.RebuiltPage{Rebuilt: len(some), Left: len(all) - len(some)}
	if len(some) > 0 {
		page.Last = some[len(some)-1].Item
	}
	return page, nil
}

func (r *onRedis) Compare(_ context.Context, _ string, k stock.ItemKey) (int, []hot.Difference, error) {
	if k == (stock.ItemKey{}) {
		return len(r.items), r.differs, nil
	}
	return 1, nil, nil
}

func (r *onRedis) Figures(string) []hotfront.Figures { return r.figures }

func (r *onRedis) RoadOf(_ context.Context, _, order string) (map[stock.ItemKey]bool, error) {
	if order != "o-1" {
		return nil, nil
	}
	return r.taken, nil
}

func TestItemsOnRedis(t *testing.T) {
	t.Parallel()
	h := start(t)
	item := func(product string) stock.ItemKey {
		return stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "shop", Product: product}
	}
	differs := make([]hot.Difference, 10_003)
	for i := range differs {
		differs[i] = hot.Difference{Item: item(fmt.Sprintf("sku-%05d", i)), Has: 3, Want: 5}
	}
	road := &onRedis{
		items: []hotfront.Standing{
			{Item: item("cup"), State: hot.Opening, Epoch: 2},
			{Item: item("jar"), State: hot.Off, Epoch: 9, Reached: true},
			{Item: item("mug"), State: hot.Open, Epoch: 4, Floor: 2, Usable: 7, InFlight: 3, Shortage: 1, Reached: true, Difference: -2, Since: time.UnixMilli(1_900_000_000_000)},
		},
		differs: differs,
		figures: []hotfront.Figures{
			{Rule: catalog.RedisRule{List: catalog.RedisAllowed, Product: "mug", Location: "shop"}, Reserves: 9, Refusals: 4, Errors: 3, Compensations: 2, Differences: 1, P99: 1250 * time.Microsecond},
			{Rule: catalog.RedisRule{List: catalog.RedisAllowed}},
			{Rule: catalog.RedisRule{List: catalog.RedisAllowed, Location: "shop", Shadow: true}, Alike: 7, RedisOnly: 2, LedgerOnly: 1, LeftOut: 4},
		},
		taken: map[stock.ItemKey]bool{item("mug"): true},
	}
	addr, stop, wait := besideRedis(t, h, road)
	defer func() {
		stop()
		if err := wait(); err != nil {
			t.Error(err)
		}
	}()
	h.url = "http://" + addr
	h.tell(t, []step{
		{name: "a page", as: "read", path: "/v1/redis/items?page_size=2", want: []string{
			`items.length 2`, `items.0.product_id "cup"`, `items.0.location_id "shop"`, `items.0.state "opening"`, `items.0.epoch 2`, `items.0.reached false`, `items.0.usable absent`, `items.0.in_flight absent`, `items.0.shortage absent`,
			`items.1.state "off"`, `items.1.usable 0`, `items.1.in_flight 0`, `items.1.difference 0`, `items.1.difference_since absent`, `next_page_token "cmVkaXMtaXRlbXMKamFyAHNob3A"`,
		}},
		{name: "the next page", as: "read", path: "/v1/redis/items?page_token=cmVkaXMtaXRlbXMKamFyAHNob3A", want: []string{
			`items.length 1`, `items.0.state "open"`, `items.0.floor 2`, `items.0.usable 7`, `items.0.in_flight 3`, `items.0.shortage 1`, `items.0.difference -2`, `items.0.difference_since "2030-03-17T17:46:40.000Z"`, `next_page_token absent`,
		}},
		{name: "a token of another list", as: "read", path: "/v1/redis/items?page_token=dGlsbHMKb25l", status: 400, want: []string{`violations.0.field "page_token"`}},
		{name: "an item is made anew", path: "/v1/redis/items:rebuild", body: `{"product_id":"mug","location_id":"shop"}`, want: []string{`rebuilt 1`}},
		{name: "all are", path: "/v1/redis/items:rebuild", body: `{}`, head: []string{"Idempotency-Key", "k"}, want: []string{`rebuilt 3`}},
		{name: "once under a key", path: "/v1/redis/items:rebuild", body: `{}`, head: []string{"Idempotency-Key", "k"}, want: []string{`rebuilt 3`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "all, some with each call", path: "/v1/redis/items:rebuild", body: `{"page_size":2}`, want: []string{`rebuilt 2`, `left 1`, `next_page_token "cmVkaXMtcmVidWlsZApqYXIAc2hvcA"`}},
		{name: "the rest", path: "/v1/redis/items:rebuild", body: `{"page_token":"cmVkaXMtcmVidWlsZApqYXIAc2hvcA"}`, want: []string{`rebuilt 1`, `left absent`, `next_page_token absent`}},
		{name: "some of one item", path: "/v1/redis/items:rebuild", body: `{"product_id":"mug","location_id":"shop","page_size":2}`, status: 400, want: []string{`violations.0.field "product_id"`}},
		{name: "a token of another list", path: "/v1/redis/items:rebuild", body: `{"page_token":"dGlsbHMKb25l"}`, status: 400, want: []string{`violations.0.field "page_token"`}},
		{name: "one that is not there", path: "/v1/redis/items:rebuild", body: `{"product_id":"pot","location_id":"shop"}`, status: 404},
		{name: "half an item", path: "/v1/redis/items:rebuild", body: `{"location_id":"shop"}`, status: 400, want: []string{`violations.0.field "product_id"`}},
		{name: "not by a reader", as: "read", path: "/v1/redis/items:rebuild", body: `{}`, status: 403},
		{name: "an item is compared", path: "/v1/redis/items:compare", body: `{"product_id":"mug","location_id":"shop"}`, want: []string{`compared 1`, `differences.length 0`, `left_out absent`}},
		{name: "all are", path: "/v1/redis/items:compare", body: `{}`, want: []string{
			`compared 3`, `differences.length 10000`, `left_out 3`, `differences.0.product_id "sku-00000"`, `differences.0.location_id "shop"`, `differences.0.has 3`, `differences.0.want 5`,
		}},
		{name: "figures", as: "read", path: "/v1/redis/figures", want: []string{
			`items.length 3`, `items.2.shadow true`, `items.2.decided 10`, `items.2.alike 7`, `items.2.redis_only 2`, `items.2.ledger_only 1`, `items.2.left_out 4`, `items.0.shadow absent`, `items.0.decided absent`,
			`items.0.list "allowed"`, `items.0.product_id "mug"`, `items.0.reserves 9`, `items.0.refusals 4`, `items.0.errors 3`, `items.0.compensations 2`, `items.0.differences 1`, `items.0.p99_ms 1.25`,
			`items.1.product_id absent`, `items.1.reserves 0`, `items.1.p99_ms absent`,
		}},
		{name: "a mug", path: "/inventory", body: `{"product_id":"mug","location_id":"shop","available_stock":10}`},
		{name: "a pot", path: "/inventory", body: `{"product_id":"pot","location_id":"shop","available_stock":10}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o-1","items":[{"product_id":"mug","location_id":"shop","quantity":1},{"product_id":"pot","location_id":"shop","quantity":1}]}`, want: []string{`reservations.0.road absent`}},
		{name: "says which road it took", as: "read", path: "/inventory/orders/o-1", want: []string{`reservations.0.product_id "mug"`, `reservations.0.road "redis"`, `reservations.1.road absent`}},
		{name: "another order", path: "/inventory/reserve", body: `{"order_id":"o-2","items":[{"product_id":"mug","location_id":"shop","quantity":1}]}`},
		{name: "took none", as: "read", path: "/inventory/orders/o-2", want: []string{`reservations.0.road absent`}},
	})
	if road.rebuilt != 7 {
		t.Errorf("%d items were made anew, want 7", road.rebuilt)
	}
	if road.within < time.Minute {
		t.Errorf("to make all items anew it has %v", road.within)
	}
}

// besideRedis is a second server of the house, which sells through Redis.
func besideRedis(t *testing.T, h *house, road kit.Redis) (addr string, stop context.CancelFunc, wait func() error) {
	t.Helper()
	return front(t, server.Rooms{
		Books: h.books, Directory: h.catalog, Door: intake.New(h.books, h.catalog, nil), Keys: h.catalog, Facts: server.FactsOf(h.catalog), Redis: road,
	})
}
