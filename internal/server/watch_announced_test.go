package server_test

import (
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// announce books what a product came to on a channel over all locations.
func (h *house) announce(t *testing.T, channel string, is stock.Op, version uint64) {
	t.Helper()
	command := stock.Announce{Tenant: catalog.DefaultTenant, Product: "mug", Channel: channel, Is: is, Version: version}
	if res := h.books.Submit(t.Context(), ledger.Request{Command: command})[0]; res.Err != nil || !res.Event.Changed() {
		t.Fatalf("%+v is not announced: %v", command, res.Err)
	}
}

// An announcement about a product over all locations is an event like others, but of no
// item: lists, figures and the journal do not have it.
func TestEventsTellWhenAProductIsSoldOutEverywhere(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.bind(t, "pos", catalog.ScopeRead, stock.Bounds{Channels: []string{"pos"}})
	items, mug := h.watch(t, "read", ""), h.watch(t, "read", "?product_id=mug&types=sold_out,back_in_stock")
	const types = "types=create,reserve,deduct,sold_out,back_in_stock"
	all := h.watch(t, "read", "?"+types)
	web, berlin, pos := h.watch(t, "read", "?channel_id=web&"+types), h.watch(t, "berlin", "?"+types), h.watch(t, "pos", "?"+types)
	grpc, begin := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{ChannelId: "web", Types: []string{"sold_out"}})
	h.play(t, step{path: "/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":1}`})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","channel_id":"web","quantity":1}`})
	h.announce(t, "web", stock.OpSoldOut, 0)
	h.announce(t, "pos", stock.OpSoldOut, 1)
	h.announce(t, "", stock.OpSoldOut, 2)
	h.announce(t, "web", stock.OpBackInStock, 3)
	h.play(t, step{path: "/inventory/deduct", body: `{"order_id":"o-1"}`})

	all.want("create mug", "reserve mug")
	e := all.next()
	for name, want := range map[string]any{
		"event_id": "0-3-0-0", "type": "sold_out", "product_id": "mug", "location_id": "", "channel_id": "web", "order_id": "",
		"available_stock": 0., "delta_available": 0., "version": 1., "status": "sold_out",
	} {
		if e[name] != want {
			t.Errorf("%s is %v, want %v", name, e[name], want)
		}
	}
	all.want("sold_out mug", "sold_out mug")
	if e := all.next(); e["type"] != "back_in_stock" || e["status"] != "in_stock" || e["channel_id"] != "web" {
		t.Errorf("%v", e)
	}
	all.want("deduct mug")
	items.want("create mug", "reserve mug", "deduct mug")
	mug.want("sold_out mug", "sold_out mug", "sold_out mug", "back_in_stock mug")
	web.want("reserve mug", "sold_out mug", "back_in_stock mug", "deduct mug")
	berlin.want("create mug", "reserve mug", "deduct mug")
	pos.want("create mug", "sold_out mug", "sold_out mug")
	if e := nextGRPC(t, grpc); e.Type != "sold_out" || e.ChannelId != "web" || e.EventId != "0-3-0-0" {
		t.Errorf("%v", e)
	}
	again, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: begin, Types: []string{"back_in_stock"}})
	if e := nextGRPC(t, again); e.EventId != "0-6-0-0" {
		t.Errorf("%v", e)
	}

	h.play(t, step{path: "/inventory", want: []string{"items.length 1"}})
	h.play(t, step{path: "/inventory/low-stock", want: []string{"items.length 1"}})
	h.play(t, step{path: "/inventory/product/mug", want: []string{"locations.length 1"}})
	h.play(t, step{path: "/inventory/logs/mug", want: []string{"items.length 3"}})
	h.play(t, step{path: "/v1/logs", want: []string{"items.length 3"}})
	h.play(t, step{path: "/v1/logs?operation=sold_out", status: 400})
	h.play(t, step{path: "/v1/events?types=sold-out", status: 400})
}
