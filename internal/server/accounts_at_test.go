package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// books are the balances of a product, by location and account.
type books map[string]int64

// accounts reads the balances of p; at is "" for now.
func (h *house) accounts(t *testing.T, at string) books {
	t.Helper()
	path := "/v1/accounts/p"
	if at != "" {
		path += "?at=" + url.QueryEscape(at)
	}
	a := h.call(t, "read", "GET", path, "")
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, a.status, a.raw)
	}
	var got struct {
		Items []struct {
			LocationID string `json:"location_id"`
			Version    int64
			Accounts   []struct {
				Account  string
				Quantity int64
				Lot      map[string]string
			}
		}
	}
	if err := json.Unmarshal(a.raw, &got); err != nil {
		t.Fatal(err)
	}
	all := books{}
	for _, it := range got.Items {
		all[it.LocationID+" version"] = it.Version
		for _, a := range it.Accounts {
			all[fmt.Sprint(it.LocationID, " ", a.Account, " ", a.Lot)] += a.Quantity
		}
	}
	return all
}

// A random day of one product at two places: what the accounts were at each moment is
// what was read then.
func TestAccountsAtAPastMoment(t *testing.T) {
	t.Parallel()
	h := start(t)
	random := rand.New(rand.NewPCG(7, 11))
	type moment struct {
		at  string
		was books
	}
	var day []moment
	note := func() {
		day = append(day, moment{h.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), h.accounts(t, "")})
		h.clock.forward(time.Duration(1+random.IntN(3000)) * time.Millisecond)
	}
	h.tell(t, []step{{name: "known", path: "/inventory", body: `{"product_id":"q","location_id":"w1","available_stock":1}`}})
	day = append(day, moment{at: h.clock.Now().Add(-time.Hour).UTC().Format(time.RFC3339), was: books{}})
	h.clock.forward(time.Second)
	h.tell(t, []step{{name: "open", path: "/inventory", body: `{"product_id":"p","available_stock":40}`}})
	note()
	for i := range 120 {
		place := []string{"default", "w1"}[random.IntN(2)]
		n, order := 1+random.IntN(6), fmt.Sprintf("o%d", random.IntN(12))
		call := []struct{ path, body string }{
			{"/inventory/reserve", fmt.Sprintf(`{"order_id":%q,"product_id":"p","location_id":%q,"quantity":%d,"channel_id":"web","ttl_seconds":86400}`, order, place, n)},
			{"/inventory/deduct", fmt.Sprintf(`{"order_id":%q}`, order)},
			{"/inventory/release", fmt.Sprintf(`{"order_id":%q}`, order)},
			{"/inventory/restock", fmt.Sprintf(`{"product_id":"p","location_id":%q,"quantity":%d}`, place, n)},
			{"/v1/inventory/move", fmt.Sprintf(`{"product_id":"p","location_id":%q,"from":"pool/shared","to":"damaged","quantity":%d}`, place, n)},
			{"/v1/quotas/p?location_id=" + place, fmt.Sprintf(`{"channels":[{"channel_id":"web","quota":%d}]}`, n)},
			{"/inventory/adjust", fmt.Sprintf(`{"product_id":"p","location_id":%q,"delta":%d,"reason":"count"}`, place, n-3)},
			{"/v1/inventory/observe", fmt.Sprintf(`{"product_id":"p","location_id":%q,"quantity":%d,"as_of":%q}`, place, 10*n, h.clock.Now().UTC().Format(time.RFC3339Nano))},
		}[random.IntN(8)]
		verb := "POST"
		if call.path[:4] == "/v1/" && call.path[4] == 'q' {
			verb = "PUT"
		}
		h.call(t, "admin", verb, call.path, call.body) // some are refused
		if i%3 == 0 {
			note()
		}
	}
	note()
	for _, m := range day {
		if got := h.accounts(t, m.at); !maps.Equal(got, m.was) {
			t.Errorf("at %s\ngot %v\nwas %v", m.at, got, m.was)
		}
	}
	h.tell(t, []step{
		{name: "a moment to come is now", path: "/v1/accounts/p?at=2090-01-01T00:00:00Z", want: []string{`items.length 2`}},
		{name: "no moment", path: "/v1/accounts/p?at=yesterday", status: 400},
		{name: "an old answer cannot go back", path: "/v1/accounts/p?consistency=eventual&at=2020-01-01T00:00:00Z", status: 400, want: []string{`violations.0.field "consistency"`}},
		{name: "nothing was kept then", path: "/v1/accounts/p?at=2020-01-01T00:00:00Z", want: []string{`items.length 0`}},
	})
}
