package server_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// till makes a key of the till one at the location shop, and calls it till.
func (h *house) till(t *testing.T) {
	t.Helper()
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{
		Tenant: catalog.DefaultTenant, Name: "till:one", Scopes: catalog.ScopeTill, Till: "one", Bounds: &stock.Bounds{Locations: []string{"shop"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["till"] = printed
}

// holderFor is whose key may call a method, whatever the request has: an admin's or a till's.
func holderFor(md protoreflect.MethodDescriptor) string {
	if transcode.Method(md).GetScope() == holdfastv1.Scope_SCOPE_TILL {
		return "till"
	}
	return "admin"
}

func TestTills(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "manager", catalog.RoleManager, catalog.ScopeAdmin)
	h.tell(t, []step{
		{name: "at a location that nobody knows", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop"}`, status: 404},
		{name: "the location", verb: http.MethodPut, path: "/v1/locations/shop", body: `{}`},
		{name: "with what is left out", as: "manager", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop"}`, want: []string{
			`till_id "one"`, `location_id "shop"`, `percent 50`, `floor 0`, `ceiling 0`, `at_risk false`, `paired false`, `epoch absent`, `heard_at absent`, `code_expires_at absent`,
			`level 50`, `rank 0`, `channel_id absent`, `state "unpaired"`, `behind_since absent`,
		}},
		{name: "none of the units", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","percent":0,"name":"Back","ceiling":7,"at_risk":true}`, want: []string{`percent 0`, `name "Back"`, `ceiling 7`, `at_risk true`}},
		{name: "an id that parts names", verb: http.MethodPut, path: "/v1/tills/a~b", body: `{"location_id":"shop"}`, status: 400, want: []string{`violations.0.field "till_id"`}},
		{name: "more than all", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop","percent":101}`, status: 400, want: []string{`violations.0.field "percent"`}},
		{name: "a floor over the ceiling", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop","floor":8,"ceiling":7}`, status: 400, want: []string{`violations.0.field "floor"`}},
		{name: "who goes first, and when it gets more", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","level":100,"rank":1000,"channel_id":"pos"}`, want: []string{`level 100`, `rank 1000`, `channel_id "pos"`}},
		{name: "never more", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","level":0}`, status: 400, want: []string{`violations.0.field "level"`}},
		{name: "no rank", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","rank":1001}`, status: 400, want: []string{`violations.0.field "rank"`}},
		{name: "no channel", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","channel_id":" "}`, status: 400, want: []string{`violations.0.field "channel_id"`}},
		{name: "those in a state", as: "read", path: "/v1/tills?state=unpaired&page_size=1", want: []string{`items.length 1`, `next_page_token "dGlsbHMKb25l"`}},
		{name: "none in another", as: "read", path: "/v1/tills?state=behind", want: []string{`items.length 0`, `next_page_token absent`}},
		{name: "no state", as: "read", path: "/v1/tills?state=lost", status: 400, want: []string{`violations.0.field "state"`}},
		{name: "a page", as: "read", path: "/v1/tills?page_size=1", want: []string{`items.length 1`, `items.0.till_id "one"`, `next_page_token "dGlsbHMKb25l"`}},
		{name: "the next page", as: "read", path: "/v1/tills?page_token=dGlsbHMKb25l", want: []string{`items.length 1`, `items.0.till_id "two"`, `next_page_token absent`}},
		{name: "a part of an id, in any case", as: "read", path: "/v1/tills?q=tW", want: []string{`items.length 1`, `items.0.till_id "two"`}},
		{name: "the same at its location", as: "read", path: "/v1/tills?q=one&location_id=shop&state=unpaired", want: []string{`items.length 1`, `items.0.till_id "one"`}},
		{name: "at another location", as: "read", path: "/v1/tills?location_id=hub", want: []string{`items.length 0`}},
		{name: "no location", as: "read", path: "/v1/tills?location_id=%20", status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "counted", as: "read", path: "/v1/tills:count", want: []string{`total 2`, `unpaired 2`, `synced 0`, `skewed 0`, `away_since absent`, `behind_since absent`}},
		{name: "gone", verb: http.MethodDelete, path: "/v1/tills/two"},
		{name: "gone already", verb: http.MethodDelete, path: "/v1/tills/two"},
		{name: "not there", as: "read", path: "/v1/tills/two", status: 404},
		{name: "never there", verb: http.MethodDelete, path: "/v1/tills/three", status: 404},
	})
}

func TestACodeForATillIsShownOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{verb: http.MethodPut, path: "/v1/locations/shop", body: `{}`})
	h.play(t, step{verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop"}`})
	h.tell(t, []step{
		{name: "of no till", path: "/v1/tills/two/code", body: `{}`, status: 404},
		{name: "a reader", as: "read", path: "/v1/tills/one/code", body: `{}`, status: 403},
	})
	made := h.call(t, "admin", "POST", "/v1/tills/one/code", `{}`, "Idempotency-Key", "k1")
	again := h.call(t, "admin", "POST", "/v1/tills/one/code", `{}`, "Idempotency-Key", "k1")
	code := strings.Trim(made.at("code"), `"`)
	if made.status != 200 || len(code) != 11 || again.status != 200 || again.at("code") != "absent" || again.at("expires_at") != made.at("expires_at") {
		t.Fatalf("made %s, again %s", made.raw, again.raw)
	}
	if shown := h.call(t, "read", "GET", "/v1/tills/one", ""); shown.at("code_expires_at") != made.at("expires_at") || strings.Contains(string(shown.raw), code) {
		t.Errorf("shown %s", shown.raw)
	}
	if paired, err := h.catalog.Tills.UseCode(t.Context(), code, "file", "e1", ""); err != nil || paired.ID != "one" {
		t.Fatalf("paired %+v, %v", paired, err)
	}
	h.tell(t, []step{
		{name: "paired", as: "read", path: "/v1/tills/one", want: []string{`paired true`, `epoch "e1"`, `code_expires_at absent`}},
		{name: "it stays", verb: http.MethodDelete, path: "/v1/tills/one", status: 409, want: []string{`code "INVALID_STATE"`}},
	})
}

// Only a key that was made by pairing speaks for a till, and for that one alone.
func TestAKeySpeaksForItsTillAlone(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.till(t)
	h.play(t, step{verb: http.MethodPut, path: "/v1/locations/shop", body: `{}`})
	const hello = `{"epoch":"e","next":"n"}`
	h.tell(t, []step{
		{name: "nobody makes one by hand", path: "/v1/keys", body: `{"scopes":["till"],"locations":["shop"]}`, status: 400, want: []string{`violations.0.field "scopes[0]"`}},
		{name: "another till", as: "till", path: "/v1/tills/two/hello", body: hello, status: 403, want: []string{`code "PERMISSION_DENIED"`}},
		{name: "an admin", path: "/v1/tills/one/hello", body: hello, status: 403},
		{name: "its own, where no tills are answered", as: "till", path: "/v1/tills/one/hello", body: hello, status: 503},
		{name: "it reads its location", as: "till", path: "/inventory?location_id=shop"},
		{name: "and no other", as: "till", path: "/inventory?location_id=hub", status: 403},
		{name: "it sets nothing", as: "till", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop"}`, status: 403},
		{name: "it looks at no other till", as: "till", path: "/v1/tills/two/orders", status: 403},
		{name: "people look, where tills are answered", as: "read", path: "/v1/tills/one/orders", status: 503},
		{name: "and at what it has", as: "read", path: "/v1/tills/one/stock", status: 503},
		{name: "it pairs nobody", as: "till", path: "/v1/tills/one/code", body: `{}`, status: 403},
	})
	if list := h.call(t, "admin", "GET", "/v1/keys", ""); strings.Count(string(list.raw), `"till_id":"one"`) != 1 {
		t.Errorf("the list: %s", list.raw)
	}
}

// A code needs no key, and an address may try few.
func TestCodesAreTriedSeldom(t *testing.T) {
	t.Parallel()
	h := start(t)
	try := func() int { return h.call(t, "", "POST", "/v1/tills:pair", `{"code":"BBBBB-BBBBB"}`).status }
	for i := range 5 {
		if status := try(); status != http.StatusNotFound {
			t.Fatalf("try %d: %d", i+1, status)
		}
	}
	var away atomic.Bool
	var callers sync.WaitGroup
	for range 16 { // so many that they are faster than the rate on a busy machine too
		callers.Go(func() {
			for !away.Load() && t.Context().Err() == nil {
				switch status := try(); status {
				case http.StatusNotFound:
				case http.StatusTooManyRequests:
					away.Store(true)
				default:
					t.Errorf("%d", status)
					return
				}
			}
		})
	}
	callers.Wait()
}

func TestPoliciesOfTills(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "manager", catalog.RoleManager, catalog.ScopeAdmin)
	const policies = "/v1/till-policies"
	h.tell(t, []step{
		{name: "the location", verb: http.MethodPut, path: "/v1/locations/shop", body: `{}`},
		{name: "of all", as: "manager", verb: http.MethodPut, path: policies, body: `{"percent":40,"rank":3}`, want: []string{`percent 40`, `rank 3`, `floor absent`, `at_risk absent`, `location_id absent`, `channel_id absent`}},
		{name: "of a location", verb: http.MethodPut, path: policies, body: `{"location_id":"shop","percent":0,"at_risk":false}`, want: []string{`percent 0`, `at_risk false`, `location_id "shop"`}},
		{name: "of a channel", verb: http.MethodPut, path: policies, body: `{"channel_id":"pos","floor":4}`, want: []string{`floor 4`, `channel_id "pos"`}},
		{name: "of both", verb: http.MethodPut, path: policies, body: `{"location_id":"shop","channel_id":"pos","level":90}`},
		{name: "of nothing", verb: http.MethodPut, path: policies, body: `{"location_id":"shop"}`, status: 400, want: []string{`violations.0.field "percent"`}},
		{name: "of too much", verb: http.MethodPut, path: policies, body: `{"percent":101}`, status: 400, want: []string{`violations.0.field "percent"`}},
		{name: "of a location that nobody knows", verb: http.MethodPut, path: policies, body: `{"location_id":"moon","floor":4}`, status: 404},
		{name: "a reader sets none", as: "read", verb: http.MethodPut, path: policies, body: `{"floor":4}`, status: 403},
		{name: "a page of them", as: "read", path: policies + "?page_size=2", want: []string{`items.length 2`, `items.0.percent 40`, `items.1.channel_id "pos"`}},
		{name: "all of them", as: "read", path: policies, want: []string{`items.length 4`, `items.2.location_id "shop"`, `items.2.channel_id absent`, `items.3.level 90`, `next_page_token absent`}},
		{name: "a till that says nothing", verb: http.MethodPut, path: "/v1/tills/one", body: `{"location_id":"shop","channel_id":"pos"}`, want: []string{
			`percent 0`, `floor 4`, `ceiling 0`, `level 90`, `rank 3`, `at_risk false`, `policy_from.percent "location"`, `policy_from.floor "channel"`, `policy_from.ceiling "default"`,
			`policy_from.level "channel_at_location"`, `policy_from.rank "all"`, `policy_from.at_risk "location"`,
		}},
		{name: "one that says all", verb: http.MethodPut, path: "/v1/tills/two", body: `{"location_id":"shop","channel_id":"pos","percent":30,"floor":0,"ceiling":0,"level":50,"rank":0,"at_risk":true}`, want: []string{
			`percent 30`, `floor 0`, `level 50`, `rank 0`, `at_risk true`, `policy_from.percent "till"`, `policy_from.floor "till"`, `policy_from.at_risk "till"`,
		}},
		{name: "one is gone", verb: http.MethodDelete, path: policies + "?location_id=shop"},
		{name: "gone already", verb: http.MethodDelete, path: policies + "?location_id=shop"},
		{name: "never there", verb: http.MethodDelete, path: policies + "?location_id=hub", status: 404},
		{name: "then a broader one counts", as: "read", path: "/v1/tills/one", want: []string{`percent 40`, `policy_from.percent "all"`}},
	})
}
