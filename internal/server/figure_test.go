package server_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/stock"
)

// summed waits until the figures have all that was answered so far.
func (h *house) summed(t *testing.T) {
	t.Helper()
	now := time.Now()
	h.await(t, "figures of all that was booked", func() bool {
		_, asOf, err := h.figures.Rows(t.Context(), &figures.Query{Tenant: catalog.DefaultTenant, By: figures.ByHour, Until: now})
		if err != nil {
			t.Fatal(err)
		}
		return !asOf.Before(now)
	})
}

func TestListFigures(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bound(t, "app", catalog.ScopeRead, stock.Bounds{Channels: []string{"app"}})
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.tell(t, []step{
		{name: "nothing before something was booked", as: "read", path: "/v1/figures", want: []string{`items.length 0`}},
		{name: "pieces", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9}`},
		{name: "kilograms", path: "/v1/inventory", body: `{"product_id":"oil","location_id":"lyon","available_stock":5000,"unit":"kg","scale":3}`},
		{name: "an order of both", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","channel_id":"app","items":[{"product_id":"mug","location_id":"berlin","quantity":4},{"product_id":"oil","location_id":"lyon","quantity":1250}]}`},
		{name: "it leaves", path: "/v1/inventory/deduct", body: `{"order_id":"o-1"}`},
	})
	h.summed(t)
	until := h.clock.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	at := "/v1/figures?until=" + until
	h.tell(t, []step{
		{name: "by time, channel and unit", as: "read", path: at, want: []string{
			`items.length 4`, `items.0.received 9`, `items.1.unit "kg"`, `items.1.scale 3`, `items.1.received 5000`, `items.2.channel_id "app"`, `items.2.reserves 1`, `items.2.lines_reserved 2`,
			`items.2.reserved 4`, `items.2.sold 4`, `items.3.channel_id "app"`, `items.3.sold 1250`,
		}},
		{name: "of one location", as: "berlin", path: at + "&location_id=berlin", want: []string{`items.length 2`, `items.1.reserves 1`, `items.1.lines_reserved 1`}},
		{name: "of one channel", as: "app", path: at + "&channel_id=app", want: []string{`items.length 2`, `items.0.sold 4`}},
		{name: "by minute", as: "read", path: at + "&by=minute", want: []string{`items.length 4`}},
		{name: "by day", as: "read", path: at + "&by=day&time_zone=Asia/Shanghai", want: []string{`items.length 4`}},
		{name: "of one product", as: "read", path: at + "&product_id=mug", want: []string{`items.length 2`, `items.0.received 9`, `items.1.channel_id "app"`, `items.1.reserves 1`, `items.1.lines_reserved 1`, `items.1.sold 4`}},
		{name: "of one product somewhere else", as: "read", path: at + "&product_id=mug&location_id=lyon", want: []string{`items.length 0`}},
		{name: "of one product by minute, at a location", as: "berlin", path: at + "&product_id=mug&location_id=berlin&by=minute", want: []string{`items.length 2`}},
		{name: "of one product and channel", as: "app", path: at + "&product_id=oil&channel_id=app", want: []string{`items.length 2`, `items.0.reserves 1`, `items.1.sold 1250`, `items.1.unit "kg"`}},
		{name: "of a product that is not known", as: "read", path: at + "&product_id=nothing", status: 404},
		{name: "of a product, with a key of a location", as: "berlin", path: at + "&product_id=mug", status: 403},
		{name: "of another tenant there are none", as: "other", path: at, want: []string{`items.length 0`}},
		{name: "of nothing that was booked", as: "read", path: "/v1/figures?until=2001-01-01T00:00:00Z", want: []string{`items.length 0`}},
		{name: "a key of a location must name it", as: "berlin", path: at, status: 403},
		{name: "and no other", as: "berlin", path: at + "&location_id=lyon", status: 403},
		{name: "a key of a channel must name it", as: "app", path: at, status: 403},
		{name: "a minute is of all locations", as: "read", path: at + "&by=minute&location_id=berlin", status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "by nothing else", as: "read", path: at + "&by=week", status: 400, want: []string{`violations.0.field "by"`}},
		{name: "in a zone that there is", as: "read", path: at + "&by=day&time_zone=Atlantis", status: 400, want: []string{`violations.0.field "time_zone"`}},
		{name: "not of the computer's", as: "read", path: at + "&by=day&time_zone=Local", status: 400, want: []string{`violations.0.field "time_zone"`}},
		{name: "not backwards", as: "read", path: at + "&since=2100-01-01T00:00:00Z", status: 400, want: []string{`violations.0.field "until"`}},
		{name: "not more than a month by hour", as: "read", path: at + "&since=2001-01-01T00:00:00Z", status: 400, want: []string{`violations.0.field "since"`}},
		{name: "of a location that is not known", as: "read", path: at + "&location_id=nowhere", status: 404},
		{name: "not without a key", as: "nobody", path: at, status: 401},
	})
}

