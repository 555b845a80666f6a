package server_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// A word has one number on each surface that shows it, as docs/guide/key-figures.md defines it. The
// console and its wall read the same lists, and the command line the same calls.
func TestOneWordOneNumber(t *testing.T) {
	t.Parallel()
	h := start(t)
	open := func(product, more string) step {
		return step{name: product, path: "/v1/inventory", body: `{"product_id":"` + product + `"` + more + `}`}
	}
	reserve := func(order, product, n string, status int) step {
		return step{name: order, path: "/v1/inventory/reserve", status: status, body: `{"order_id":"` + order + `","channel_id":"web","product_id":"` + product + `","quantity":` + n + `}`}
	}
	off := func(product string) step {
		return step{name: product + " is off sale", path: "/v1/inventory/sale-status", body: `{"product_id":"` + product + `","on_sale":false}`}
	}
	h.tell(t, []step{
		open("mug", `,"available_stock":9`),
		open("lamp", `,"available_stock":2,"low_stock_threshold":3`),
		open("pan", `,"available_stock":3,"low_stock_threshold":3`),
		open("cup", `,"available_stock":0`),
		open("jug", `,"available_stock":0,"low_stock_threshold":2`),
		open("urn", `,"available_stock":2`),
		open("pot", `,"available_stock":4`), off("pot"),
		open("vat", `,"available_stock":0`), off("vat"),
		open("jar", `,"available_stock":1`),
		{name: "more jars are sold than there are", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"s","product_id":"jar","quantity":2,"at":"` + h.clock.Now().Format(time.RFC3339) + `"}`},
		open("tea", `,"tracked":false`),
		open("box", `,"location_id":"closed","available_stock":5`),
		open("bag", `,"location_id":"closed","available_stock":0`),
		{name: "it closes", verb: "PUT", path: "/v1/locations/closed", body: `{"active":false}`},
		{name: "a quota", verb: "PUT", path: "/v1/quotas/mug", body: `{"channels":[{"channel_id":"web","quota":4}]}`},
		reserve("o-1", "urn", "2", 0), reserve("o-1", "mug", "2", 0),
		{name: "o-2", path: "/v1/inventory/reserve", status: 409, body: `{"order_id":"o-2","channel_id":"web","product_id":"cup","quantity":1}`, head: []string{"Idempotency-Key", "refused"}},
		reserve("o-4", "cup", "1", 409),
		{name: "it leaves", path: "/v1/inventory/deduct", body: `{"order_id":"o-1","product_id":"mug"}`},
		{name: "one comes back", path: "/v1/inventory/return", body: `{"order_id":"o-1","product_id":"mug","quantity":1}`},
		reserve("o-3", "mug", "1", 0),
		{name: "it leaves too", path: "/v1/inventory/deduct", body: `{"order_id":"o-3"}`},
		{name: "and has not left after all", path: "/v1/inventory/withdraw", body: `{"order_id":"o-3","product_id":"mug","quantity":1,"reason":"not shipped"}`, head: []string{"Idempotency-Key", "w"}},
		{name: "a rule", verb: "PUT", path: "/v1/alert-rules/out", body: `{"rule":{"metric":"sold_out","condition":"value == 1"}}`},
		{name: "a rule of what is low", verb: "PUT", path: "/v1/alert-rules/low", body: `{"rule":{"metric":"available","condition":"low == 1"}}`},
		{name: "a rule of both that is sold out and oversold", verb: "PUT", path: "/v1/alert-rules/none", body: `{"rule":{"metric":"sold_out","condition":"value == 1 or oversold == 1"}}`},
	})
	h.current(t)
	h.summed(t)
	h.evaluates(t)
	type inventory struct {
		Product   string `json:"product_id"`
		Location  string `json:"location_id"`
		Status    string `json:"status"`
		Available int64  `json:"available_stock"`
		State     string `json:"state"`
		Sellable  *int64 `json:"sellable"`
	}
	var items struct {
		Items []struct {
			State     string    `json:"state"`
			Inventory inventory `json:"inventory"`
		} `json:"items"`
	}
	var low, list struct {
		Items []inventory `json:"items"`
	}
	var product struct {
		Locations []inventory `json:"locations"`
	}
	var places struct {
		Total map[string]int `json:"total"`
	}
	var out, lowAlerts, outOrOver, orders struct {
		Items []any `json:"items"`
	}
	var sums, stocks struct {
		Items []map[string]any `json:"items"`
	}
	var quotas struct {
		Channels []struct {
			Channel string `json:"channel_id"`
			Sold    int64  `json:"sold_in_period"`
		} `json:"channels"`
	}
	until := "?by=day&until=" + h.clock.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	for path, into := range map[string]any{
		"/v1/items": &items, "/v1/inventory/low-stock": &low, "/v1/locations:stock": &places, "/v1/alerts?rule_id=out": &out, "/v1/alerts?rule_id=low": &lowAlerts, "/v1/alerts?rule_id=none": &outOrOver, "/v1/orders": &orders,
		"/v1/inventory": &list, "/v1/inventory/product/box": &product,
		"/v1/figures" + until + "&channel_id=web": &sums, "/v1/figures:stock" + until: &stocks, "/v1/quotas/mug": &quotas,
	} {
		if a := h.call(t, "read", "GET", path, ""); a.status != 200 || json.Unmarshal(a.raw, into) != nil {
			t.Fatalf("%s: %s", path, a.raw)
		}
	}
	// countStates counts a list by state.
	countStates := func(list []inventory) map[string]int {
		n := map[string]int{}
		for _, i := range list {
			n[i.State]++
		}
		return n
	}
	listed, looked := countStates(list.Items), countStates(low.Items)
	states, outOfSale, available, sellable := map[string]int{}, 0, map[string]int64{}, map[string]*int64{}
	for _, it := range items.Items {
		states[it.State]++
		if it.Inventory.Status == "sold_out" {
			outOfSale++
		}
		if it.State != it.Inventory.State {
			t.Errorf("%s is %s, and its inventory %s", it.Inventory.Product, it.State, it.Inventory.State)
		}
		available[it.Inventory.Product], sellable[it.Inventory.Product] = it.Inventory.Available, it.Inventory.Sellable
	}
	// Refusals without a key are counted within a second.
	refused := func() (n float64) {
		for deadline := time.Now().Add(2 * time.Minute); n < 2 && time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
			var sums struct {
				Items []map[string]any `json:"items"`
			}
			a := h.call(t, "read", "GET", "/v1/figures"+until+"&channel_id=web", "")
			if err := json.Unmarshal(a.raw, &sums); err != nil {
				t.Fatal(err)
			}
			n = total(sums.Items, "refused")
		}
		return n
	}
	sold := int64(-1)
	for _, c := range quotas.Channels {
		if c.Channel == "web" {
			sold = c.Sold
		}
	}
	for _, tc := range []struct {
		word, where string
		got, want   any
	}{
		{"sold out", "the list of items", states["sold_out"], 4}, // cup, jug, urn and bag
		{"sold out", "the locations", places.Total["sold_out"], 4},
		{"sold out", "the inventories", listed["sold_out"], 4},
		{"sold out", "the list of what is low", looked["sold_out"], 4},
		{"sold out", "the alert metric", len(out.Items), 4},
		{"low", "the inventories", listed["low"], 2},
		{"low", "the list of what is low", looked["low"], 2},
		{"low", "the alert metric", len(lowAlerts.Items), 2},
		{"oversold", "the inventories", listed["oversold"], 1},
		{"oversold", "the list of what is low", looked["oversold"], 1},
		{"switched off", "the locations", places.Total["off_sale"], 2},
		{"switched off", "the inventories", listed["off_sale"], 2},
		{"low", "the list of items", states["low"], 2}, // lamp and pan
		{"low", "the locations", places.Total["low"], 2},
		{"oversold", "the list of items", states["oversold"], 1},
		{"oversold", "the locations", places.Total["oversold"], 1},
		{"switched off", "the list of items", states["off_sale"], 2},
		{"not counted", "the list of items", states["not_counted"], 1},
		{"in stock", "the list of items", states["in_stock"], 2}, // mug and box
		{"in stock", "the locations", places.Total["in_stock"], 2},
		{"not to be had", "the statuses of inventories", outOfSale, 7}, // the sold out ones, pot, vat and jar
		{"to be looked at", "the list of what is low", len(low.Items), 9},
		{"sold out or oversold", "the alert metric", len(outOrOver.Items), 5},
		{"out of stock", "the figures of the stock", last(stocks.Items)["out_of_stock"], 6.0}, // the sold out ones, vat and jar
		{"available", "an inactive location", available["box"], int64(5)},
		{"can be had", "an inactive location", h.call(t, "", "GET", "/inventory/check/box?location_id=closed", "").at("available"), "0"},
		{"can be had", "the list of items", *sellable["box"], int64(0)},
		{"can be had", "a product", *product.Locations[0].Sellable, int64(0)},
		{"can be had", "what is not counted", sellable["tea"] == nil, true},
		{"can be had", "what is switched off", *sellable["pot"], int64(0)},
		{"can be had", "what a channel has a quota of", *sellable["mug"], int64(6)},
		{"reserve calls", "the figures", total(sums.Items, "reserves"), 3.0},
		{"orders", "the list of orders", len(orders.Items), 2},
		{"refused", "the figures", refused(), 2.0},
		{"sold", "the figures", total(sums.Items, "sold"), 3.0},
		{"sold in the period", "the quota", sold, int64(2)},
	} {
		if tc.got != tc.want {
			t.Errorf("%s, by %s: %v, want %v", tc.word, tc.where, tc.got, tc.want)
		}
	}
	if slices.ContainsFunc(low.Items, func(i inventory) bool { return i.Product == "tea" || i.Product == "mug" || i.Product == "box" }) {
		t.Errorf("what is low has what is not: %v", low.Items)
	}
}

func total(rows []map[string]any, name string) (n float64) {
	for _, r := range rows {
		one, _ := r[name].(float64)
		n += one
	}
	return n
}

func last(rows []map[string]any) map[string]any {
	if len(rows) == 0 {
		return nil
	}
	return rows[len(rows)-1]
}

// A request that names no zone has its days in that of the tenant.
func TestDaysBeginInTheZoneOfTheTenant(t *testing.T) {
	t.Parallel()
	h := start(t)
	settings := func(zone string) string { return `{"time_zone":"` + zone + `"}` }
	h.tell(t, []step{
		{name: "nobody has chosen", path: "/v1/settings", want: []string{`time_zone "UTC"`}},
		{name: "who is told so", as: "read", path: "/v1/session", want: []string{`time_zone "UTC"`}},
		{name: "no such zone", verb: "PATCH", path: "/v1/settings", body: settings("Moon/Base"), status: 400, want: []string{`violations.0.field "time_zone"`}},
		{name: "not that of the computer", verb: "PATCH", path: "/v1/settings", body: settings("Local"), status: 400, want: []string{`violations.0.field "time_zone"`}},
		{name: "a zone", verb: "PATCH", path: "/v1/settings", body: settings("Asia/Kathmandu"), want: []string{`time_zone "Asia/Kathmandu"`}},
		{name: "another setting leaves it", verb: "PATCH", path: "/v1/settings", body: `{"public_reads":true}`, want: []string{`time_zone "Asia/Kathmandu"`}},
		{name: "who is told that", as: "read", path: "/v1/session", want: []string{`time_zone "Asia/Kathmandu"`}},
		{name: "mugs", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":9}`},
		{name: "an order", path: "/v1/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","quantity":1}`},
	})
	h.summed(t)
	for _, path := range []string{"/v1/figures", "/v1/figures:stock"} {
		for zone, query := range map[string]string{"Asia/Kathmandu": "", "America/St_Johns": "&time_zone=America/St_Johns"} {
			begins := h.call(t, "read", "GET", path+"?by=day"+query, "").at("items.0.at")
			in, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			if at, err := time.Parse(time.RFC3339, strings.Trim(begins, `"`)); err != nil || at.In(in).Format("15:04:05") != "00:00:00" {
				t.Errorf("%s: a day of %s begins at %s, %v", path, zone, begins, err)
			}
		}
	}
	h.play(t, step{name: "none again", verb: "PATCH", path: "/v1/settings", body: settings(""), want: []string{`time_zone "UTC"`}})
}
