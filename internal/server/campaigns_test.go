package server_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

func TestCampaigns(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	h.tell(t, []step{
		{name: "wine is counted in millilitres", path: "/v1/inventory", body: `{"product_id":"wine","location_id":"shop","available_stock":"2.5","unit":"litre","scale":3}`},
		{name: "and tea there is", path: "/v1/inventory/restock", body: `{"product_id":"tea","location_id":"shop","quantity":50}`},
	})
	put := func(name, body, field string) step {
		return step{name: name, verb: "PUT", path: "/v1/campaigns/flash", body: body, status: 400, want: []string{`violations.0.field "` + field + `"`}}
	}
	h.tell(t, []step{
		{name: "there is none", path: "/v1/campaigns/flash", status: 404, code: "NOT_FOUND"},
		{name: "nothing to end", verb: "DELETE", path: "/v1/campaigns/flash", status: 404, code: "NOT_FOUND"},
		{name: "nor to bring items into", path: "/v1/campaigns/flash/items", body: `{"items":[{"product_id":"tea","location_id":"shop","quota":1}]}`, status: 404},
		{name: "one with two items", verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"Flash","text":"Till\neight.","rule":{"ends_at":"2099-01-01T00:00:00Z","max_units_per_order":5,"draws_shared":false},
			"items":[{"product_id":"tea","location_id":"shop","quota":20},{"product_id":"wine","location_id":"shop","quota":"1.5"}]}`, want: []string{
			`campaign_id "flash"`, `name "Flash"`, `state "running"`, `item_count 2`, `pending 0`, `refused 0`, `ended_at absent`,
			`rule.max_units_per_order 5`, `items.0.product_id "tea"`, `items.0.state "applied"`, `items.0.remaining 20`, `items.0.code absent`,
			`items.1.quota 1500`, `items.1.unit "litre"`, `items.1.scale 3`, `items.1.remaining 1500`,
		}},
		{name: "is as if the quotas were set one by one", path: "/v1/quotas/tea?location_id=shop", want: []string{
			`channels.0.channel_id "flash"`, `channels.0.quota 20`, `channels.0.rule.max_units_per_order 5`, `channels.0.rule.draws_shared false`,
		}},
		{name: "the rule holds", path: "/v1/inventory/reserve", body: `{"order_id":"c-1","product_id":"tea","location_id":"shop","quantity":6,"channel_id":"flash"}`, status: 409, code: "INVALID_STATE"},
		{name: "an order", path: "/v1/inventory/reserve", body: `{"order_id":"c-2","product_id":"tea","location_id":"shop","quantity":5,"channel_id":"flash"}`},
		{name: "part of it is sold", path: "/v1/inventory/deduct", head: []string{"Idempotency-Key", "c-2"}, body: `{"order_id":"c-2","product_id":"tea","location_id":"shop","quantity":2}`},
		{name: "more than there is", path: "/v1/campaigns/flash/items", body: `{"items":[{"product_id":"tea","location_id":"shop","quota":900}]}`, want: []string{
			`refused 1`, `items.0.quota 900`, `items.0.state "refused"`, `items.0.code "INSUFFICIENT_STOCK"`, `items.0.remaining 15`,
		}},
		{name: "is read with the scope read", as: "read", path: "/v1/campaigns/flash?page_size=1", want: []string{
			`text "Till\neight."`, `item_count 2`, `items.0.held 3`, `items.0.sold 2`, `items.1 absent`,
		}},
		{name: "by its own tenant alone", as: "other", path: "/v1/campaigns/flash", status: 404},
		{name: "writing needs admin", as: "internal", verb: "PUT", path: "/v1/campaigns/flash", body: `{}`, status: 403},
		{name: "a product leaves", path: "/v1/campaigns/flash/items", body: `{"items":[{"product_id":"wine","location_id":"shop","quota":1500,"ended":true}]}`, want: []string{
			`items.0.ended true`, `items.0.state "applied"`, `items.0.remaining 0`,
		}},
		{name: "another rule is for all that is in it", verb: "PUT", path: "/v1/campaigns/flash", body: `{"rule":{"max_units_per_order":1}}`, want: []string{`name ""`, `items.length 0`, `rule.ends_at absent`, `refused 1`}},
		{name: "so it is in the books", path: "/v1/quotas/tea?location_id=shop", want: []string{`channels.0.rule.max_units_per_order 1`, `channels.0.quota 20`}},
		{name: "they are listed", path: "/v1/campaigns", want: []string{`items.0.campaign_id "flash"`, `items.0.item_count 2`, `items.0.items.length 0`, `next_page_token absent`}},
		{name: "it is ended", verb: "DELETE", path: "/v1/campaigns/flash", want: []string{`state "ended"`, `pending 0`}},
		{name: "twice", verb: "DELETE", path: "/v1/campaigns/flash", want: []string{`state "ended"`}},
		{name: "what remained is for sale to all", path: "/v1/campaigns/flash", want: []string{`state "ended"`, `items.0.remaining 0`, `items.0.held 3`, `items.0.sold 2`}},
		put("a name is one line", `{"name":"a\nb"}`, "name"),
		put("an end after the start", `{"rule":{"starts_at":"2030-01-01T00:00:00Z","ends_at":"2029-01-01T00:00:00Z"}}`, "rule.ends_at"),
		put("it does not lend to itself", `{"rule":{"lends_to":["flash"]}}`, "rule.lends_to"),
		put("a product is named", `{"items":[{"location_id":"shop","quota":1}]}`, "items[0].product_id"),
		put("once", `{"items":[{"product_id":"tea","location_id":"shop","quota":1},{"product_id":"tea","location_id":"shop","quota":2}]}`, "items[1].product_id"),
		put("not less than nothing", `{"items":[{"product_id":"tea","location_id":"shop","quota":-1}]}`, "items[0].quota"),
		{name: "some items", path: "/v1/campaigns/flash/items", body: `{"items":[]}`, status: 400, want: []string{`violations.0.field "items"`}},
		{name: "a product is known", verb: "PUT", path: "/v1/campaigns/other", body: `{"items":[{"product_id":"gold","location_id":"shop","quota":1}]}`, status: 404},
		{name: "and then nothing is stored", path: "/v1/campaigns/other", status: 404},
		{name: "a token of another list", path: "/v1/campaigns?page_token=eA", status: 400},
		{name: "a thousand items at most", verb: "PUT", path: "/v1/campaigns/flash", body: `{"items":[` + strings.TrimSuffix(strings.Repeat(`{"product_id":"tea","quota":1},`, 1001), ",") + `]}`, status: 400, want: []string{`violations.0.field "items"`}},
	})
}

// A campaign of many items is carried out in its call, and read page by page.
func TestACampaignOfManyItems(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	const products = 700
	sale := &holdfastv1.SetCampaignRequest{CampaignId: "sale"}
	var opening []*holdfastv1.Command
	for n := range products {
		id := fmt.Sprintf("p-%03d", n)
		opening = append(opening, &holdfastv1.Command{Verb: &holdfastv1.Command_Create{
			Create: &holdfastv1.CreateInventoryRequest{ProductId: id, LocationId: "shop", AvailableStock: 9},
		}})
		sale.Items = append(sale.Items, &holdfastv1.CampaignItemSetting{ProductId: id, LocationId: "shop", Quota: int64(n % 12)})
	}
	if _, err := h.grpc.ExecuteBatch(ctx, &holdfastv1.ExecuteBatchRequest{Commands: opening}); err != nil {
		t.Fatal(err)
	}
	is, err := h.grpc.SetCampaign(ctx, sale)
	for status.Code(err) == codes.Unavailable { // a busy machine may not do it within the deadline of a call
		is, err = h.grpc.SetCampaign(ctx, sale)
	}
	if err != nil || is.ItemCount != products || is.Pending != 0 || is.Refused != 116 || len(is.Items) != products {
		t.Fatalf("it has %d items, %d pending, %d refused, %d shown: %v", is.GetItemCount(), is.GetPending(), is.GetRefused(), len(is.GetItems()), err)
	}
	seen, token := 0, ""
	for range 3 {
		page, err := h.grpc.GetCampaign(ctx, &holdfastv1.GetCampaignRequest{CampaignId: "sale", PageSize: new(int32(300)), PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			if want := int64(seen % 12); it.Quota != want || (it.State == "refused") != (want > 9) || it.State == "applied" && it.Remaining != want {
				t.Errorf("item %d is %v", seen, it)
			}
			seen++
		}
		token = page.GetNextPageToken()
	}
	if seen != products || token != "" {
		t.Errorf("%d items were seen, and more: %q", seen, token)
	}
}

func TestCampaignsKeepKeys(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	h.tell(t, []step{{name: "tea", path: "/v1/inventory/restock", body: `{"product_id":"tea","location_id":"shop","quantity":50}`}})
	const (
		ten    = `{"items":[{"product_id":"tea","location_id":"shop","quota":10}]}`
		twenty = `{"items":[{"product_id":"tea","location_id":"shop","quota":20}]}`
	)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	again := []string{"Idempotency-Replayed", "true"}
	h.tell(t, []step{
		{name: "a campaign", verb: "PUT", path: "/v1/campaigns/flash", body: ten, head: key("k"), want: []string{`items.0.remaining 10`}},
		{name: "another body", verb: "PUT", path: "/v1/campaigns/flash", body: twenty, head: key("k"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "grows", path: "/v1/campaigns/flash/items", body: twenty, head: key("i"), want: []string{`items.0.remaining 20`}},
		{name: "a repeat does not make it small again", verb: "PUT", path: "/v1/campaigns/flash", body: ten, head: key("k"), want: []string{`campaign_id "flash"`, `items.0.quota 10`, `items.0.remaining 10`}, says: again},
		{name: "and is the first answer of a change of its items too", path: "/v1/campaigns/flash/items", body: twenty, head: key("i"), want: []string{`items.0.remaining 20`}, says: again},
		{name: "it ends", verb: "DELETE", path: "/v1/campaigns/flash", head: key("e"), want: []string{`state "ended"`}},
		{name: "and begins anew", verb: "PUT", path: "/v1/campaigns/flash", body: ten, want: []string{`state "running"`}},
		{name: "a repeat does not end it again", verb: "DELETE", path: "/v1/campaigns/flash", head: key("e"), want: []string{`state "ended"`}, says: again},
		{name: "which runs", path: "/v1/campaigns/flash", want: []string{`state "running"`}},
		{name: "the first call of all is answered as it was", verb: "PUT", path: "/v1/campaigns/flash", body: ten, head: key("k"), want: []string{`state "running"`, `items.0.remaining 10`}, says: again},
		{name: "and its key stays its own", verb: "PUT", path: "/v1/campaigns/flash", body: twenty, head: key("k"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "one that is unknown is not kept", verb: "DELETE", path: "/v1/campaigns/none", head: key("n"), status: 404},
	})
}

// A campaign says what is in force, and to set it again sends what the books do not have.
func TestACampaignShowsWhatIsInForce(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	const six = `{"items":[{"product_id":"tea","location_id":"shop","quota":6}]}`
	h.tell(t, []step{
		{name: "tea", path: "/v1/inventory/observe", body: `{"product_id":"tea","location_id":"shop","seen":6}`},
		{name: "a campaign of all of it", verb: "PUT", path: "/v1/campaigns/flash", body: six, want: []string{`items.0.state "applied"`, `items.0.quota 6`, `items.0.in_force 6`}},
		{name: "a count", path: "/v1/inventory/observe", body: `{"product_id":"tea","location_id":"shop","seen":1}`},
		{name: "what is in force", as: "read", path: "/v1/campaigns/flash", want: []string{
			`items.0.quota 6`, `items.0.in_force 1`, `items.0.remaining 1`, `items.0.state "differs"`, `items.0.code "INSUFFICIENT_STOCK"`,
		}},
		{name: "more comes", path: "/v1/inventory/restock", body: `{"product_id":"tea","location_id":"shop","quantity":5}`},
		{name: "the duty will do it", path: "/v1/campaigns/flash", want: []string{`items.0.in_force 1`, `items.0.state "pending"`, `items.0.code absent`}},
		{name: "set again", verb: "PUT", path: "/v1/campaigns/flash", body: six, want: []string{`items.0.in_force 6`, `items.0.remaining 6`, `items.0.state "applied"`}},
		{name: "by hand", verb: "PUT", path: "/v1/quotas/tea", body: `{"location_id":"shop","channels":[{"channel_id":"flash","quota":2}]}`},
		{name: "stays", path: "/v1/campaigns/flash", want: []string{`items.0.in_force 2`, `items.0.state "differs"`, `items.0.code "INVALID_STATE"`}},
		{name: "until the item is set again", path: "/v1/campaigns/flash/items", body: six, want: []string{`items.0.in_force 6`, `items.0.state "applied"`}},
		{name: "a product is retired", path: "/v1/inventory/retire", body: `{"product_id":"tea","location_id":"shop","write_off":true}`},
		{name: "and cannot have it", path: "/v1/campaigns/flash", want: []string{`items.0.quota 6`, `items.0.in_force 0`, `items.0.state "differs"`, `items.0.detail "\"tea\" at \"shop\" is retired: reinstate it first"`}},
		{name: "nor when it is set again", path: "/v1/campaigns/flash/items", body: six, want: []string{`items.0.in_force 0`, `items.0.state "refused"`, `items.0.code "INVALID_STATE"`}},
		{name: "until it is back", path: "/v1/inventory/reinstate", body: `{"product_id":"tea","location_id":"shop"}`},
		{name: "with its units", path: "/v1/inventory/restock", body: `{"product_id":"tea","location_id":"shop","quantity":9}`},
		{name: "which the books get then", path: "/v1/campaigns/flash/items", body: six, want: []string{`items.0.in_force 6`, `items.0.state "applied"`}},
		{name: "a sale takes a unit", path: "/v1/inventory/reserve", body: `{"order_id":"s","product_id":"tea","location_id":"shop","quantity":2,"channel_id":"flash"}`},
		{name: "which counts as used", path: "/v1/campaigns/flash", want: []string{`items.0.in_force 6`, `items.0.remaining 4`, `items.0.held 2`, `items.0.state "applied"`}},
	})
}