func TestListStockFigures(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bound(t, "app", catalog.ScopeRead, stock.Bounds{Channels: []string{"app"}})
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.tell(t, []step{
		{name: "nothing before there is something", as: "read", path: "/v1/figures:stock", want: []string{`items.length 0`, `rates.length 0`}},
		{name: "pieces", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9}`},
		{name: "none of them", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"lyon"}`},
		{name: "kilograms", path: "/v1/inventory", body: `{"product_id":"oil","location_id":"lyon","available_stock":5000,"unit":"kg","scale":3}`},
		{name: "sold elsewhere, more than there are", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","quantity":10,"channel_id":"app","at":"` + h.clock.Now().UTC().Format(time.RFC3339) + `"}`},
		{name: "a count that finds what the books say", path: "/v1/inventory/observe", body: `{"product_id":"oil","location_id":"lyon","seen":5000,"reason":"count"}`},
		{name: "a count that does not", path: "/v1/inventory/observe", body: `{"product_id":"oil","location_id":"lyon","seen":4000,"reason":"count"}`},
	})
	h.summed(t)
	at := "/v1/figures:stock?until=" + h.clock.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	h.tell(t, []step{
		{name: "by unit", as: "read", path: at, want: []string{
			`items.length 2`, `items.0.on_hand 0`, `items.0.items 2`, `items.0.out_of_stock 2`, `items.0.sold 10`, `items.0.oversells 1`, `items.0.oversold 1`,
			`items.1.unit "kg"`, `items.1.on_hand 4000`, `items.1.out_of_stock 0`, `items.1.counts 2`, `items.1.counts_exact 1`,
			`rates.length 2`, `rates.0.oversell_rate 0.1`, `rates.0.days_of_supply 0`, `rates.1.unit "kg"`, `rates.1.count_accuracy 0.5`,
		}},
		{name: "of one location", as: "berlin", path: at + "&location_id=berlin&by=hour", want: []string{`items.length 1`, `items.0.items 1`}},
		{name: "of one product", as: "read", path: at + "&product_id=oil", want: []string{`items.length 1`, `items.0.unit "kg"`, `items.0.on_hand 4000`, `items.0.items 1`, `items.0.counts 2`, `rates.0.count_accuracy 0.5`}},
		{name: "of one product that is sold out", as: "berlin", path: at + "&product_id=mug&location_id=berlin", want: []string{`items.length 1`, `items.0.on_hand 0`, `items.0.out_of_stock 1`, `items.0.oversold 1`, `rates.0.oversell_rate 0.1`}},
		{name: "of one product before there was any", as: "read", path: "/v1/figures:stock?product_id=oil&until=2001-01-01T00:00:00Z", want: []string{`items.length 0`}},
		{name: "of a product that is not known", as: "read", path: at + "&product_id=nothing", status: 404},
		{name: "by day elsewhere", as: "read", path: at + "&by=day&time_zone=" + noonZone(h.clock.Now()), want: []string{`items.length 2`}},
		{name: "a key of a location must name it", as: "berlin", path: at, status: 403},
		{name: "a key of a channel may not", as: "app", path: at, status: 403},
		{name: "not by minute", as: "read", path: at + "&by=minute", status: 400, want: []string{`violations.0.field "by"`}},
		{name: "not backwards", as: "read", path: at + "&since=2100-01-01T00:00:00Z", status: 400, want: []string{`violations.0.field "until"`}},
		{name: "of a location that is not known", as: "read", path: at + "&location_id=nowhere", status: 404},
		{name: "not without a key", as: "nobody", path: at, status: 401},
	})
}

