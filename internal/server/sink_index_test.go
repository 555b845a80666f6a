package server_test

import "testing"

// A rebuild moves the sink to now, where it stays until its relay has filled the index.
func TestAnIndexIsRebuilt(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":5}`},
		{name: "an index", verb: "PUT", path: "/v1/sinks/index", body: `{"kind":"search","target":"algolia://APP/products","from":"start"}`, want: []string{`rebuilding false`, `lag_events 1`}},
		{name: "readers rebuild nothing", as: "read", path: "/v1/sinks/index/rebuild", body: `{}`, status: 403},
		{name: "of nothing", path: "/v1/sinks/gone/rebuild", body: `{}`, status: 404},
		{name: "a rebuild", path: "/v1/sinks/index/rebuild", body: `{}`, want: []string{`rebuilding true`, `lag_events 0`}},
		{name: "a change meanwhile", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`},
	})
	claimed := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r1"}`)
	if claimed.at("sinks.0.rebuild") != "true" {
		t.Fatalf("%s", claimed.raw)
	}
	advance := func(more string) string {
		return `{"relay_id":"r1","name":"index","epoch":` + claimed.at("sinks.0.epoch") + `,` + more + `}`
	}
	const parked = `"parked":[{"key":"main/mug","position":"0-1","tries":10,"cause":"400","event":{"event_id":"0-2-0-0","type":"restock","status":"in_stock","product_id":"mug"}}]`
	h.tell(t, []step{
		{name: "the change is delivered", as: "relay", path: "/v1/relay/advances", body: advance(`"turn":1,"position":"0-2","delivered":1,` + parked), want: []string{`parked_ids.length 1`}},
		{name: "the sink stays where it was", path: "/v1/sinks/index", want: []string{`rebuilding true`, `delivered 1`, `parked 1`, `lag_events 1`}},
		{name: "the index is filled", as: "relay", path: "/v1/relay/advances", body: advance(`"turn":2,"rebuilt":true`)},
		{name: "what was parked comes again", path: "/v1/sinks/index", want: []string{`rebuilding false`, `parked 0`, `lag_events 1`}},
		{name: "its relay begins again", as: "relay", path: "/v1/relay/advances", body: advance(`"turn":3,"position":"0-2"`), status: 409, want: []string{`state "fenced"`}},
	})
	claimed = h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r1"}`)
	if claimed.at("sinks.0.rebuild") != "false" || claimed.at("sinks.0.position") != `"0-1"` {
		t.Fatalf("%s", claimed.raw)
	}
}
