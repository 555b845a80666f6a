package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
)

// liveFrame is a frame of POST /v1/live, or the end of the stream.
type liveFrame struct {
	name, id string
	At       time.Time
	Position string
	Build    string
	Items    []struct {
		ChannelID string `json:"channel_id"`
		Item      struct {
			State     string
			Inventory struct {
				ProductID      string `json:"product_id"`
				LocationID     string `json:"location_id"`
				AvailableStock int64  `json:"available_stock"`
				Version        int64
			}
		}
	}
	Absent      []map[string]string
	Code        string
	ResumeAfter string `json:"resume_after"`
}

// rows are the items of a frame as "product@location/channel version".
func (f *liveFrame) rows() map[string]int64 {
	all := map[string]int64{}
	for _, it := range f.Items {
		in := it.Item.Inventory
		all[in.ProductID+"@"+in.LocationID+"/"+it.ChannelID] = in.Version
	}
	return all
}

// live opens a stream of items as who.
func (h *house) live(t *testing.T, who, body string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/v1/live", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.keys[who])
	return h.streamOf(t, req)
}

func (h *house) streamOf(t *testing.T, req *http.Request) *stream {
	t.Helper()
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		b, _ := io.ReadAll(res.Body)
		t.Fatalf("%d %s", res.StatusCode, b)
	}
	return &stream{t: t, head: res.Header, body: res.Body, events: bufio.NewReader(res.Body)}
}

func (s *stream) frame() *liveFrame {
	s.t.Helper()
	m, err := s.read()
	if err != nil {
		s.t.Fatalf("the stream ended: %v", err)
	}
	f := &liveFrame{name: m.name, id: m.id}
	if err := json.Unmarshal([]byte(m.data), f); err != nil {
		s.t.Fatalf("%q: %v", m.data, err)
	}
	return f
}

// shown reads frames until one has the item in that version. It returns how many had rows.
func (s *stream) shown(item string, version int64) (frames int) {
	s.t.Helper()
	for last := int64(0); ; {
		rows := s.frame().rows()
		if len(rows) > 0 {
			frames++
		}
		at, has := rows[item]
		if has && at < last {
			s.t.Fatalf("version %d of %s comes after %d", at, item, last)
		}
		if last = max(last, at); last >= version {
			return frames
		}
	}
}

func watching(items ...string) string {
	var all []string
	for _, it := range items {
		product, at, _ := strings.Cut(it, "@")
		all = append(all, fmt.Sprintf(`{"product_id":%q,"location_id":%q}`, product, at))
	}
	return `{"items":[` + strings.Join(all, ",") + `]}`
}

func TestLiveShowsAllItemsFirstAndThenWhatChanges(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "mug")
	h.create(t, "admin", "cup")
	h.create(t, "admin", "pot")
	s := h.live(t, "read", `{"items":[{"product_id":"mug","location_id":"default"},{"product_id":"cup","location_id":"default","channel_id":"web"},{"product_id":"nothing","location_id":"default"},{"product_id":"mug","location_id":"default"}]}`)
	f := s.frame()
	if rows := f.rows(); len(rows) != 2 || rows["mug@default/"] != 1 || rows["cup@default/web"] != 1 {
		t.Fatalf("the first frame has %v", rows)
	}
	if len(f.Absent) != 1 || f.Absent[0]["product_id"] != "nothing" {
		t.Errorf("absent is %v", f.Absent)
	}
	if f.Position == "" || f.id != f.Position || time.Since(f.At) > time.Minute {
		t.Errorf("%+v", f)
	}
	// It is the row that lists show, but for what people call it.
	h.current(t)
	listed := h.call(t, "read", "GET", "/v1/items?product_id=mug", "")
	if got := listed.at("items.0.state"); got != `"`+f.Items[0].Item.State+`"` {
		t.Errorf("the list says %s", got)
	}
	// Items that are not watched send nothing; the next frame is of a watched item.
	h.restock(t, "admin", "pot")
	h.restock(t, "admin", "cup")
	s.shown("cup@default/web", 2)
	h.create(t, "admin", "nothing")
	s.shown("nothing@default/", 1)
}

func TestLiveMergesTheChangesOfAnItem(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	h.create(t, "admin", "b")
	s, other := h.live(t, "read", watching("a@default")), h.live(t, "read", watching("b@default"))
	s.frame()
	other.frame()
	const changes = 1000
	line := `{"restock":{"product_id":"a","quantity":1}}`
	began := time.Now()
	for range changes / 100 {
		h.play(t, step{path: "/v1/commands:batch", body: `{"commands":[` + strings.Repeat(line+",", 99) + line + `]}`})
	}
	frames := s.shown("a@default/", changes+1)
	if most := int(time.Since(began)/(250*time.Millisecond)) + 2; frames > most {
		t.Errorf("%d changes came in %d frames, of at most %d", changes, frames, most)
	}
	h.restock(t, "admin", "b")
	for rows := map[string]int64{}; rows["b@default/"] == 0; {
		rows = other.frame().rows()
		if _, has := rows["a@default/"]; has {
			t.Fatalf("who watches b is told %v", rows)
		}
	}
}

