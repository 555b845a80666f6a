package server_test

import (
	"encoding/json"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Everything that was done to lots is in the journal, and told to watchers, with
// the lots that it was done to.
func TestTheJournalAndTheEventsNameTheLots(t *testing.T) {
	t.Parallel()
	const a, b = `{"batch":"B7","expires_at":"2091-01-02"}`, `{"batch":"B8"}`
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","available_stock":5}`})
	deed := func(path, body string, head ...string) {
		t.Helper()
		h.play(t, step{path: path, body: body, head: head})
	}
	// The expected lots of each, the oldest first; "absent" where no lot moved.
	want := []struct{ op, lots string }{
		{"create", "absent"},
		{"restock", `[{"lot":` + a + `,"quantity":10}]`},
		{"restock", `[{"lot":` + b + `,"quantity":10}]`},
		{"restock", "absent"},
		{"reserve", `[{"lot":` + a + `,"quantity":10},{"lot":` + b + `,"quantity":10}]`},
		{"deduct", `[{"lot":` + a + `,"quantity":10},{"lot":` + b + `,"quantity":2}]`},
		{"release", `[{"lot":` + b + `,"quantity":3}]`},
		{"adjust", `[{"lot":` + b + `,"quantity":1}]`},
		{"move", `[{"lot":` + b + `,"quantity":1}]`},
		{"return", `[{"lot":` + a + `,"quantity":4}]`},
		{"threshold", "absent"},
		{"recall", `[{"lot":` + a + `,"quantity":4}]`},
		{"restock", `[{"lot":` + a + `,"quantity":6}]`},
		{"move", `[{"lot":` + b + `,"quantity":1}]`},
		{"release", `[{"lot":` + b + `,"quantity":5}]`},
	}
	deed("/inventory/restock", `{"product_id":"milk","quantity":10,"lot":`+a+`}`)
	deed("/inventory/restock", `{"product_id":"milk","quantity":10,"lot":`+b+`}`)
	deed("/inventory/restock", `{"product_id":"milk","quantity":1}`)
	deed("/inventory/reserve", `{"order_id":"o","product_id":"milk","quantity":20}`)
	deed("/inventory/deduct", `{"order_id":"o","product_id":"milk","quantity":12}`, "Idempotency-Key", "d")
	deed("/inventory/release", `{"order_id":"o","product_id":"milk","quantity":3}`, "Idempotency-Key", "r")
	deed("/inventory/adjust", `{"product_id":"milk","delta":-1,"reason":"gone","lot":`+b+`}`)
	deed("/v1/inventory/move", `{"product_id":"milk","from":"pool/shared","to":"damaged","quantity":1,"lot":`+b+`}`)
	deed("/v1/inventory/return", `{"product_id":"milk","quantity":4,"lot":`+a+`}`)
	h.play(t, step{verb: "PUT", path: "/inventory/milk/threshold", body: `{"low_stock_threshold":2}`})
	deed("/v1/lots/milk/recall", `{"lot":{"batch":"B7"},"reason":"sour"}`)
	deed("/inventory/restock", `{"product_id":"milk","quantity":6,"lot":`+a+`}`)
	deed("/v1/inventory/move", `{"product_id":"milk","from":"damaged","to":"ext/adjustment","quantity":1,"reason":"binned","lot":`+b+`}`)
	deed("/inventory/release", `{"order_id":"o"}`)

	journal := h.call(t, "admin", "GET", "/inventory/logs/milk", "")
	var page struct {
		Items []map[string]json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(journal.raw, &page); err != nil || len(page.Items) != len(want) {
		t.Fatalf("%d entries, %v: %s", len(page.Items), err, journal.raw)
	}
	stream, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: "0-0"})
	events := h.watch(t, "read", "?after=0-0")
	said := func(m map[string]json.RawMessage) string {
		if m["lots"] == nil {
			return "absent"
		}
		return string(m["lots"])
	}
	for i, w := range want {
		entry := page.Items[len(want)-1-i]
		if string(entry["operation"]) != `"`+w.op+`"` || said(entry) != w.lots {
			t.Errorf("entry %d is %s of %s, want %s of %s", i, entry["operation"], said(entry), w.op, w.lots)
		}
		m, err := events.read()
		var event map[string]json.RawMessage
		if err == nil {
			err = json.Unmarshal([]byte(m.data), &event)
		}
		if err != nil || string(event["event_id"]) != string(entry["entry_id"]) || said(event) != w.lots {
			t.Errorf("event %d tells %s, want %s of %s: %v", i, m.data, w.op, w.lots, err)
		}
		told := nextGRPC(t, stream)
		if n := len(told.GetLots()); n > 0 != (w.lots != "absent") || told.GetType() != w.op {
			t.Errorf("over gRPC event %d is %s with %d lots", i, told.GetType(), n)
		}
	}
}
