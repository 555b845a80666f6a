package server_test

import (
	"encoding/json"
	"strconv"
	"testing"
)

// A sink whose target takes everything but one key says so: the events that wait for the
// parked one count as its lag, and it is blocked until somebody decides.
func TestASinkWithABlockedKeyIsBlocked(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":5}`},
		{name: "a sink", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"a"}`},
	})
	epoch := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r"}`).at("sinks.0.epoch")
	turn := 0
	advance := func(name, rest string) {
		t.Helper()
		turn++
		h.tell(t, []step{{name: name, as: "relay", path: "/v1/relay/advances", body: `{"relay_id":"r","name":"log","epoch":` + epoch + `,"turn":` + strconv.Itoa(turn) + `,` + rest + `}`}})
	}
	shown := func(name string, want ...string) {
		t.Helper()
		h.tell(t, []step{
			{name: name, as: "read", path: "/v1/sinks/log", want: want},
			{name: name + ", listed", as: "read", path: "/v1/sinks", want: prefixed("items.0.", want)},
		})
	}
	advance("an event is refused", `"last_error":"422","parked":[{"key":"shop/mug","position":"0-0","tries":1,"cause":"422 no","event":{"event_id":"0-1-0-0","at":"2025-11-25T10:00:00Z","type":"create","product_id":"mug","location_id":"shop","status":"in_stock","version":1}}]`)
	shown("nothing waits for it", `state "running"`, `lag_events 0`, `parked 1`, `last_error "422"`)
	id := h.call(t, "read", "GET", "/v1/sinks/log/parked", "").at("items.0.id")
	advance("two of its key come", `"progress":[{"id":`+id+`,"waiting":2}]`)
	shown("two wait", `state "blocked"`, `lag_events 2`, `parked 1`, `last_error "2 events wait for parked ones, the first of shop/mug: requeue or discard it; it was refused: 422 no"`)
	var sink struct {
		Lag   float64 `json:"lag_seconds"`
		Since string  `json:"failing_since"`
	}
	if err := json.Unmarshal(h.call(t, "read", "GET", "/v1/sinks/log", "").raw, &sink); err != nil || sink.Lag < 24*3600 || sink.Since == "" {
		t.Errorf("they wait since the parked one was booked: %+v, %v", sink, err)
	}
	plain, err := strconv.Unquote(id)
	if err != nil {
		t.Fatal(err)
	}
	h.tell(t, []step{{name: "requeued", path: "/v1/sinks/log/parked/" + plain + "/requeue", body: `{}`}})
	shown("they are delivered", `state "running"`, `lag_events 2`)
	advance("delivered", `"ended":[`+id+`]`)
	shown("nothing waits", `state "running"`, `lag_events 0`, `parked 0`)
}

func prefixed(prefix string, all []string) (out []string) {
	for _, one := range all {
		out = append(out, prefix+one)
	}
	return out
}
