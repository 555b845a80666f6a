package server_test

import (
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// reasonsOfATest are a list of reasons.
const reasonsOfATest = `{"items":[
	{"code":"breakage","title":"Fell down","direction":"out","operations":["adjust","move"]},
	{"code":"delivery","direction":"in","document_required":true},
	{"code":"faulty","direction":"in","operations":["return"],"into":"quality"},
	{"code":"count","direction":"both"},
	{"code":"old","direction":"both","active":false}]}`

// refusedReason is an adjust that is refused for its reason.
func refusedReason(name, body, why string) step {
	return step{name: name, path: "/v1/inventory/adjust", body: `{"product_id":"mug","reason":"r",` + body + `}`, status: 400, code: "INVALID_ARGUMENT", want: []string{
		`violations.0.field "reason_code"`, `violations.0.reason "` + why + `"`,
	}}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "there are none", verb: "GET", as: "read", path: "/v1/reasons", want: []string{"items.length 0", "updated_at absent"}},
		{name: "stock", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":100}`},
		refusedReason("so none can be given", `"delta":1,"reason_code":"x"`, `reason_code cannot be given: the tenant has listed no reasons (PUT /v1/reasons)`),
		{name: "they are listed by an admin", as: "internal", verb: "PUT", path: "/v1/reasons", body: reasonsOfATest, status: 403},
		{name: "all at once", verb: "PUT", path: "/v1/reasons", body: reasonsOfATest, want: []string{"items.length 5", "items.0.active true", "items.4.active false", `items.2.into "quality"`}},
		{name: "and shown", verb: "GET", as: "read", path: "/v1/reasons", want: []string{"items.length 5", `items.1.code "delivery"`, "items.1.document_required true", `items.0.operations.1 "move"`}},

		{name: "a reason is booked", path: "/v1/inventory/adjust", body: `{"product_id":"mug","delta":-3,"reason":"r","reason_code":"breakage"}`, want: []string{"available_stock 97"}},
		refusedReason("one that nobody knows", `"delta":-3,"reason_code":"brakage"`, `\"brakage\" is none of the tenant's reasons (did you mean \"breakage\"?); they are breakage, delivery, faulty, count`),
		refusedReason("one that is not active", `"delta":-3,"reason_code":"old"`, `\"old\" is not active; those that are: breakage, delivery, faulty, count`),
		refusedReason("the wrong way", `"delta":3,"reason_code":"breakage"`, `\"breakage\" is for units that go out, here 3 come in`),
		refusedReason("by a count too", `"set_to":99,"reason_code":"breakage"`, `\"breakage\" is for units that go out, here 2 come in`),
		refusedReason("the wrong operation", `"delta":3,"reason_code":"faulty"`, `\"faulty\" is not for adjust, it is for return`),
		refusedReason("without its document", `"delta":3,"reason_code":"delivery"`, `\"delivery\" needs a document: reference must be given`),
		{name: "with it", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":5,"reason_code":"delivery","reference":"D-1"}`},
		{name: "what comes back goes where the reason says", path: "/v1/inventory/return", body: `{"product_id":"mug","quantity":2,"reason_code":"faulty"}`, head: []string{"Idempotency-Key", "back"}, want: []string{"available_stock 102", "on_hand 104"}},
		{name: "unless the call says so", path: "/v1/inventory/return", body: `{"product_id":"mug","quantity":1,"reason_code":"faulty","to":"pool/shared"}`, want: []string{"available_stock 103"}},
		{name: "a move", path: "/v1/inventory/move", body: `{"product_id":"mug","quantity":4,"from":"pool/shared","to":"damaged","reason_code":"breakage"}`},
		{name: "a count", path: "/v1/inventory/observe", body: `{"product_id":"mug","seen":104,"reason_code":"count"}`},
		{name: "a hold that is given back", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"mug","quantity":1}`},
		{name: "for a reason", path: "/v1/inventory/release", body: `{"order_id":"o","reason_code":"count"}`},
		{name: "in a batch", path: "/v1/commands:batch", body: `{"commands":[{"adjust":{"product_id":"mug","delta":-1,"reason":"r","reason_code":"breakage"}},{"adjust":{"product_id":"mug","delta":1,"reason":"r","reason_code":"breakage"}}]}`, want: []string{"results.0.ok true", `results.1.error.violations.0.field "reason_code"`}},

		{name: "the journal shows it", verb: "GET", path: "/v1/logs?reason_code=breakage", want: []string{"items.length 3", `items.0.reason_code "breakage"`, `items.2.operation "adjust"`}},
		{name: "of a product", verb: "GET", path: "/v1/inventory/logs/mug?reason_code=delivery", want: []string{"items.length 1", `items.0.reference "D-1"`}},
		{name: "it is summed", verb: "GET", as: "read", path: "/v1/reasons/sums", want: []string{
			"items.length 6", "next_page_token absent",
			`items.0.reason_code "breakage"`, `items.0.operation "adjust"`, "items.0.entries 2", "items.0.units_in 0", "items.0.units_out 4",
			`items.1.operation "move"`, "items.1.units_out 4",
			`items.2.reason_code "count"`, `items.2.operation "observe"`, "items.2.units_out 1",
			`items.3.operation "release"`, "items.3.units_in 1",
			`items.4.reason_code "delivery"`, "items.4.units_in 5",
			`items.5.reason_code "faulty"`, "items.5.entries 2", "items.5.units_in 3",
		}},
		{name: "elsewhere there is nothing", verb: "GET", path: "/v1/reasons/sums?until=2020-01-01T00:00:00Z", want: []string{"items.length 0"}},

		{name: "the rule is changed", verb: "PUT", path: "/v1/reasons", body: `{"items":[{"code":"faulty","direction":"both","active":false,"into":"damaged"}]}`, want: []string{"items.length 1"}},
		{name: "what was answered is answered again", path: "/v1/inventory/return", body: `{"product_id":"mug","quantity":2,"reason_code":"faulty"}`, head: []string{"Idempotency-Key", "back"}, want: []string{"available_stock 102", "on_hand 104"}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "also a release without a key", path: "/v1/inventory/release", body: `{"order_id":"o","reason_code":"count"}`},
		{name: "a code stays where it was booked", verb: "GET", path: "/v1/logs?reason_code=breakage", want: []string{"items.length 3"}},
		{name: "the list may be emptied", verb: "PUT", path: "/v1/reasons", body: `{"items":[]}`, want: []string{"items.length 0"}},
	})
	e := h.firstEvent(t, `{"product_id":"cup","available_stock":9}`, `{"items":[{"code":"breakage","direction":"out"}]}`, `{"product_id":"cup","delta":-1,"reason":"r","reason_code":"breakage"}`)
	if e.GetReasonCode() != "breakage" {
		t.Errorf("the event has no code: %v", e)
	}
}

// firstEvent opens an item, lists reasons, adjusts, and returns the event of that.
func (h *house) firstEvent(t *testing.T, open, reasons, adjust string) *holdfastv1.StockEvent {
	t.Helper()
	h.play(t, step{path: "/v1/inventory", body: open})
	h.play(t, step{verb: "PUT", path: "/v1/reasons", body: reasons})
	all, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{})
	h.play(t, step{path: "/v1/inventory/adjust", body: adjust})
	return nextGRPC(t, all)
}

func TestReasonsThatCannotBe(t *testing.T) {
	t.Parallel()
	h := start(t)
	for name, item := range map[string]string{
		"a code that is no id":         `{"code":"a/b","direction":"in"}`,
		"no direction":                 `{"code":"a"}`,
		"an operation nobody knows":    `{"code":"a","direction":"in","operations":["reserve"]}`,
		"the same operation twice":     `{"code":"a","direction":"in","operations":["adjust","adjust"]}`,
		"an account outside":           `{"code":"a","direction":"in","into":"ext/customer"}`,
		"a way back for what goes out": `{"code":"a","direction":"out","into":"quality"}`,
		"and for what is no return":    `{"code":"a","direction":"in","operations":["adjust"],"into":"quality"}`,
		"the same code twice":          `{"code":"a","direction":"in"},{"code":"a","direction":"in"}`,
	} {
		a := h.call(t, "admin", "PUT", "/v1/reasons", `{"items":[`+item+`]}`)
		if a.status != 400 || !strings.Contains(a.at("violations.0.field"), "items[") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
}

func TestATenantMayRequireReasons(t *testing.T) {
	t.Parallel()
	h := start(t)
	const must = `reason_code must be given: the tenant requires a reason (GET /v1/reasons)`
	refused := func(path, body string) step {
		return step{name: path + " needs one", path: "/v1/inventory/" + path, body: body, status: 400, want: []string{`violations.0.field "reason_code"`, `violations.0.reason "` + must + `"`}}
	}
	h.tell(t, []step{
		{name: "stock", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":10}`},
		{name: "before it does", path: "/v1/inventory/adjust", body: `{"product_id":"mug","delta":1,"reason":"r"}`, head: []string{"Idempotency-Key", "k"}, want: []string{"available_stock 11"}},
		{name: "a list", verb: "PUT", path: "/v1/reasons", body: `{"items":[{"code":"why","direction":"both"}]}`},
		{name: "it does", verb: "PATCH", path: "/v1/settings", body: `{"reasons_required":true}`, want: []string{"reasons_required true"}},
		refused("adjust", `{"product_id":"mug","delta":1,"reason":"r"}`),
		refused("restock", `{"product_id":"mug","quantity":1}`),
		refused("return", `{"product_id":"mug","quantity":1}`),
		refused("observe", `{"product_id":"mug","seen":1}`),
		refused("move", `{"product_id":"mug","quantity":1,"from":"pool/shared","to":"damaged"}`),
		refused("retire", `{"product_id":"mug","write_off":true}`),
		{name: "with one it goes", path: "/v1/inventory/adjust", body: `{"product_id":"mug","delta":1,"reason":"r","reason_code":"why"}`, want: []string{"available_stock 12"}},
		{name: "what was done before is answered", path: "/v1/inventory/adjust", body: `{"product_id":"mug","delta":1,"reason":"r"}`, head: []string{"Idempotency-Key", "k"}, want: []string{"available_stock 11"}},
		{name: "orders need none", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"mug","quantity":2}`},
		{name: "nor to end", path: "/v1/inventory/release", body: `{"order_id":"o"}`},
		{name: "files have none", path: "/v1/imports?kind=levels", body: "product_id,on_hand\nmug,3\n", head: []string{"Content-Type", "text/csv"}, status: 400},
		{name: "it is written off for a reason", path: "/v1/inventory/retire", body: `{"product_id":"mug","write_off":true,"reason_code":"why"}`, want: []string{"written_off 12"}},
		{name: "which is in the journal", verb: "GET", path: "/v1/logs?operation=retire", want: []string{`items.0.reason_code "why"`}},
	})
}
