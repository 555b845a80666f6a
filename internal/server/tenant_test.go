package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// apiKey is a key as the API shows it.
type apiKey struct {
	ID, Name, Key string
	RevokedAt     string `json:"revoked_at"`
}

// keyed calls and reads the key of the answer, which must have the status.
func (h *house) keyed(t *testing.T, verb, path, body string, want int, head ...string) (k apiKey) {
	t.Helper()
	a := h.call(t, "admin", verb, path, body, head...)
	if a.status != want {
		t.Fatalf("%s %s: %d %s", verb, path, a.status, a.raw)
	}
	if err := json.Unmarshal(a.raw, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

// opens says what status a key is answered with where read is needed.
func (h *house) opens(t *testing.T, key string) int {
	t.Helper()
	return h.call(t, "", http.MethodGet, "/v1/locations", "", "Authorization", "Bearer "+key).status
}

// A key is made, used, rotated and revoked by an admin, and shown once.
func TestTheLifeOfAKey(t *testing.T) {
	t.Parallel()
	h := start(t)
	made := h.keyed(t, "POST", "/v1/keys", `{"name":"shop","scopes":["read"]}`, 200, "Idempotency-Key", "k1")
	if made.Key == "" || made.Name != "shop" || h.opens(t, made.Key) != 200 {
		t.Fatalf("the key opens nothing: %+v", made)
	}
	again := h.keyed(t, "POST", "/v1/keys", `{"name":"shop","scopes":["read"]}`, 200, "Idempotency-Key", "k1")
	if again.ID != made.ID || again.Key != "" {
		t.Errorf("a repeat shows %+v", again)
	}
	second := h.keyed(t, "POST", "/v1/keys/"+made.ID+"/rotate", `{}`, 200)
	if second.Name != "shop" || second.ID == made.ID || h.opens(t, second.Key) != 200 || h.opens(t, made.Key) != 200 {
		t.Errorf("after it was rotated: %+v", second)
	}
	if gone := h.keyed(t, "DELETE", "/v1/keys/"+made.ID, "", 200, "Idempotency-Key", "k2"); gone.RevokedAt == "" || gone.Key != "" {
		t.Errorf("it is not revoked: %+v", gone)
	}
	if h.opens(t, made.Key) != 401 || h.opens(t, second.Key) != 200 {
		t.Error("the wrong key opens the door")
	}
	h.tell(t, []step{
		{name: "a third is refused", path: "/v1/keys/" + second.ID + "/rotate", body: `{}`},
		{name: "while two are valid", path: "/v1/keys/" + second.ID + "/rotate", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "a revoked one is not rotated", path: "/v1/keys/" + made.ID + "/rotate", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "to revoke twice is no change", verb: "DELETE", path: "/v1/keys/" + made.ID, want: []string{`id "` + made.ID + `"`, `revoked_at "` + h.keyed(t, "DELETE", "/v1/keys/"+made.ID, "", 200).RevokedAt + `"`}},
		{name: "a name is had once", path: "/v1/keys", body: `{"name":"shop","scopes":["admin"]}`, status: 409, code: "ALREADY_EXISTS"},
		{name: "a name is made", path: "/v1/keys", body: `{"scopes":["internal","read"]}`, want: []string{`scopes.0 "internal"`, `scopes.1 "read"`}},
		{name: "nobody else sees it", as: "other", verb: "DELETE", path: "/v1/keys/" + second.ID, status: 404},
		{name: "nobody else rotates it", as: "other", path: "/v1/keys/" + second.ID + "/rotate", body: `{}`, status: 404},
		{name: "keys are for admins", as: "internal", path: "/v1/keys", body: `{"scopes":["read"]}`, status: 403},
		{name: "to be read too", as: "internal", verb: "GET", path: "/v1/keys", status: 403},
		{name: "a scope is one of three", path: "/v1/keys", body: `{"scopes":["root"]}`, status: 400, want: []string{`violations.0.field "scopes[0]"`}},
		{name: "not several in one", path: "/v1/keys", body: `{"scopes":["admin,read"]}`, status: 400},
		{name: "there must be one", path: "/v1/keys", body: `{"name":"x"}`, status: 400, want: []string{`violations.0.field "scopes"`}},
		{name: "a name is an id", path: "/v1/keys", body: `{"name":"a\u0001","scopes":["read"]}`, status: 400, want: []string{`violations.0.field "name"`}},
		{name: "an unknown key", verb: "DELETE", path: "/v1/keys/nope", status: 404},
	})
}

// The key of a call is not ended by it: somebody can always make another.
func TestAKeyDoesNotRevokeItself(t *testing.T) {
	t.Parallel()
	h := start(t)
	mine := h.keyed(t, "POST", "/v1/keys", `{"name":"me","scopes":["admin"]}`, 200)
	if a := h.call(t, "", "DELETE", "/v1/keys/"+mine.ID, "", "Authorization", "Bearer "+mine.Key); a.status != 409 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if h.opens(t, mine.Key) != 200 {
		t.Error("it is revoked")
	}
}

func TestKeysAreListedPageByPage(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "other")
	want := map[string]bool{}
	for range 5 {
		k, err := h.grpc.CreateKey(ctx, &holdfastv1.CreateKeyRequest{Scopes: []string{"read"}})
		if err != nil {
			t.Fatal(err)
		}
		want[k.GetId()] = true
	}
	var token string
	for pages := 1; ; pages++ {
		page, err := h.grpc.ListKeys(ctx, &holdfastv1.ListKeysRequest{PageSize: new(int32(2)), PageToken: token})
		if err != nil || pages > 5 {
			t.Fatal(pages, err)
		}
		for _, k := range page.GetItems() {
			if k.GetKey() != "" {
				t.Errorf("the list shows a key: %v", k)
			}
			delete(want, k.GetId())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(want) != 0 {
		t.Errorf("not listed: %v", want)
	}
}

// A tenant's settings apply to the next call.
func TestSettings(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "before anything is chosen", verb: "GET", path: "/v1/settings", want: []string{`default_location "default"`, `public_reads true`}},
		{name: "one is changed, the other stays", verb: "PATCH", path: "/v1/settings", body: `{"default_location":"berlin"}`, head: []string{"Idempotency-Key", "s"}, want: []string{`default_location "berlin"`, `public_reads true`}},
		{name: "writes go there", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":3}`, want: []string{`location_id "berlin"`}},
		{name: "strangers ask", as: "nobody", verb: "GET", path: "/v1/inventory/check/mug", want: []string{`available 3`}},
		{name: "until they may not", verb: "PATCH", path: "/v1/settings", body: `{"public_reads":false}`, want: []string{`default_location "berlin"`, `public_reads false`}},
		{name: "then they are refused", as: "nobody", verb: "GET", path: "/v1/inventory/check/mug", status: 401},
		{name: "a repeat answers as it did", verb: "PATCH", path: "/v1/settings", body: `{"default_location":"berlin"}`, head: []string{"Idempotency-Key", "s"}, want: []string{`public_reads true`}},
		{name: "nothing is asked for", verb: "PATCH", path: "/v1/settings", body: `{}`, want: []string{`public_reads false`}},
		{name: "holds may be as long as the contract says", verb: "GET", path: "/v1/settings", want: []string{"max_ttl_seconds 2592000", "reasons_required false"}},
		{name: "or less", verb: "PATCH", path: "/v1/settings", body: `{"max_ttl_seconds":3600}`, want: []string{"max_ttl_seconds 3600"}},
		{name: "a longer one is refused", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"mug","quantity":1,"ttl_seconds":3601}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`, `violations.0.reason "must be from 1 to 3600, as the tenant's settings say"`}},
		{name: "the longest is not", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"mug","quantity":1,"ttl_seconds":3600}`},
		{name: "nor is one without", path: "/v1/inventory/reserve", body: `{"order_id":"p","product_id":"mug","quantity":1}`},
		{name: "it is not extended beyond", path: "/v1/inventory/extend", body: `{"order_id":"o","ttl_seconds":4000}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`}},
		{name: "nor changed", path: "/v1/inventory/change", head: []string{"Idempotency-Key", "c"}, body: `{"order_id":"o","ttl_seconds":4000,"items":[{"product_id":"mug","quantity":1}]}`, status: 400, want: []string{`violations.0.field "ttl_seconds"`}},
		{name: "in a batch too", path: "/v1/commands:batch", body: `{"commands":[{"reserve":{"order_id":"q","product_id":"mug","quantity":1,"ttl_seconds":4000}}]}`, want: []string{`results.0.error.violations.0.field "ttl_seconds"`}},
		{name: "no less than what is usual", verb: "PATCH", path: "/v1/settings", body: `{"max_ttl_seconds":60}`, status: 400, want: []string{`violations.0.field "max_ttl_seconds"`}},
		{name: "no location", verb: "PATCH", path: "/v1/settings", body: `{"default_location":""}`, status: 400, want: []string{`violations.0.field "default_location"`}},
		{name: "settings are for admins", as: "internal", verb: "GET", path: "/v1/settings", status: 403},
		{name: "others have their own", as: "other", verb: "GET", path: "/v1/settings", want: []string{`default_location "default"`}},
	})
	if _, err := h.grpc.GetSettings(h.with(t, "read"), &holdfastv1.GetSettingsRequest{}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("a reader: %v", err)
	}
}
