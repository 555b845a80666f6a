package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/transfer"
)

// A call about all locations of a product whose node died before its answer was kept is
// given that answer when it is repeated: it is about the levels that it was about, and
// does nothing to what they have become meanwhile.
func TestALostAnswerAboutAllLocationsIsGivenAgain(t *testing.T) {
	t.Parallel()
	const retire, reinstate = "/v1/inventory/retire", "/v1/inventory/reinstate"
	tests := []struct {
		name, path, body string
		before           string // a call as admin before it, "" is none
		want             string // in the answer
		meanwhile        []step
		after            []string // of the product
	}{
		{
			name: "retire", path: retire, body: `{"product_id":"p","write_off":true}`, want: `"written_off":10`,
			meanwhile: []step{
				{name: "back in use", as: "admin", path: reinstate, body: `{"product_id":"p"}`},
				{name: "units come", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`},
			},
			after: []string{`locations.0.retired absent`, `locations.0.available_stock 4`, `locations.1.retired absent`},
		},
		{
			name: "retire what is empty", path: retire, body: `{"product_id":"p"}`, before: `{"product_id":"p","write_off":true}`, want: `"levels":2`,
			meanwhile: []step{
				{name: "back in use", as: "admin", path: reinstate, body: `{"product_id":"p"}`},
				{name: "units come", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`},
			},
			after: []string{`locations.0.retired absent`, `locations.0.available_stock 4`},
		},
		{
			name: "retire and move", path: retire, body: `{"product_id":"p","move_stock_to":"c"}`, want: `"moved":10`,
			meanwhile: []step{
				{name: "back in use", as: "admin", path: reinstate, body: `{"product_id":"p"}`},
				{name: "units come", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4}`},
			},
			after: []string{`locations.0.available_stock 4`, `locations.0.retired absent`, `locations.2.available_stock 10`},
		},
		{
			name: "reinstate", path: reinstate, body: `{"product_id":"p"}`, before: `{"product_id":"p","write_off":true}`, want: `"levels":2`,
			meanwhile: []step{{name: "out of use", as: "admin", path: retire, body: `{"product_id":"p","location_id":"a"}`}},
			after:     []string{`locations.0.retired true`, `locations.1.retired absent`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			answers := &deaf{Answers: h.catalog}
			answers.lost.Store(1) // behind the levels that it is about
			door := intake.New(h.books, h.catalog, nil)
			s, err := server.New(server.Rooms{
				Books: h.books, Directory: h.catalog, Door: door, Keys: h.catalog, Facts: server.Facts{Answers: answers},
				Transfers: transfer.New(door, h.books, h.catalog.Transfers, h.catalog.Replenishments),
			})
			if err != nil {
				t.Fatal(err)
			}
			front := s.REST()
			call := func() (int, string) {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, test.path, strings.NewReader(test.body))
				r.Header.Set("Authorization", "Bearer "+h.keys["admin"])
				r.Header.Set("Idempotency-Key", "k")
				w := httptest.NewRecorder()
				front.ServeHTTP(w, r)
				return w.Code, w.Body.String()
			}
			h.tell(t, []step{
				{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":10}`},
				{name: "create there", path: "/inventory", body: `{"product_id":"p","location_id":"b"}`},
			})
			if strings.Contains(test.body, "move_stock_to") {
				h.tell(t, []step{{name: "and there", path: "/inventory", body: `{"product_id":"p","location_id":"c"}`}})
			}
			if test.before != "" {
				h.tell(t, []step{{name: "before", as: "admin", path: retire, body: test.before}})
			}
			if code, text := call(); code != http.StatusServiceUnavailable {
				t.Fatalf("the first time: %d %s", code, text)
			}
			h.tell(t, test.meanwhile)
			if code, text := call(); code != http.StatusOK || !strings.Contains(text, test.want) {
				t.Errorf("again: %d %s", code, text)
			}
			h.tell(t, []step{{name: "it stays so", path: "/inventory/product/p", want: test.after}})
		})
	}
}
