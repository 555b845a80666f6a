package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
)

// endpoints are all of REST with the least scope that each needs.
var endpoints = []struct{ verb, path, body, scope string }{
	{"GET", "/inventory/check/zzz", "", "nobody"},
	{"POST", "/inventory/check/batch", `{"items":[{"product_id":"zzz"}]}`, "nobody"},
	{"POST", "/inventory", `{}`, "admin"},
	{"GET", "/inventory", "", "read"},
	{"GET", "/inventory/product/zzz", "", "read"},
	{"GET", "/inventory/low-stock", "", "read"},
	{"POST", "/inventory/restock", `{"product_id":"zzz","quantity":1}`, "admin"},
	{"POST", "/inventory/adjust", `{"product_id":"zzz","delta":1,"reason":"x"}`, "admin"},
	{"PUT", "/inventory/zzz/threshold", `{"low_stock_threshold":1}`, "admin"},
	{"GET", "/inventory/logs/zzz", "", "read"},
	{"POST", "/inventory/reserve", `{"order_id":"o","product_id":"zzz","quantity":1}`, "internal"},
	{"POST", "/inventory/release", `{"order_id":"zzz"}`, "internal"},
	{"POST", "/inventory/deduct", `{"order_id":"zzz"}`, "internal"},
	{"POST", "/inventory/cleanup-expired", `{}`, "internal"},
	{"POST", "/inventory/sale-status", `{"product_id":"zzz","on_sale":true}`, "internal"},
	{"GET", "/inventory/orders/zzz", "", "read"},

	{"POST", "/v1/inventory/commit", `{"order_id":"zzz"}`, "internal"},
	{"POST", "/v1/inventory/extend", `{"order_id":"zzz","ttl_seconds":1}`, "internal"},
	{"POST", "/v1/sandbox/expire", `{"order_id":"zzz"}`, "internal"},
	{"POST", "/v1/inventory/move", `{"product_id":"zzz","from":"damaged","to":"quality","quantity":1}`, "admin"},
	{"POST", "/v1/inventory/return", `{"product_id":"zzz","quantity":1}`, "internal"},
	{"GET", "/v1/accounts/zzz", "", "read"},
	{"POST", "/v1/availability:confirm", `{"items":[{"product_id":"zzz","quantity":1}]}`, "read"},

	{"GET", "/v1/lots/zzz", "", "read"},
	{"GET", "/v1/lots/zzz/levels?by=grade", "", "read"},
	{"GET", "/v1/lots/zzz/policy", "", "read"},
	{"PUT", "/v1/lots/zzz/policy", `{}`, "admin"},
	{"POST", "/v1/lots/zzz/recall", `{"lot":{"batch":"B7"},"reason":"x"}`, "admin"},
	{"GET", "/v1/lots/zzz/orders?attr.batch=B7", "", "read"},
}

