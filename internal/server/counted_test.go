package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
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

// A reserve call that got nothing is refused, with a key or not, of a kit, with locations chosen, or
// when it would have taken what there is. A call that is to be corrected, and a repeat, are not.
func TestRefusedCallsAreCountedByOneRule(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "mugs", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":5}`},
		{name: "no cups", path: "/v1/inventory", body: `{"product_id":"cup","available_stock":0}`},
		{name: "a kit", verb: "PUT", path: "/v1/kits/set", body: `{"components":[{"product_id":"mug","quantity":1},{"product_id":"cup","quantity":1}]}`},
	})
	mug, cup, kit := `"product_id":"mug","quantity":9`, `"product_id":"cup","quantity":1`, `"product_id":"set","quantity":1`
	refused := 0
	for _, tc := range []struct {
		name, body string
		status     int
		refused    bool
	}{
		{"too many", mug, 409, true},
		{"of a kit", kit, 409, true},
		{"somewhere", cup + `,"sourcing":{}`, 409, true},
		{"what there is, which is nothing", cup + `,"policy":"partial"`, 200, true},
		{"what there is of a kit", kit + `,"policy":"partial"`, 400, false},
		{"what there is somewhere", cup + `,"policy":"partial","sourcing":{}`, 200, true},
		{"of what is not known", `"product_id":"nothing","quantity":1`, 404, false},
		{"none", `"product_id":"mug","quantity":0`, 400, false},
		{"some", `"product_id":"mug","quantity":1`, 200, false},
	} {
		for _, key := range []string{"", "k"} {
			order := strings.TrimSpace(tc.name + " " + key)
			reserve := step{name: order, path: "/v1/inventory/reserve", status: tc.status, body: `{"order_id":"` + order + `","channel_id":"web",` + tc.body + `}`}
			steps := []step{reserve}
			if key != "" {
				again := reserve
				again.name += " again"
				reserve.head = []string{"Idempotency-Key", strings.ReplaceAll(order, " ", "-")}
				again.head = reserve.head
				steps = []step{reserve, again}
			}
			h.tell(t, steps)
			if tc.refused {
				refused++
			}
		}
	}
	until := h.clock.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	for deadline := time.Now().Add(2 * time.Minute); ; <-time.After(50 * time.Millisecond) {
		h.summed(t)
		a := h.call(t, "read", "GET", "/v1/figures?by=day&channel_id=web&until="+until, "")
		got := a.at("items.0.refused")
		if got == fmt.Sprint(refused) {
			return
		}
		if n, err := strconv.Atoi(got); err == nil && n > refused || time.Now().After(deadline) {
			t.Fatalf("refused is %s, want %d: %s", got, refused, a.raw)
		}
	}
}
