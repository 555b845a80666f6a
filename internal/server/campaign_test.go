package server_test

import (
	"fmt"
	"testing"
	"time"
)

func TestAFlashSaleOfACampaign(t *testing.T) {
	t.Parallel()
	h := start(t)
	const quotas = "/v1/quotas/tea"
	end := h.clock.Now().Add(time.Hour).Format(time.RFC3339)
	buy := func(order, customer string, n int) string {
		return fmt.Sprintf(`{"order_id":%q,"product_id":"tea","quantity":%d,"channel_id":"flash","customer_id":%q,"ttl_seconds":86400}`, order, n, customer)
	}
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","available_stock":50}`},
		{
			name: "a campaign has a quota with a rule", verb: "PUT", path: quotas,
			body: `{"channels":[{"channel_id":"flash","quota":20,"rule":{"ends_at":"` + end + `","max_units_per_order":5,"max_units_per_customer":6,"max_holds_per_customer":2,"draws_shared":false}}]}`,
			want: []string{`channels.0.rule.max_units_per_customer 6`, `channels.0.rule.draws_shared false`, `channels.0.rule.ended false`, `channels.0.available 20`, `version 2`},
		},
		{name: "an order gets what the rule allows", path: "/inventory/reserve", body: buy("o-0", "ann", 6), status: 409, code: "INVALID_STATE"},
		{name: "five it may have", path: "/inventory/reserve", body: buy("o-1", "ann", 5), want: []string{`reservations.0.customer_id "ann"`, `reservations.0.quantity 5`}},
		{name: "a customer gets what the rule allows", path: "/inventory/reserve", body: buy("o-2", "ann", 2), status: 409, code: "INVALID_STATE"},
		{name: "another has as much", path: "/inventory/reserve", body: buy("o-3", "bob", 4)},
		{name: "who orders must be said", path: "/inventory/reserve", body: `{"order_id":"o-4","product_id":"tea","quantity":1,"channel_id":"flash"}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "what was bought stays used", path: "/inventory/deduct", body: `{"order_id":"o-1"}`},
		{name: "also then", path: "/inventory/reserve", body: buy("o-5", "ann", 2), status: 409, code: "INVALID_STATE"},
		{name: "one more is the sixth", path: "/inventory/reserve", body: buy("o-6", "ann", 1)},
		{name: "the quota is what remains, is held and was sold", path: quotas, want: []string{`channels.0.quota 20`, `channels.0.remaining 10`, `channels.0.held 5`, `channels.0.sold 5`}},
		{name: "no list shows what customers may have", path: "/inventory", want: []string{`items.length 1`, `items.0.product_id "tea"`, `items.0.available_stock 40`}},
		{name: "nor does the product", path: "/inventory/product/tea", want: []string{`locations.length 1`, `available_stock 40`, `reserved_stock 5`}},
		{name: "nor the journal", path: "/inventory/logs/tea?page_size=1", want: []string{`items.0.operation "reserve"`, `items.0.product_id "tea"`}},
		{name: "a rule that ends before it starts is refused", verb: "PUT", path: quotas, body: `{"channels":[{"channel_id":"flash","rule":{"starts_at":"` + end + `","ends_at":"` + end + `"}}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "so is one that lends to itself", verb: "PUT", path: quotas, body: `{"channels":[{"channel_id":"flash","rule":{"lends_to":["flash"]}}]}`, status: 400, code: "INVALID_ARGUMENT"},
	})
	h.clock.forward(time.Hour)
	h.tell(t, []step{
		{name: "at its end what remains is for all", path: quotas, want: []string{`shared 40`, `channels.0.remaining 0`, `channels.0.held 5`, `channels.0.sold 5`, `channels.0.rule.ended true`, `channels.0.available 0`}},
		{name: "it sells no more", path: "/inventory/reserve", body: buy("o-7", "cid", 1), status: 409, code: "INVALID_STATE"},
		{name: "others do", path: "/inventory/reserve", body: `{"order_id":"web","product_id":"tea","quantity":40}`},
		{name: "what was held in its time is still sold", path: "/inventory/deduct", body: `{"order_id":"o-3"}`},
		{name: "and what is given back goes to the pool", path: "/inventory/release", body: `{"order_id":"o-6"}`},
		{name: "at once", path: quotas, want: []string{`shared 1`, `channels.0.remaining 0`, `channels.0.held 0`, `channels.0.sold 9`}},
	})
}
