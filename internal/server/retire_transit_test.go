package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// shutDoor is a door behind which units do not come to b while it is shut.
type shutDoor struct {
	*intake.Door
	shut atomic.Bool
}

func (d *shutDoor) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	for _, a := range asks {
		if shift, is := a.Command.(*stock.Shift); is && shift.Lines[0].Item.Location == "b" && d.shut.Load() {
			return nil, errors.New("the books do not answer")
		}
	}
	return d.Door.Submit(ctx, tenant, asks)
}

// sending is a house with 10 units of p at a and none at b. It has a second server, whose
// access to b can be blocked and whose answers may be lost.
type sending struct {
	*house
	door    *shutDoor
	answers *deaf
	front   http.Handler
}

func startSending(t *testing.T) *sending {
	t.Helper()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b"}`},
	})
	s := &sending{house: h, door: &shutDoor{Door: intake.New(h.books, h.catalog, nil)}, answers: &deaf{Answers: h.catalog}}
	s.answers.lost.Store(-1)
	beside, err := server.New(server.Rooms{
		Books: h.books, Directory: h.catalog, Door: s.door.Door, Keys: h.catalog, Facts: server.Facts{Answers: s.answers},
		Transfers: transfer.New(s.door, h.books, h.catalog.Transfers, h.catalog.Replenishments),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.front = beside.REST()
	return s
}

// post is a call to the second server.
func (s *sending) post(t *testing.T, path, body, key string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.keys["admin"])
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	s.front.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// shipped is a transfer from a to b that is on its way.
func (h *house) shipped(t *testing.T, n int) string {
	t.Helper()
	id := requested(t, h, fmt.Sprintf(`{"from_location_id":"a","to_location_id":"b","lines":[{"product_id":"p","quantity":%d}]}`, n))
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+id+"/approve", `{}`)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+id+"/ship", `{}`)
	return id
}

// withoutID is a problem without the id of its request.
func withoutID(problem string) string {
	text, _, _ := strings.Cut(problem, `"request_id"`)
	return text
}

