package server_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/stock"
)

// summed waits until the figures have all that was answered so far.
func (h *house) summed(t *testing.T) {
	t.Helper()
	for now := time.Now(); ; {
		_, asOf, err := h.figures.Rows(t.Context(), &figures.Query{Tenant: catalog.DefaultTenant, By: figures.ByHour, Until: now})
		switch {
		case err != nil:
			t.Fatal(err)
		case !asOf.Before(now):
			return
		}
	}
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
		{name: "sold elsewhere, more than there are", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","quantity":10,"channel_id":"app","at":"2026-01-01T00:00:00Z"}`},
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
		{name: "by day elsewhere", as: "read", path: at + "&by=day&time_zone=Asia/Kolkata", want: []string{`items.length 2`}},
		{name: "a key of a location must name it", as: "berlin", path: at, status: 403},
		{name: "a key of a channel may not", as: "app", path: at, status: 403},
		{name: "not by minute", as: "read", path: at + "&by=minute", status: 400, want: []string{`violations.0.field "by"`}},
		{name: "not backwards", as: "read", path: at + "&since=2100-01-01T00:00:00Z", status: 400, want: []string{`violations.0.field "until"`}},
		{name: "of a location that is not known", as: "read", path: at + "&location_id=nowhere", status: 404},
		{name: "not without a key", as: "nobody", path: at, status: 401},
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
