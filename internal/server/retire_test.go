package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/kit"
)

func TestAProductIsRetired(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":6}`},
		{name: "hold", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"p","location_id":"a","quantity":3}`},
		{name: "only the admin", as: "internal", path: "/inventory/retire", body: `{"product_id":"p"}`, status: 403},
		{name: "one or the other", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","move_stock_to":"b","write_off":true}`, status: 400},
		{name: "to itself", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"b","move_stock_to":"b"}`, status: 400},
		{name: "unknown", as: "admin", path: "/inventory/retire", body: `{"product_id":"q"}`, status: 404},
		{name: "units are there", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","location_id":"b"}`, status: 409, code: "INVALID_STATE"},
		{name: "held", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","write_off":true}`, status: 409, code: "INVALID_STATE"},
		{name: "the other level is as it was", path: "/inventory/product/p", want: []string{`locations.1.available_stock 6`, `locations.1.retired absent`}},
		{name: "released", path: "/inventory/release", body: `{"order_id":"o1"}`},
		{
			name: "moved", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","move_stock_to":"b","reason":"closing"}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`moved 10`, `written_off 0`, `levels 1`, `items.0.location_id "a"`, `items.0.retired true`, `items.0.on_sale false`, `items.0.total_stock 0`, `items.1 absent`, `transfer_ids.1 absent`},
		},
		{
			name: "once", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","move_stock_to":"b","reason":"closing"}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`moved 10`}, says: []string{"Idempotency-Replayed", "true", "Holdfast-Position", "*"},
		},
		{name: "all are there", path: "/inventory/product/p", want: []string{`locations.0.retired true`, `locations.0.total_stock 0`, `locations.1.available_stock 16`}},
		{name: "nothing comes in", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":1}`, status: 409, code: "INVALID_STATE", want: []string{`reason "item_retired"`}},
		{name: "nor back", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"b","move_stock_to":"a"}`, status: 409, code: "INVALID_STATE"},
		{name: "to nowhere", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"b","move_stock_to":"z"}`, status: 404},
		{name: "the whole product", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","write_off":true}`, want: []string{`written_off 16`, `levels 2`, `items.1.total_stock 0`}},
		{name: "again is no change", as: "admin", path: "/inventory/retire", body: `{"product_id":"p"}`, want: []string{`levels 2`, `written_off 0`}},
		{name: "one is back", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p","location_id":"a"}`, want: []string{`levels 1`, `items.0.retired absent`, `items.0.on_sale true`}},
		{name: "the rest too", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p"}`, want: []string{`levels 1`, `items.0.location_id "b"`}},
		{name: "all are in use", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p"}`, want: []string{`levels 0`}},
		{name: "it comes in", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":1}`, want: []string{`available_stock 1`}},
	})
}

// A caller that gets an answer again can ask for what it shows, even after later
// writes of others.
func TestAnAnswerGivenAgainSaysWhereItsWritesAre(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`}})
	for _, what := range []struct{ path, body string }{
		{"/v1/inventory/retire", `{"product_id":"p","write_off":true}`},
		{"/v1/inventory/reinstate", `{"product_id":"p"}`},
	} {
		first := h.call(t, "admin", "POST", what.path, what.body, "Idempotency-Key", "k")
		h.tell(t, []step{{name: "another write", path: "/inventory", body: `{"product_id":"of ` + what.path[len("/v1/inventory/"):] + `","available_stock":1}`}})
		again := h.call(t, "admin", "POST", what.path, what.body, "Idempotency-Key", "k")
		at, want := again.head.Get("Holdfast-Position"), first.head.Get("Holdfast-Position")
		if again.head.Get("Idempotency-Replayed") != "true" || want == "" || at != want || string(again.raw) != string(first.raw) {
			t.Errorf("%s: %q %s, again %q %s", what.path, want, first.raw, at, again.raw)
		}
		if seen := h.call(t, "admin", "GET", "/v1/inventory/check/p", "", "Holdfast-After", at); seen.status != 200 {
			t.Errorf("%s: after %q: %d %s", what.path, at, seen.status, seen.raw)
		}
	}
}

func TestRetiringMovesQuotasAndLotsButNotDamagedUnits(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
		{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":0}`},
		{name: "a lot", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4,"lot":{"batch":"x"}}`},
		{name: "damaged", path: "/v1/inventory/move", body: `{"product_id":"p","location_id":"a","quantity":2,"from":"pool/shared","to":"damaged"}`},
		{name: "they stay", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"a","move_stock_to":"b"}`, status: 409, code: "INVALID_STATE"},
		{name: "nothing is moved", path: "/inventory/product/p", want: []string{`locations.0.available_stock 12`, `locations.1.available_stock 0`}},
		{name: "mended", path: "/v1/inventory/move", body: `{"product_id":"p","location_id":"a","quantity":2,"from":"damaged","to":"pool/shared"}`},
		{name: "moved", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"a","move_stock_to":"b"}`, want: []string{`moved 14`, `items.0.retired true`, `transfer_ids.2 absent`}},
		{name: "they are there", path: "/inventory/product/p", want: []string{`locations.0.total_stock 0`, `locations.1.available_stock 14`}},
	})
}

// deaf loses one of the answers that are to be kept, as a node does that dies over it.
type deaf struct {
	kit.Answers
	lost, asked atomic.Int64 // which it loses, from 0; how many have come
}

func (d *deaf) Once(ctx context.Context, key catalog.WriteKey, do func(context.Context) ([]byte, error)) ([]byte, bool, error) {
	if d.asked.Add(1)-1 == d.lost.Load() {
		if _, err := do(ctx); err != nil {
			return nil, false, err
		}
		return nil, false, errors.New("the node has died")
	}
	return d.Answers.Once(ctx, key, do)
}

// A retire under a key happens once, even when its answer was lost: units that came
// into the item after a reinstatement stay.
func TestALostAnswerOfRetiringIsGivenAgain(t *testing.T) {
	t.Parallel()
	h := start(t)
	answers := &deaf{Answers: h.catalog}
	answers.lost.Store(1) // behind the level that it is about
	s, err := server.New(server.Rooms{
		Books: h.books, Directory: h.catalog, Door: intake.New(h.books, h.catalog, nil), Keys: h.catalog,
		Facts: server.Facts{Answers: answers},
	})
	if err != nil {
		t.Fatal(err)
	}
	front := s.REST()
	retire := func() (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/inventory/retire", strings.NewReader(`{"product_id":"p","location_id":"a","write_off":true}`))
		r.Header.Set("Authorization", "Bearer "+h.keys["admin"])
		r.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	h.tell(t, []step{{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`}})
	if code, text := retire(); code != http.StatusServiceUnavailable {
		t.Fatalf("the first time: %d %s", code, text)
	}
	h.tell(t, []step{
		{name: "it is done", path: "/inventory/product/p", want: []string{`locations.0.retired true`}},
		{name: "back in use", as: "admin", path: "/v1/inventory/reinstate", body: `{"product_id":"p","location_id":"a"}`},
		{name: "units come", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`},
	})
	if code, text := retire(); code != http.StatusOK || !strings.Contains(text, `"written_off":10`) {
		t.Errorf("again: %d %s", code, text)
	}
	h.tell(t, []step{{name: "they stay", path: "/inventory/product/p", want: []string{`locations.0.retired absent`, `locations.0.available_stock 4`}}})
}
