package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// How far a sink is behind is counted where that is quick, and estimated where its filter
// lets through few of very many records: it is never said to be nothing when there may be
// something.
func TestHowFarASinkIsBehindIsEstimatedWhereMuchLies(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":5}`},
		{name: "a rare one", path: "/v1/inventory", body: `{"product_id":"cup","available_stock":5}`},
	})
	const batches, each = 25, 1000
	batch := `{"commands":[` + strings.TrimSuffix(strings.Repeat(`{"restock":{"product_id":"mug","quantity":1}},`, each), ",") + `]}`
	for n := range batches {
		if a := h.call(t, "admin", "POST", "/v1/commands:batch", batch); a.status != 200 || bytes.Contains(a.raw, []byte(`"ok":false`)) {
			t.Fatalf("batch %d: %.300s", n, a.raw)
		}
		if n == 4 {
			h.tell(t, []step{{name: "of the rare one", path: "/v1/inventory/restock", body: `{"product_id":"cup","quantity":1}`}})
		}
	}
	// The node reads the log in its own time.
	behind := func(filter string, is func(lag int) bool) {
		t.Helper()
		path := "/v1/sinks/" + filter
		h.tell(t, []step{{name: path, verb: "PUT", path: path, body: fmt.Sprintf(`{"kind":"file","target":"a","from":"start","filter":{"product_ids":[%q]}}`, filter)}})
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		limit := time.After(10 * time.Minute)
		for {
			var sink struct {
				Lag int `json:"lag_events"`
			}
			if err := json.Unmarshal(h.call(t, "admin", "GET", path, "").raw, &sink); err != nil {
				t.Fatal(err)
			}
			if is(sink.Lag) {
				return
			}
			select {
			case <-look.C:
			case <-limit:
				t.Fatalf("%s: %d events behind", filter, sink.Lag)
			}
		}
	}
	behind("mug", func(lag int) bool { return lag > batches*each/2 && lag < batches*each*2 }) // one of many: an estimate
	behind("cup", func(lag int) bool { return lag == 2 })
	behind("jug", func(lag int) bool { return lag == 1 })
}