// Between the two sides of a receipt the books have nothing on its way: the document
// says that there is, and the level stays in use until it has arrived.
func TestALevelWhoseUnitsAreInTransitIsNotRetired(t *testing.T) {
	t.Parallel()
	h := startSending(t)
	id := h.shipped(t, 4)
	newer := make([]catalog.StockTransfer, 100) // which are listed first
	for i := range newer {
		newer[i] = catalog.StockTransfer{
			Tenant: catalog.DefaultTenant, ID: fmt.Sprint("of q ", i), From: "a", To: "b", State: transfer.InTransit,
			Body: []byte(`{"lines":[{"product":"q","requested":1}],"steps":[{"action":"request","outcome":"done"},{"action":"ship","outcome":"done","lines":[{"n":0,"qty":1}]}]}`),
		}
	}
	if _, err := h.catalog.Transfers.Create(t.Context(), catalog.Whenever, newer...); err != nil {
		t.Fatal(err)
	}
	h.door.shut.Store(true)
	if code, text := h.post(t, "/v1/transfers/"+id+"/receive", `{}`, ""); code == http.StatusOK {
		t.Fatalf("the receipt was not cut off: %s", text)
	}
	h.tell(t, []step{{name: "nothing is on its way in the books", path: "/v1/inventory?location_id=a", want: []string{`items.0.available_stock 6`, `items.0.in_transit 0`}}})
	const retire = "/v1/inventory/retire"
	refused := map[string]string{}
	for key, body := range map[string]string{
		"there":      `{"product_id":"p","location_id":"a","write_off":true}`,
		"everywhere": `{"product_id":"p","write_off":true}`,
		"move":       `{"product_id":"p","location_id":"a","move_stock_to":"b"}`,
	} {
		code, text := h.post(t, retire, body, key)
		if code != http.StatusConflict || !strings.Contains(text, "INVALID_STATE") || !strings.Contains(text, id) {
			t.Errorf("%s: %d %s", key, code, text)
		}
		refused[key] = withoutID(text)
	}
	h.tell(t, []step{
		{name: "the destination may go out of use", as: "admin", path: retire, body: `{"product_id":"p","location_id":"b"}`, want: []string{`items.0.retired true`}},
		{name: "and come back", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p","location_id":"b"}`},
	})
	h.door.shut.Store(false)
	h.want(t, http.StatusConflict, "admin", http.MethodPost, "/v1/transfers/"+id+"/receive", `{}`) // it is completed, and there is no more
	if code, text := h.post(t, retire, `{"product_id":"p","location_id":"a","write_off":true}`, "there"); code != http.StatusConflict || withoutID(text) != refused["there"] {
		t.Errorf("again with its key: %d %s", code, text)
	}
	h.tell(t, []step{
		{name: "now it is", as: "admin", path: retire, body: `{"product_id":"p","location_id":"a","write_off":true}`, want: []string{`written_off 6`}},
		{name: "all have arrived", path: "/inventory/product/p", want: []string{`locations.0.retired true`, `locations.1.available_stock 4`}},
	})
}

// A repeated retire under a key uses what the first found when its answer was lost,
// whatever is in transit by then.
func TestARetirementIsAnsweredAgainWhateverIsInTransitSince(t *testing.T) {
	t.Parallel()
	const retire, body = "/v1/inventory/retire", `{"product_id":"p","location_id":"a","write_off":true}`
	t.Run("it was done", func(t *testing.T) {
		t.Parallel()
		h := startSending(t)
		h.answers.lost.Store(1) // behind the level that it is about
		if code, text := h.post(t, retire, body, "k"); code != http.StatusServiceUnavailable {
			t.Fatalf("the first time: %d %s", code, text)
		}
		h.tell(t, []step{
			{name: "back in use", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p","location_id":"a"}`},
			{name: "units come", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`},
		})
		h.shipped(t, 1)
		if code, text := h.post(t, retire, body, "k"); code != http.StatusOK || !strings.Contains(text, `"written_off":10`) {
			t.Errorf("again: %d %s", code, text)
		}
		h.tell(t, []step{{name: "they stay", path: "/inventory/product/p", want: []string{`locations.0.retired absent`, `locations.0.available_stock 3`}}})
	})
	t.Run("it was refused", func(t *testing.T) {
		t.Parallel()
		h := startSending(t)
		id := h.shipped(t, 1)
		h.answers.lost.Store(1) // behind the refusal
		if code, text := h.post(t, retire, body, "k"); code != http.StatusServiceUnavailable {
			t.Fatalf("the first time: %d %s", code, text)
		}
		h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+id+"/receive", `{}`)
		if code, text := h.post(t, retire, body, "k"); code != http.StatusConflict || !strings.Contains(text, id) {
			t.Errorf("again: %d %s", code, text)
		}
	})
}

// A refusal names a few transfers; those of other products, of other locations and those
// that have arrived are not in the way.
func TestARefusalToRetireNamesTransfers(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":10}`},
		{name: "another", path: "/inventory", body: `{"product_id":"q","location_id":"a","available_stock":10}`},
	})
	other := requested(t, h, `{"from_location_id":"a","to_location_id":"b","lines":[{"product_id":"q","quantity":1}]}`)
	for _, action := range []string{"approve", "ship"} {
		h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+other+"/"+action, `{}`)
	}
	var all []string
	for range 5 {
		all = append(all, h.shipped(t, 1))
	}
	named := func() (n int) {
		a := h.want(t, http.StatusConflict, "admin", http.MethodPost, "/v1/inventory/retire", `{"product_id":"p","location_id":"a","write_off":true}`)
		for _, id := range all {
			n += strings.Count(string(a.raw), `\"`+id+`\"`)
		}
		if strings.Contains(string(a.raw), other) || strings.Contains(string(a.raw), "others") != (len(all) > 3) {
			t.Errorf("of %d: %s", len(all), a.raw)
		}
		return n
	}
	if n := named(); n != 3 {
		t.Errorf("%d of 5 are named", n)
	}
	for len(all) > 2 {
		h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+all[0]+"/receive", `{}`)
		all = all[1:]
	}
	if n := named(); n != 2 {
		t.Errorf("%d of 2 are named", n)
	}
	h.tell(t, []step{{name: "where they go to it is retired", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"b","write_off":true}`, want: []string{`items.0.retired true`}}})
}

// A retire with move_stock_to may be interrupted in the receipt of its transfer. A repeat
// of the retire continues that transfer. A retire without move_stock_to waits.
func TestTheTransferOfARetireThatWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	h := startSending(t)
	const retire, move = "/v1/inventory/retire", `{"product_id":"p","location_id":"a","move_stock_to":"b"}`
	h.door.shut.Store(true)
	if code, text := h.post(t, retire, move, "k"); code == http.StatusOK {
		t.Fatalf("it was not cut off: %s", text)
	}
	h.tell(t, []step{{name: "they are nowhere", path: "/inventory/product/p", want: []string{`locations.0.total_stock 0`, `locations.1.total_stock 0`}}})
	if code, text := h.post(t, retire, `{"product_id":"p","location_id":"a"}`, ""); code != http.StatusConflict || !strings.Contains(text, `retire-`) {
		t.Errorf("without moving: %d %s", code, text)
	}
	h.door.shut.Store(false)
	if code, text := h.post(t, retire, move, "k"); code != http.StatusOK || !strings.Contains(text, `"moved":10`) {
		t.Errorf("again: %d %s", code, text)
	}
	h.tell(t, []step{{name: "they have arrived", path: "/inventory/product/p", want: []string{`locations.0.retired true`, `locations.1.available_stock 10`}}})
}
