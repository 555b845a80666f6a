package server_test

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
)

func TestEventsShowWhatIsCommitted(t *testing.T) {
	t.Parallel()
	h := start(t)
	s := h.watch(t, "read", "")
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := s.head.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if s.head.Get("X-Request-Id") == "" || s.head.Get("Date") == "" {
		t.Errorf("headers %v", s.head)
	}
	h.play(t, step{path: "/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":10,"low_stock_threshold":6}`})
	s.want("create mug")
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o-1","product_id":"mug","location_id":"berlin","channel_id":"web","quantity":4}`})
	e := s.next()
	for name, want := range map[string]any{
		"event_id": "0-2-0-0", "type": "reserve", "product_id": "mug", "location_id": "berlin", "channel_id": "web", "order_id": "o-1",
		"available_stock": 6., "reserved_stock": 4., "on_hand": 10., "delta_available": -4., "delta_reserved": 4., "delta_on_hand": 0.,
		"version": 2., "status": "low_stock",
	} {
		if e[name] != want {
			t.Errorf("%s is %v, want %v", name, e[name], want)
		}
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", fmt.Sprint(e["at"])); err != nil {
		t.Error(err)
	}
	// It is the journal's entry.
	a := h.call(t, "admin", "GET", "/inventory/logs/mug", "")
	if a.at("items.0.entry_id") != `"0-2-0-0"` || a.at("items.0.at") != `"`+fmt.Sprint(e["at"])+`"` {
		t.Errorf("the journal says %s", a.raw)
	}
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o-2","product_id":"mug","location_id":"berlin","quantity":7}`, status: 409})
	h.play(t, step{path: "/inventory/deduct", body: `{"order_id":"o-1"}`})
	// A refusal is no event; a deduct is of the channel of its lines.
	if e := s.next(); e["type"] != "deduct" || e["channel_id"] != "web" || e["reason"] != nil {
		t.Errorf("got %v", e)
	}
	h.play(t, step{path: "/inventory/restock", body: `{"product_id":"mug","location_id":"berlin","quantity":1,"reason":"found"}`})
	if e := s.next(); e["type"] != "restock" || e["reason"] != "found" {
		t.Errorf("got %v", e)
	}
}

func TestEventsAreFiltered(t *testing.T) {
	t.Parallel()
	h := start(t)
	mug := h.watch(t, "admin", "?product_id=mug")
	berlin := h.watch(t, "internal", "?location_id=berlin")
	both := h.watch(t, "read", "?types=reserve,release&product_id=mug&location_id=berlin")
	other := h.watch(t, "other", "")
	none := h.watch(t, "read", "?product_id=nobody-knows-it&location_id=&types=")
	for _, body := range []string{
		`{"product_id":"mug","location_id":"berlin","available_stock":10}`, `{"product_id":"cup","location_id":"berlin","available_stock":10}`,
		`{"product_id":"mug","location_id":"rome","available_stock":10}`,
	} {
		h.play(t, step{path: "/inventory", body: body})
	}
	h.create(t, "other", "mug")
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"cup","location_id":"berlin","quantity":1},{"product_id":"mug","location_id":"berlin","quantity":1},{"product_id":"mug","location_id":"rome","quantity":1}]}`})
	h.play(t, step{path: "/inventory/release", body: `{"order_id":"o"}`})
	mug.want("create mug", "create mug", "reserve mug", "reserve mug", "release mug", "release mug")
	berlin.want("create mug", "create cup", "reserve cup", "reserve mug", "release cup", "release mug")
	both.want("reserve mug", "release mug")
	other.want("create mug")
	h.create(t, "admin", "nobody-knows-it")
	none.want("create nobody-knows-it")
	h.restock(t, "other", "mug")
	other.want("restock mug") // and nothing of the other tenant in between
}

func TestAStreamGoesOnBehindWhatWasSeen(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	h.create(t, "admin", "b")
	h.create(t, "admin", "c")
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"a","quantity":1},{"product_id":"b","quantity":1},{"product_id":"c","quantity":1}]}`})
	whole := h.watch(t, "read", "?after=0-0")
	whole.want("create a", "create b", "create c", "reserve a", "reserve b", "reserve c")
	h.restock(t, "admin", "a")
	whole.want("restock a")

	first := h.watch(t, "read", "", "Last-Event-ID", "0-2-0-0")
	first.want("create c", "reserve a") // and the connection breaks in the middle of a record
	first.body.Close()
	second := h.watch(t, "read", "?after=0-0", "Last-Event-ID", first.id)
	second.want("reserve b", "reserve c", "restock a")
	second.body.Close()

	write := h.call(t, "admin", "POST", "/inventory/restock", `{"product_id":"b","quantity":1}`)
	h.restock(t, "admin", "c")
	h.watch(t, "read", "?after="+write.head.Get("Holdfast-Position")).want("restock c")
	// A watcher that has seen no event yet continues from where it began.
	quiet := h.watch(t, "read", "?product_id=a")
	quiet.body.Close()
	h.restock(t, "admin", "a")
	h.watch(t, "read", "?product_id=a", "Last-Event-ID", quiet.id).want("restock a")
}

func TestEventsAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	last := func(id string) []string { return []string{"Last-Event-ID", id} }
	h.tell(t, []step{
		{name: "nobody", as: "nobody", path: "/v1/events", status: 401, code: "UNAUTHENTICATED"},
		{name: "nobody of a tenant", as: "nobody", path: "/v1/events", head: []string{"X-Holdfast-Tenant", "default"}, status: 401},
		{name: "another method", path: "/v1/events", body: "{}", status: 405},
		{name: "a path that the contract does not have", path: "/events", status: 404},
		{name: "an unknown parameter", path: "/v1/events?since=1", status: 400, want: []string{`violations.0.field "since"`}},
		{name: "a parameter that is there twice", path: "/v1/events?types=reserve&types=release", status: 400, want: []string{`violations.0.field "types"`}},
		{name: "an operation that does not exist", path: "/v1/events?types=reserve,sell", status: 400, want: []string{`violations.0.field "types"`}},
		{name: "an empty operation", path: "/v1/events?types=reserve,,release", status: 400, want: []string{`violations.0.field "types"`}},
		{name: "an id that is none", path: "/v1/events?product_id=%0a", status: 400, want: []string{`violations.0.field "product_id"`}},
		{name: "an id that is too long", path: "/v1/events?location_id=" + strings.Repeat("x", 65), status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "a position that is none", path: "/v1/events?after=yesterday", status: 400, want: []string{`violations.0.field "after"`}},
		{name: "a last id that is none", path: "/v1/events?after=0-0", head: last("x"), status: 400, want: []string{`violations.0.field "Last-Event-ID"`}},
		{name: "a position from the future", path: "/v1/events", head: last("0-7"), status: 410, code: "POSITION_GONE", want: []string{`resume_after "0-1"`}},
		{name: "an event from the future", path: "/v1/events", head: last("0-1-5-0"), status: 410, want: []string{`resume_after "0-0"`}},
		{name: "a slot that does not exist", path: "/v1/events", head: last("3-1"), status: 400},
		{name: "a position that the books do not have", path: "/v1/events", head: []string{"Holdfast-After", "0-9"}, status: 410, code: "POSITION_GONE"},
	})
}

func TestWatchersAreBounded(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithWatchers(3, 2))
	first := h.watch(t, "read", "")
	h.watch(t, "admin", "")
	h.tell(t, []step{{name: "a third of the tenant", path: "/v1/events", status: 429, code: "RATE_LIMITED", says: []string{"Retry-After", "*"}}})
	h.watch(t, "other", "")
	h.tell(t, []step{{name: "a fourth of all", as: "other", path: "/v1/events", status: 429, code: "RATE_LIMITED"}})
	first.body.Close()
	h.watchersAre(t, 2)
	h.watch(t, "read", "")
}

func TestAQuietStreamTellsItsPosition(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(20*time.Millisecond))
	s := h.watch(t, "read", "?product_id=quiet")
	for range 3 {
		h.create(t, "admin", fmt.Sprint("p", s.id))
		before := s.id
		for s.id == before {
			if m, err := s.read(); err != nil || m.data != "" {
				t.Fatalf("%+v, %v", m, err)
			}
		}
	}
}

func TestARevokedKeyStopsWatching(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(20*time.Millisecond))
	key, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "leaver", Scopes: catalog.ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["leaver"] = printed
	s := h.watch(t, "leaver", "")
	if _, err := h.catalog.RevokeKey(t.Context(), catalog.DefaultTenant, key.ID); err != nil {
		t.Fatal(err)
	}
	if e := s.next(); e["name"] != "end" || e["code"] != "UNAUTHENTICATED" || e["resume_after"] != s.id {
		t.Errorf("%v", e)
	}
}

func TestAServerThatStopsEndsItsStreams(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	var all []*stream
	for i := range 100 {
		all = append(all, h.watch(t, "read", []string{"", "?product_id=a"}[i%2]))
	}
	h.restock(t, "admin", "a")
	for _, s := range all {
		s.want("restock a")
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		e := s.next()
		if e["name"] != "end" || e["code"] != "UNAVAILABLE" || e["resume_after"] != s.id || s.id != "0-2-0-0" && s.id != "0-2" {
			t.Fatalf("%v at %s", e, s.id)
		}
		if _, err := s.read(); !errors.Is(err, io.EOF) {
			t.Fatalf("behind the end comes %v", err)
		}
	}
}

// Over HTTP/2 a connection serves other calls too and cannot be taken over.
func TestEventsOverHTTP2(t *testing.T) {
	t.Parallel()
	h := start(t)
	front := httptest.NewUnstartedServer(h.front.REST())
	front.EnableHTTP2 = true
	const most = 5 * time.Second // the handshake has no longer either, on a busy machine
	front.Config.ReadTimeout, front.Config.WriteTimeout = most, most
	front.StartTLS()
	defer front.Close()
	h.create(t, "admin", "a")
	s := h.watchAt(t, front.Client(), front.URL, "read", "?after=0-0")
	s.want("create a")
	<-time.After(2 * most) // longer than a call may take, and than a watcher may for one piece
	h.restock(t, "admin", "a")
	s.want("restock a")
	s.body.Close()
	h.watchersAre(t, 0)
}

// A watcher that reads too slowly is cut off, and gets everything once when it continues.
func TestASlowReaderIsCutOffAndGoesOn(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	s := h.watchAt(t, narrow(t), h.url, "read", "?types=restock")
	events := h.flood(t)
	var ids []string
	cuts := 0
	for len(ids) < events {
		m, err := s.read()
		switch {
		case err != nil || m.name == "end":
			// A partial event does not count.
			if cuts++; cuts > mostCuts {
				t.Fatalf("cut off %d times: %+v, %v", cuts, m, err)
			}
			if m.name == "end" && !strings.Contains(m.data, "SLOW_READER") {
				t.Errorf("the end says %s", m.data)
			}
			s = h.watch(t, "read", "?types=restock", "Last-Event-ID", s.id)
		case m.data != "":
			ids = append(ids, m.id)
		}
	}
	if cuts == 0 {
		t.Error("the reader was not cut off")
	}
	want := h.allEvents(t, "?types=restock&after=0-0", events)
	if !slices.Equal(ids, want) {
		t.Errorf("%d events, want %d", len(ids), len(want))
	}
}
