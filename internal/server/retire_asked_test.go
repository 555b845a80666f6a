package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/view"
)

// The destination is asked before units move there: units that it does not take stay, for sale, and another
// destination gets them.
func TestADestinationIsAskedBeforeUnitsMove(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		given []step
		says  string
	}{
		"it is not counted there": {[]step{
			{name: "untracked", path: "/inventory", body: `{"product_id":"p","location_id":"b","tracked":false}`},
		}, "is not tracked"},
		"lots here, quotas there": {[]step{
			{name: "there", path: "/inventory", body: `{"product_id":"p","location_id":"b","available_stock":6}`},
			{name: "quotas", verb: "PUT", path: "/v1/quotas/p", body: `{"location_id":"b","channels":[{"channel_id":"web","quota":4}]}`},
			{name: "a lot", path: "/inventory/restock", body: `{"product_id":"p","location_id":"a","quantity":4,"lot":{"batch":"x"}}`},
		}, "quota"},
		"it is retired there": {[]step{
			{name: "there", path: "/inventory", body: `{"product_id":"p","location_id":"b"}`},
			{name: "no more", as: "admin", path: "/inventory/retire", body: `{"product_id":"p","location_id":"b"}`},
		}, "retired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			h.tell(t, []step{
				{name: "create", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":7}`},
				{name: "elsewhere", path: "/inventory", body: `{"product_id":"p","location_id":"c"}`},
			})
			h.tell(t, of.given)
			before := h.call(t, "admin", "GET", "/v1/accounts/p?location_id=a", "").at("items.0.accounts")
			got := h.call(t, "admin", "POST", "/v1/inventory/retire", `{"product_id":"p","location_id":"a","move_stock_to":"b"}`, "Idempotency-Key", "k")
			if got.status != http.StatusConflict || !strings.Contains(string(got.raw), of.says) {
				t.Errorf("%d %s", got.status, got.raw)
			}
			if after := h.call(t, "admin", "GET", "/v1/accounts/p?location_id=a", "").at("items.0.accounts"); after != before {
				t.Errorf("the level was %s and is %s", before, after)
			}
			h.tell(t, []step{
				{name: "nothing is on its way", path: "/v1/transfers?state=in_transit", want: []string{`items.0 absent`}},
				{name: "it still sells", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":1}`},
				{name: "and gives back", path: "/inventory/release", body: `{"order_id":"o"}`},
				{name: "another one takes it", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","location_id":"a","move_stock_to":"c"}`, want: []string{`items.0.retired true`}},
			})
		})
	}
}

// An order that holds units which nobody counts hinders a retire; what may still be sold ahead does not.
func TestOrdersHinderARetireAndAllowancesDoNot(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "not counted", path: "/inventory", body: `{"product_id":"u","location_id":"a","tracked":false}`},
		{name: "held", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"u","location_id":"a","quantity":3}`},
	})
	got := h.call(t, "admin", "POST", "/v1/inventory/retire", `{"product_id":"u","location_id":"a"}`)
	if got.status != http.StatusConflict || !strings.Contains(string(got.raw), `order \"o1\"`) {
		t.Errorf("%d %s", got.status, got.raw)
	}
	h.tell(t, []step{
		{name: "in use", path: "/inventory/product/u", want: []string{`locations.0.retired absent`}},
		{name: "it leaves", path: "/inventory/deduct", body: `{"order_id":"o1"}`},
		{name: "retired", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"u","location_id":"a"}`, want: []string{`items.0.retired true`}},
		{name: "sold ahead", path: "/inventory", body: `{"product_id":"p","location_id":"a"}`},
		{name: "up to five", verb: "PUT", as: "admin", path: "/v1/promises/p", body: `{"location_id":"a","backorder":{"allowance":5}}`},
		{name: "one is promised", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"p","location_id":"a","quantity":1,"accept_promised":true}`},
		{name: "to an order", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","location_id":"a"}`, status: 409, code: "INVALID_STATE"},
		{name: "which gives it back", path: "/inventory/release", body: `{"order_id":"o2"}`},
		{name: "to nobody", as: "admin", path: "/v1/inventory/retire", body: `{"product_id":"p","location_id":"a"}`, want: []string{`items.0.retired true`}},
		{name: "nothing is sold ahead", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"p","location_id":"a","quantity":1,"accept_promised":true}`, status: 409},
	})
}

// lateOrder has something happen after the first look at what orders hold.
type lateOrder struct {
	*view.Reservations
	then func()
}

func (l *lateOrder) Scan(ctx context.Context, q view.ReservationQuery, fn func(*view.Reservation) error) (view.Snapshot, error) {
	at, err := l.Reservations.Scan(ctx, q, fn)
	if then := l.then; then != nil {
		l.then = nil
		then()
	}
	return at, err
}

// An order that comes while a product that nobody counts is retired is found, or is refused.
func TestAnOrderThatComesWhileAProductIsRetiredIsFound(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{{name: "not counted", path: "/inventory", body: `{"product_id":"u","location_id":"a","tracked":false}`}})
	held := &lateOrder{Reservations: view.NewReservations([]engine.Engine{h.store}, h.clock.Wall), then: func() {
		h.tell(t, []step{{name: "held", path: "/inventory/reserve", body: `{"order_id":"late","product_id":"u","location_id":"a","quantity":3}`}})
	}}
	beside, err := server.New(server.Rooms{
		Books: h.books, Directory: h.catalog, Door: intake.New(h.books, h.catalog, nil), Keys: h.catalog, Facts: server.FactsOf(h.catalog), Reservations: held,
	})
	if err != nil {
		t.Fatal(err)
	}
	retire := func() (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/inventory/retire", strings.NewReader(`{"product_id":"u"}`))
		r.Header.Set("Authorization", "Bearer "+h.keys["admin"])
		w := httptest.NewRecorder()
		beside.REST().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, body := retire(); code != http.StatusConflict || !strings.Contains(body, `order \"late\"`) {
		t.Errorf("%d %s", code, body)
	}
	h.tell(t, []step{
		{name: "it sells", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"u","location_id":"a","quantity":1}`},
		{name: "one ends", path: "/inventory/release", body: `{"order_id":"o"}`},
		{name: "and the other", path: "/inventory/release", body: `{"order_id":"late"}`},
	})
	held.then = func() {
		h.tell(t, []step{{name: "released before the second look", path: "/inventory/reserve", body: `{"order_id":"short","product_id":"u","location_id":"a","quantity":3}`}, {name: "ends", path: "/inventory/release", body: `{"order_id":"short"}`}})
	}
	if code, body := retire(); code != http.StatusOK {
		t.Errorf("%d %s", code, body)
	}
	h.tell(t, []step{{name: "out of use", path: "/inventory/reserve", body: `{"order_id":"n","product_id":"u","location_id":"a","quantity":1}`, status: 409}})
}
