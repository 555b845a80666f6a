package server_test

import (
	"net/http"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// restored begins an epoch behind the first record of every slot: what the
// slots have behind it was written after a restore.
func (h *house) restored(t *testing.T, slots int) {
	t.Helper()
	var heads []catalog.SlotHead
	for slot := range slots {
		heads = append(heads, catalog.SlotHead{Slot: uint16(slot), Seq: 1})
	}
	if _, err := h.catalog.Epochs.BeginEpoch(t.Context(), heads); err != nil {
		t.Fatal(err)
	}
}

// A position of the lost time is refused wherever it comes, and nothing is done.
func TestPositionsOfALostTime(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "mug")
	h.restock(t, "admin", "mug")
	h.restored(t, 1)
	after := func(p string) []string { return []string{"Holdfast-After", p} }
	const gone, code = http.StatusGone, "POSITION_GONE"
	h.tell(t, []step{
		{name: "one that the backup has", path: "/inventory/product/mug", head: after("0-1")},
		{name: "a read", path: "/inventory/product/mug", head: after("0-2"), status: gone, code: code, says: []string{"Retry-After", ""}},
		{name: "nobody's read", as: "nobody", path: "/inventory/check/mug", head: after("0-2"), status: gone, code: code},
		{name: "a list", path: "/inventory", head: after("0-2"), status: gone, code: code},
		{name: "a write", path: "/inventory/restock", body: `{"product_id":"mug","quantity":1}`, head: after("0-2"), status: gone, code: code},
		{name: "that did nothing", path: "/inventory/product/mug", want: []string{`available_stock 11`}},
		{name: "a batch", path: "/v1/commands:batch", body: `{"commands":[{"restock":{"product_id":"mug","quantity":1}}]}`, head: after("0-2"), status: gone, code: code},
		{name: "an epoch of other books", path: "/inventory", head: after("0.zz-1"), status: gone, code: code},
		{name: "an epoch of a slot that does not exist", path: "/inventory", head: after("9.zz-1"), status: gone, code: code},
		{name: "what is none", path: "/inventory", head: after("0.ZZ-1"), status: 400, code: "INVALID_ARGUMENT"},
	})
	a := h.call(t, "admin", "POST", "/inventory/restock", `{"product_id":"mug","quantity":1}`)
	position := a.head.Get("Holdfast-Position")
	if !strings.HasPrefix(position, "0.") || !strings.HasSuffix(position, "-3") {
		t.Fatalf("a write answers %s", position)
	}
	h.tell(t, []step{
		{name: "one that is given now", path: "/inventory/product/mug", head: after(position), want: []string{`available_stock 12`}},
		{name: "one that is not given yet", path: "/inventory/product/mug", head: after(strings.TrimSuffix(position, "3") + "4"), status: gone, code: code},
		{name: "the journal names its entries as the events", path: "/inventory/logs/mug?page_size=3", want: []string{
			`items.0.entry_id "` + position + `-0-0"`, `items.2.entry_id "0-1-0-0"`,
		}},
	})
	s := h.watch(t, "read", "?after=0-0")
	for _, want := range []string{"0-1-0-0", strings.TrimSuffix(position, "3") + "2-0-0", position + "-0-0"} {
		if e := s.next(); e["event_id"] != want || s.id != want {
			t.Errorf("event %v at %s, want %s", e["event_id"], s.id, want)
		}
	}
	for _, call := range []struct {
		after string
		code  codes.Code
	}{{"0-1", codes.OK}, {"0-2", codes.OutOfRange}, {position, codes.OK}, {"0-9", codes.OutOfRange}} {
		var head metadata.MD
		_, err := h.grpc.Restock(h.with(t, "admin", "holdfast-after", call.after), &holdfastv1.RestockRequest{ProductId: "mug", Quantity: 1}, grpc.Header(&head))
		if status.Code(err) != call.code {
			t.Errorf("gRPC behind %s: %v, want %s", call.after, err, call.code)
		}
		if p := head.Get("holdfast-position"); err == nil && (len(p) != 1 || !strings.HasPrefix(p[0], "0.")) {
			t.Errorf("gRPC answers the position %v", p)
		}
	}
}

// Watchers of many slots learn which of their positions were lost, and continue.
func TestWatchersOfManySlotsAfterARestore(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	old := h.watch(t, "read", "").id
	h.restored(t, 2) // two of three databases
	a := h.call(t, "read", "GET", "/v1/events?after="+old, "")
	a.check(t, "a place of before", step{status: http.StatusGone, code: "POSITION_GONE"})
	resume := strings.Trim(a.at("resume_after"), `"`)
	s := h.watch(t, "read", "", "Last-Event-ID", resume)
	for range 2 {
		e := s.next()
		if id, ok := e["event_id"].(string); !ok || !strings.Contains(id, ".") || !strings.HasSuffix(id, "-2-0-0") {
			t.Errorf("told was %v", e)
		}
	}
	if !strings.HasPrefix(s.id, "v3.") {
		t.Errorf("the place is %s", s.id)
	}
	h.open(t, 2, item("oslo", "new"))
	s.want("create new")
	h.watch(t, "read", "?after="+s.id)

	stream, err := h.grpc.WatchStock(h.with(t, "read"), &holdfastv1.WatchStockRequest{After: old})
	if err == nil {
		_, err = stream.Recv()
	}
	if p := detail[*holdfastv1.Problem](t, err); status.Code(err) != codes.OutOfRange || p.ResumeAfter != resume {
		t.Errorf("gRPC says %v, want to go on behind %s", p, resume)
	}
	again, begin := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: resume})
	if m, err := again.Recv(); err != nil || !strings.HasPrefix(begin, "v2.") || !strings.HasPrefix(m.Position, "v3.") || m.Event == nil {
		t.Errorf("%v from %s, where nothing of the epoch was told yet, %v", m, begin, err)
	}
	for _, kind := range []string{"levels", "journal"} {
		place := h.call(t, "admin", "GET", "/v1/exports?kind="+kind, "").head.Get("Holdfast-Position")
		if !strings.HasPrefix(place, "v3.") {
			t.Errorf("an export of %s is at %s", kind, place)
		}
		h.watch(t, "read", "?after="+place)
	}
}