func TestLiveGoesOnBehindAPosition(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	wrote := h.call(t, "admin", "POST", "/v1/inventory/restock", `{"product_id":"a","quantity":5}`).head.Get("Holdfast-Position")
	s := h.live(t, "read", fmt.Sprintf(`{"items":[{"product_id":"a","location_id":"default"}],"after":%q}`, wrote))
	f := s.frame()
	if f.rows()["a@default/"] != 2 {
		t.Fatalf("the first frame does not show the write: %v", f.rows())
	}
	h.restock(t, "admin", "a")
	again := h.live(t, "read", fmt.Sprintf(`{"items":[{"product_id":"a","location_id":"default"}],"after":%q}`, f.Position))
	again.shown("a@default/", 3)
	h.tell(t, []step{
		{name: "a position from the future", path: "/v1/live", body: `{"after":"0-77"}`, status: 410, code: "POSITION_GONE"},
		{name: "no position", path: "/v1/live", body: `{"after":"x"}`, status: 400, want: []string{`violations.0.field "after"`}},
	})
}

func TestLiveOfNothingTellsThatItIsThere(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(20*time.Millisecond))
	for _, body := range []string{`{}`, `{"items":[]}`, ""} {
		s := h.live(t, "read", body)
		for range 3 {
			if f := s.frame(); len(f.Items) != 0 || f.Position == "" {
				t.Fatalf("%+v", f)
			}
		}
	}
}

func TestLiveRefusesWhatIsNotWellFormed(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithWatchers(1, 1))
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint("p", i, "@default")
	}
	h.bind(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.bind(t, "web", catalog.ScopeRead, stock.Bounds{Channels: []string{"web"}})
	h.tell(t, []step{
		{name: "more items than can be seen", path: "/v1/live", body: watching(many...), status: 400, want: []string{`violations.0.field "items"`}},
		{name: "no location", path: "/v1/live", body: `{"items":[{"product_id":"a"}]}`, status: 400, want: []string{`violations.0.field "items[0].location_id"`}},
		{name: "no product", path: "/v1/live", body: `{"items":[{"location_id":"a"}]}`, status: 400},
		{name: "a member that is unknown", path: "/v1/live", body: `{"item":[]}`, status: 400},
		{name: "no JSON", path: "/v1/live", body: `{"items":`, status: 400},
		{name: "another type", path: "/v1/live", body: `{}`, head: []string{"Content-Type", "text/plain"}, status: 415},
		{name: "not without a key", as: "nobody", path: "/v1/live", body: `{}`, status: 401},
		{name: "another location than the key's", as: "berlin", path: "/v1/live", body: watching("a@lyon"), status: 403},
		{name: "no channel, of a key that has one", as: "web", path: "/v1/live", body: watching("a@lyon"), status: 403},
	})
	first := h.live(t, "read", `{}`)
	first.frame()
	h.tell(t, []step{{name: "more than may watch", path: "/v1/live", body: `{}`, status: 429, code: "RATE_LIMITED"}})
	first.body.Close()
	h.watchersAre(t, 0)
}

func TestLiveEndsWithWhoeverWatches(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(20*time.Millisecond))
	h.create(t, "admin", "a")
	key, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "leaver", Scopes: catalog.ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["leaver"] = printed
	s := h.live(t, "leaver", watching("a@default"))
	s.frame()
	if _, err := h.catalog.RevokeKey(t.Context(), catalog.DefaultTenant, key.ID); err != nil {
		t.Fatal(err)
	}
	f := s.frame()
	for f.name != "end" {
		f = s.frame()
	}
	if f.Code != "UNAUTHENTICATED" || f.ResumeAfter != f.id {
		t.Errorf("%+v", f)
	}
}

func TestLiveOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	s, err := holdfastv1.NewItemServiceClient(h.conn).WatchItems(h.with(t, "read"), &holdfastv1.WatchItemsRequest{Items: []*holdfastv1.WatchedItem{{ProductId: "a", LocationId: "default"}}})
	if err != nil {
		t.Fatal(err)
	}
	for version := int64(1); version <= 2; version++ {
		for is := int64(0); is != version; {
			f, err := s.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if len(f.GetItems()) > 0 {
				is = f.GetItems()[0].GetItem().GetInventory().GetVersion()
			}
		}
		h.restock(t, "admin", "a")
	}
}

// A page that is open by itself does not keep its session.
func TestLiveIsNoSignThatSomebodyIsThere(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(20*time.Millisecond))
	h.create(t, "admin", "a")
	p := h.signIn(t, "read")
	open := func(csrf string) (*http.Request, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/v1/live", strings.NewReader(watching("a@default")))
		if err == nil {
			req.AddCookie(p.cookie)
			req.Header.Set("X-Holdfast-CSRF", csrf)
		}
		return req, err
	}
	req, err := open("another page's")
	if err != nil {
		t.Fatal(err)
	}
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a page that does not know what signing in answered: %d", res.StatusCode)
	}
	h.clock.forward(catalog.SessionIdle - time.Minute)
	if req, err = open(p.csrf); err != nil {
		t.Fatal(err)
	}
	s := h.streamOf(t, req)
	s.frame()
	h.clock.forward(2 * time.Minute)
	f := s.frame()
	for f.name != "end" {
		f = s.frame()
	}
	if f.Code != "UNAUTHENTICATED" {
		t.Errorf("%+v", f)
	}
}
