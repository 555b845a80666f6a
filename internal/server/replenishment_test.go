package server_test

import (
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestStoredRules(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	const rule = `{"to_location_id":"shop","from_location_ids":["hub"],"product_ids":["tea"],"min":20,"target":150,"multiple":6,"every_seconds":3600}`
	put := func(name, body string, field string) step {
		return step{name: name, verb: "PUT", path: "/v1/replenishments/b", body: body, status: 400, want: []string{`violations.0.field "` + field + `"`}}
	}
	h.tell(t, []step{
		{name: "a rule is unknown", path: "/v1/replenishments/night", status: 404, code: "NOT_FOUND"},
		{name: "it is stored", verb: "PUT", path: "/v1/replenishments/night", body: rule, want: []string{
			`rule_id "night"`, `to_location_id "shop"`, `from_location_ids.0 "hub"`, `product_ids.0 "tea"`, `min 20`, `target 150`, `multiple 6`, `active true`, `every_seconds 3600`,
		}},
		{name: "and read with the scope read", as: "read", path: "/v1/replenishments/night", want: []string{`min 20`}},
		{name: "by its own tenant alone", as: "other", path: "/v1/replenishments/night", status: 404},
		{name: "writing needs admin", as: "internal", verb: "PUT", path: "/v1/replenishments/night", body: rule, status: 403},
		{name: "one that rests is not due", verb: "PUT", path: "/v1/replenishments/all", body: `{"to_location_id":"shop","from_location_ids":["hub"],"min":1,"target":1,"every_seconds":1,"active":false}`, want: []string{`active false`, `due_at absent`, `multiple 1`, `product_ids.length 0`}},
		{name: "they are listed by id", path: "/v1/replenishments?page_size=1", want: []string{`items.length 1`, `items.0.rule_id "all"`}},
		put("a minimum is", `{"to_location_id":"shop","from_location_ids":["hub"],"target":1,"every_seconds":1}`, "min"),
		put("a target is not below", `{"to_location_id":"shop","from_location_ids":["hub"],"min":2,"target":1,"every_seconds":1}`, "target"),
		put("a period is", `{"to_location_id":"shop","from_location_ids":["hub"],"min":1,"target":1}`, "every_seconds"),
		put("a period is a month at most", `{"to_location_id":"shop","from_location_ids":["hub"],"min":1,"target":1,"every_seconds":2678401}`, "every_seconds"),
		put("it comes from elsewhere", `{"to_location_id":"shop","from_location_ids":["shop"],"min":1,"target":1,"every_seconds":1}`, "from_location_ids"),
		{name: "locations are known", verb: "PUT", path: "/v1/replenishments/b", body: `{"to_location_id":"shop","from_location_ids":["moon"],"min":1,"target":1,"every_seconds":1}`, status: 404},
		{name: "and products", verb: "PUT", path: "/v1/replenishments/b", body: `{"to_location_id":"shop","from_location_ids":["hub"],"product_ids":["gold"],"min":1,"target":1,"every_seconds":1}`, status: 404},
		{name: "it is taken away", verb: "DELETE", path: "/v1/replenishments/night"},
		{name: "twice", verb: "DELETE", path: "/v1/replenishments/night"},
		{name: "not one that never was", verb: "DELETE", path: "/v1/replenishments/never", status: 404},
		{name: "then it is unknown", path: "/v1/replenishments/night", status: 404},
	})
}

func TestStoredRulesOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	ctx := h.with(t, "admin")
	kept, err := h.grpc.SetReplenishment(ctx, &holdfastv1.SetReplenishmentRequest{
		RuleId: "night", ToLocationId: "shop", FromLocationIds: []string{"hub"}, Min: 1, Target: 2, EverySeconds: 60,
	})
	if err != nil || kept.GetDueAt().AsTime().Unix()%60 != 0 || !kept.GetActive() {
		t.Fatalf("%v, %v", kept, err)
	}
	if _, err := h.grpc.GetReplenishment(ctx, &holdfastv1.GetReplenishmentRequest{RuleId: "day"}); status.Code(err) != codes.NotFound {
		t.Errorf("an unknown rule: %v", err)
	}
	all, err := h.grpc.ListReplenishments(ctx, &holdfastv1.ListReplenishmentsRequest{})
	if err != nil || len(all.GetItems()) != 1 || all.NextPageToken != nil {
		t.Errorf("%v, %v", all, err)
	}
}