// noonZone is a time zone in which it is about noon: what happened within hours is of one
// day there. East of Greenwich is minus in its name.
func noonZone(now time.Time) string {
	return url.QueryEscape(fmt.Sprintf("Etc/GMT%+d", now.UTC().Hour()-12))
}

// Units beyond the greatest target of the active rules are overstock.
func TestListOverstock(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bound(t, "app", catalog.ScopeRead, stock.Bounds{Channels: []string{"app"}})
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	put := func(product, location, more string) step {
		return step{name: product + " at " + location, path: "/v1/inventory", body: `{"product_id":"` + product + `","location_id":"` + location + `","available_stock":` + more + `}`}
	}
	rule := func(id, location, more string) step {
		return step{name: "rule " + id, verb: "PUT", path: "/v1/replenishments/" + id, body: `{"to_location_id":"` + location + `","from_location_ids":["hub"],"min":1,"every_seconds":3600,` + more + `}`}
	}
	h.tell(t, []step{
		put("mug", "hub", "1000"),
		{name: "nothing without a rule", as: "read", path: "/v1/figures:overstock", want: []string{`items.length 0`, `sums.length 0`}},
		put("mug", "berlin", "30"), put("cup", "berlin", "8"), put("oil", "berlin", `5000,"unit":"kg","scale":3`), put("mug", "lyon", "12"), put("can", "lyon", "99"),
		rule("all", "berlin", `"target":10`), rule("mugs", "berlin", `"target":25,"product_ids":["mug"]`), rule("lyon", "lyon", `"target":4,"product_ids":["mug"]`),
		rule("paused", "lyon", `"target":1,"product_ids":["can"],"active":false`),
		{name: "the most first", as: "read", path: "/v1/figures:overstock", want: []string{
			`items.length 3`, `items.0.product_id "oil"`, `items.0.unit "kg"`, `items.0.target 10`, `items.0.overstock 4990`,
			`items.1.product_id "mug"`, `items.1.location_id "lyon"`, `items.1.overstock 8`, `items.2.location_id "berlin"`, `items.2.on_hand 30`, `items.2.target 25`, `items.2.overstock 5`,
			`sums.length 2`, `sums.0.items 3`, `sums.0.items_over 2`, `sums.0.on_hand 50`, `sums.0.overstock 13`, `sums.0.overstock_rate 0.26`, `sums.1.unit "kg"`, `sums.1.items_over 1`,
		}},
		{name: "one of them", as: "read", path: "/v1/figures:overstock?page_size=1", want: []string{`items.length 1`, `items.0.product_id "oil"`, `sums.0.overstock 13`}},
		{name: "of one location", as: "berlin", path: "/v1/figures:overstock?location_id=berlin", want: []string{`items.length 2`, `sums.0.items 2`}},
		{name: "a key of a location must name it", as: "berlin", path: "/v1/figures:overstock", status: 403},
		{name: "a key of a channel may not", as: "app", path: "/v1/figures:overstock", status: 403},
		{name: "of a location that is not known", as: "read", path: "/v1/figures:overstock?location_id=nowhere", status: 404},
		{name: "not all at once", as: "read", path: "/v1/figures:overstock?page_size=501", status: 400, want: []string{`violations.0.field "page_size"`}},
	})
}

func TestServiceFigures(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "a write", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9}`},
		{name: "a write that meets another", path: "/v1/inventory/adjust", body: `{"product_id":"mug","location_id":"berlin","delta":1,"expected_version":7,"reason":"found"}`, status: 409},
		{name: "a query", as: "read", path: "/v1/inventory/check/mug"},
		{name: "what they were", path: "/v1/figures:service", want: []string{
			`since_start.writes 2`, `since_start.conflicts 1`, `since_start.conflict_rate 0.5`, `since_start.queries 1`,
			`recent.operations.length 3`, `recent.operations.0.operation "Adjust"`, `recent.operations.0.write true`, `recent.operations.0.calls 1`,
			`recent.operations.1.operation "CheckAvailability"`, `recent.operations.1.write false`,
		}},
		{name: "of somebody who reads only", as: "read", path: "/v1/figures:service", status: 403},
	})
}