// mounts are the paths of an endpoint. The first endpoints also exist without a
// version in the path.
func mounts(path string) []string {
	if strings.HasPrefix(path, "/v1/") {
		return []string{""}
	}
	return []string{"", "/v1"}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	h := start(t)
	rank := map[string]int{"nobody": 0, "read": 1, "internal": 2, "admin": 3}
	for _, e := range endpoints {
		for who, has := range rank {
			for _, at := range mounts(e.path) {
				t.Run(fmt.Sprintf("%s %s%s as %s", e.verb, at, e.path, who), func(t *testing.T) {
					as := who
					if who == "nobody" {
						as = ""
					}
					got := h.call(t, as, e.verb, at+e.path, e.body).status
					switch {
					case has >= rank[e.scope] && (got == 401 || got == 403):
						t.Errorf("refused with %d, allowed from %s on", got, e.scope)
					case has < rank[e.scope] && who == "nobody" && got != 401:
						t.Errorf("status %d without a key, want 401", got)
					case has < rank[e.scope] && who != "nobody" && got != 403:
						t.Errorf("status %d with too little scope, want 403", got)
					}
				})
			}
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":1}`})
	key := h.keys["admin"]
	h.tell(t, []step{
		{name: "no key", as: "nobody", path: "/inventory", status: 401, code: "UNAUTHENTICATED", says: []string{"Www-Authenticate", "Bearer"}},
		{name: "the scheme in another case", as: "nobody", path: "/inventory", head: []string{"Authorization", "bearer " + key}},
		{name: "another scheme", as: "nobody", path: "/inventory", head: []string{"Authorization", "Basic " + key}, status: 401},
		{name: "a key alone", as: "nobody", path: "/inventory", head: []string{"Authorization", key}, status: 401},
		{name: "an empty bearer", as: "nobody", path: "/inventory", head: []string{"Authorization", "Bearer "}, status: 401},
		{name: "a wrong key", as: "nobody", path: "/inventory", head: []string{"Authorization", "Bearer " + strings.Repeat("x", 40)}, status: 401},
		{name: "a key with a letter more", as: "nobody", path: "/inventory", head: []string{"Authorization", "Bearer " + key + "x"}, status: 401},
		{name: "a bad key at a public endpoint", as: "nobody", path: "/inventory/check/p", head: []string{"Authorization", "Bearer " + strings.Repeat("x", 40)}, status: 401},
		{name: "a good one there", as: "read", path: "/inventory/check/p", want: []string{`available 1`}},
	})
	if _, err := h.catalog.ChangeSettings(t.Context(), catalog.DefaultTenant, func(s *catalog.Settings) { s.PublicReads = false }); err != nil {
		t.Fatal(err)
	}
	h.tell(t, []step{
		{name: "a tenant may switch its public reads off", as: "nobody", path: "/inventory/check/p", status: 401},
		{name: "keys still read", as: "read", path: "/inventory/check/p"},
	})
	read, err := h.catalog.Authenticate(t.Context(), h.keys["read"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.catalog.RevokeKey(t.Context(), read.Tenant, read.KeyID); err != nil {
		t.Fatal(err)
	}
	h.tell(t, []step{{name: "a revoked key is no key", as: "read", path: "/inventory/check/p", status: 401}})
}

// Whatever another tenant asks about ours is answered exactly like what
// nobody has.
func TestTenantsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"ours","location_id":"w1","available_stock":5}`})
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"ours","product_id":"ours","location_id":"w1","quantity":1}`})
	h.play(t, step{as: "other", path: "/inventory", body: `{"product_id":"theirs"}`})
	for _, e := range endpoints {
		t.Run(e.verb+" "+e.path, func(t *testing.T) {
			ours := strings.NewReplacer("zzz", "ours", `"o"`, `"ours"`)
			a := h.call(t, "other", e.verb, ours.Replace(e.path), ours.Replace(e.body), "X-Request-Id", "same")
			never := strings.NewReplacer("zzz", "none", `"o"`, `"none"`)
			b := h.call(t, "other", e.verb, never.Replace(e.path), never.Replace(e.body), "X-Request-Id", "same")
			plain := func(raw []byte) string {
				s := strings.NewReplacer("ours", "ID", "none", "ID").Replace(string(raw))
				for _, volatile := range []string{`"as_of":"`, `"updated_at":"`} {
					if _, rest, ok := strings.Cut(s, volatile); ok {
						s = strings.ReplaceAll(s, volatile+rest[:24], "")
					}
				}
				return s
			}
			if a.status != b.status || plain(a.raw) != plain(b.raw) {
				t.Errorf("ours: %d %s\nnone: %d %s", a.status, a.raw, b.status, b.raw)
			}
		})
	}
	h.tell(t, []step{
		{name: "a location of ours is unknown to them", as: "other", path: "/inventory?location_id=w1", status: 404},
		{name: "visitors name a tenant", as: "nobody", path: "/inventory/check/theirs", head: []string{"X-Holdfast-Tenant", "other"}, want: []string{`available 0`}},
		{name: "else it is the default one", as: "nobody", path: "/inventory/check/theirs", status: 404},
		{name: "a tenant that is no id", as: "nobody", path: "/inventory/check/ours", head: []string{"X-Holdfast-Tenant", "a/b"}, status: 400},
		{name: "a key's tenant is not overruled", as: "other", path: "/inventory/check/ours", head: []string{"X-Holdfast-Tenant", "default"}, status: 404},
		{name: "our stock is as it was", path: "/inventory/product/ours", want: []string{`available_stock 4`, `reserved_stock 1`}},
	})
}

// A visitor who names tenants does not learn which of them there are: one that answers only
// callers with a key is like one that is not there.
func TestAClosedTenantIsLikeNone(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{as: "other", path: "/inventory", body: `{"product_id":"theirs"}`})
	if _, err := h.catalog.ChangeSettings(t.Context(), "other", func(s *catalog.Settings) { s.PublicReads = false }); err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ verb, path, body string }{
		{"GET", "/v1/inventory/check/theirs", ""},
		{"GET", "/v1/inventory/check/none", ""},
		{"POST", "/v1/inventory/check/batch", `{"items":[{"product_id":"theirs","quantity":1}]}`},
	} {
		closed := h.call(t, "", call.verb, call.path, call.body, "X-Holdfast-Tenant", "other", "X-Request-Id", "same")
		none := h.call(t, "", call.verb, call.path, call.body, "X-Holdfast-Tenant", "nope", "X-Request-Id", "same")
		if closed.status != http.StatusUnauthorized || none.status != closed.status || string(none.raw) != string(closed.raw) {
			t.Errorf("%s %s\nclosed: %d %s\nnone: %d %s", call.verb, call.path, closed.status, closed.raw, none.status, none.raw)
		}
	}
}

// A batch costs what its lines would cost one by one: a burst is a hundred lines here, in however few calls.
func TestABatchOfAVisitorIsWeighedByItsLines(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithPublicRate(50))
	h.play(t, step{path: "/inventory", body: `{"product_id":"p"}`})
	body := `{"items":[{"product_id":"p"}` + strings.Repeat(`,{"product_id":"p"}`, 199) + `]}`
	limited := 0
	for range 50 { // fewer calls than a burst
		if a := h.call(t, "", "POST", "/inventory/check/batch", body); a.status == http.StatusTooManyRequests && a.head.Get("Retry-After") == "1" {
			limited++
		} else if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.raw)
		}
	}
	if limited == 0 {
		t.Error("ten thousand lines were answered at once")
	}
	h.tell(t, []step{{name: "with a key they are not counted", as: "read", path: "/inventory/check/batch", body: body}})
}

func TestVisitorsAreLimited(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithPublicRate(0.001))
	h.play(t, step{path: "/inventory", body: `{"product_id":"p"}`})
	h.tell(t, []step{
		{name: "the burst", as: "nobody", path: "/inventory/check/p"},
		{name: "then no more", as: "nobody", path: "/inventory/check/p", status: 429, code: "RATE_LIMITED", says: []string{"Retry-After", "1"}},
		{name: "of a batch either", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"p"}]}`, status: 429},
		{name: "with a key there is no limit", as: "read", path: "/inventory/check/p"},
	})
}
