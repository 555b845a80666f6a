package server_test

import (
	"strings"
	"testing"
)

// An order of which something has left is among the confirmed ones, also while the rest is held.
func TestOrdersThatLeftInPartAreConfirmed(t *testing.T) {
	t.Parallel()
	h := start(t)
	reserve := func(order, n string) step {
		return step{name: order, path: "/v1/inventory/reserve", body: `{"order_id":"` + order + `","product_id":"mug","quantity":` + n + `}`}
	}
	deduct := func(order, body string) step {
		return step{name: order + " leaves", path: "/v1/inventory/deduct", body: `{"order_id":"` + order + `"` + body + `}`, head: []string{"Idempotency-Key", "d-" + order}}
	}
	h.tell(t, []step{
		{name: "stock", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":20}`},
		reserve("c-whole", "2"), deduct("c-whole", ""),
		reserve("b-part", "3"), deduct("b-part", `,"product_id":"mug","quantity":1`),
		reserve("a-rest", "3"), deduct("a-rest", `,"product_id":"mug","quantity":1`),
		{name: "the rest comes back", path: "/v1/inventory/release", body: `{"order_id":"a-rest"}`},
		reserve("held", "1"), reserve("back", "1"),
		{name: "released", path: "/v1/inventory/release", body: `{"order_id":"back"}`},
		{name: "confirmed ones", as: "read", verb: "GET", path: "/v1/orders?state=confirmed", want: []string{
			"items.length 3", `items.0.order_id "a-rest"`, `items.1.order_id "b-part"`, `items.1.state "active"`, `items.1.reservations.0.deducted 1`, `items.2.order_id "c-whole"`,
		}},
		{name: "what is held", as: "read", verb: "GET", path: "/v1/orders?state=active", want: []string{"items.length 2"}},
		{name: "one of them", as: "read", verb: "GET", path: "/v1/orders?state=confirmed&order_id=b-part", want: []string{"items.length 1"}},
		{name: "one that is not", as: "read", verb: "GET", path: "/v1/orders?state=confirmed&order_id=held", want: []string{"items.length 0"}},
	})
}

// The journal of a channel has what was done for it and what was done to its quota, and nothing
// that was done for another channel.
func TestTheJournalOfAChannelHasItsLines(t *testing.T) {
	t.Parallel()
	h := start(t)
	reserve := func(order, channel string) step {
		return step{name: order, path: "/v1/inventory/reserve", body: `{"order_id":"` + order + `","channel_id":"` + channel + `","items":[{"product_id":"mug","quantity":2},{"product_id":"cup","quantity":1}]}`}
	}
	h.tell(t, []step{
		{name: "mugs", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":10}`},
		{name: "cups", path: "/v1/inventory", body: `{"product_id":"cup","available_stock":9}`},
		{name: "quotas", verb: "PUT", path: "/v1/quotas/mug", body: `{"channels":[{"channel_id":"app","quota":4},{"channel_id":"web","quota":4}]}`},
		reserve("a", "app"), reserve("w", "web"),
		{name: "a deadline", path: "/v1/inventory/deduct", body: `{"order_id":"a"}`},
		{name: "given back", path: "/v1/inventory/release", body: `{"order_id":"w"}`},
		{name: "web sold what app has", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"s","channel_id":"web","product_id":"mug","quantity":7,"at":"2026-01-01T00:00:00Z"}`},
	})
	for _, channel := range []string{"app", "web"} {
		a := h.call(t, "read", "GET", "/v1/logs?channel_id="+channel, "")
		all, quotas := 0, 0
		for i := 0; a.at("items."+count(i)+".entry_id") != "absent"; i++ {
			all++
			switch of := a.at("items." + count(i) + ".channel_id"); {
			case of == `""` && a.at("items."+count(i)+".operation") == `"quota"`:
				quotas++
			case of != `"`+channel+`"`:
				t.Errorf("the journal of %s has an entry of %s: %s", channel, of, a.raw)
			}
		}
		if want := map[string]int{"app": 5, "web": 6}[channel]; all != want || quotas != 1 {
			t.Errorf("the journal of %s has %d entries and %d of its quota, want %d and 1: %s", channel, all, quotas, want, a.raw)
		}
	}
}

func count(i int) string { return strings.TrimSpace(string(rune('0' + i))) }
