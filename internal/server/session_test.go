package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
)

// person is somebody at a browser who has signed in.
type person struct {
	h      *house
	cookie *http.Cookie
	csrf   string
}

// signIn signs in with a key of the house.
func (h *house) signIn(t *testing.T, who string, head ...string) *person {
	t.Helper()
	a := h.call(t, "", http.MethodPost, "/console/session", `{"key":"`+h.keys[who]+`"}`, head...)
	if a.status != 200 {
		t.Fatalf("sign in as %s: %d %s", who, a.status, a.raw)
	}
	p := &person{h: h, csrf: strings.Trim(a.at("csrf"), `"`)}
	for _, c := range (&http.Response{Header: a.head}).Cookies() {
		p.cookie = c
	}
	if p.cookie == nil || p.cookie.Name != "holdfast_session" || p.csrf == "absent" || p.csrf == "" {
		t.Fatalf("sign in as %s: %v %s", who, a.head, a.raw)
	}
	return p
}

// does sends a request as the page does.
func (p *person) does(t *testing.T, verb, path, body string, head ...string) answer {
	t.Helper()
	head = append([]string{"Cookie", "other=1; holdfast_session=" + p.cookie.Value}, head...)
	if verb != http.MethodGet {
		head = append(head, "X-Holdfast-CSRF", p.csrf)
	}
	return p.h.call(t, "", verb, path, body, head...)
}

func (p *person) expect(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || code != "" && a.at("code") != `"`+code+`"` {
		t.Errorf("%s: %d %s, want %d %s", what, a.status, a.raw, status, code)
	}
}

const stockOfMug = `{"product_id":"mug","available_stock":10}`

func TestSigningIn(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := start(t, server.WithLog(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	p := h.signIn(t, "internal")
	if c := p.cookie; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.Domain != "" || len(c.Value) != 43 {
		t.Errorf("the cookie is %+v", c)
	}
	a := p.does(t, "GET", "/console/session", "")
	expires, err := time.Parse(time.RFC3339, strings.Trim(a.at("expires_at"), `"`))
	if err != nil || !expires.Equal(h.clock.Now().Add(12*time.Hour)) || a.at("idle_seconds") != "1800" || a.at("csrf") != `"`+p.csrf+`"` || a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("the session: %s %v", a.raw, err)
	}
	p.expect(t, "a read", p.does(t, "GET", "/v1/inventory", ""), 200, "")
	h.play(t, step{path: "/inventory", body: stockOfMug})
	p.expect(t, "a write", p.does(t, "POST", "/v1/inventory/reserve", `{"order_id":"o","product_id":"mug","quantity":1}`, "X-Holdfast-Operator", "Mallory"), 200, "")
	if entry := h.call(t, "admin", "GET", "/v1/inventory/logs/mug", ""); entry.at("items.0.operator") != `"internal-key"` {
		t.Errorf("the operator is not who signed in: %s", entry.raw)
	}
	p.expect(t, "more than the key may", p.does(t, "POST", "/v1/inventory", stockOfMug), 403, "PERMISSION_DENIED")
	for name, c := range map[string]struct {
		body   string
		head   []string
		status int
	}{
		"a wrong key":        {`{"key":"hf_nope"}`, nil, 401},
		"no key":             {`{"key":" "}`, nil, 400},
		"nothing":            {``, nil, 400},
		"another field":      {`{"key":"x","more":1}`, nil, 400},
		"two bodies":         {`{"key":"x"}{"key":"y"}`, nil, 400},
		"a list":             {`["x"]`, nil, 400},
		"a form":             {`key=x`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"a page of another":  {`{"key":"` + h.keys["admin"] + `"}`, []string{"Origin", "https://evil.example"}, 403},
		"a file as its page": {`{"key":"` + h.keys["admin"] + `"}`, []string{"Origin", "null"}, 403},
		"too much":           {`{"key":"` + strings.Repeat("x", 5000) + `"}`, nil, 413},
	} {
		a := h.call(t, "", "POST", "/console/session", c.body, c.head...)
		if a.status != c.status || a.head.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v %s", name, a.status, a.head, a.raw)
		}
	}
	if a := h.call(t, "", "PUT", "/console/session", `{}`); a.status != 405 || a.head.Get("Allow") != "GET, POST, DELETE" {
		t.Errorf("another verb: %d %v", a.status, a.head)
	}
	if a := h.call(t, "", "GET", "/console/options", ""); a.at("oidc") != "false" {
		t.Errorf("how to sign in: %s", a.raw)
	}
	p.expect(t, "nobody", h.call(t, "", "GET", "/console/session", ""), 401, "UNAUTHENTICATED")
	p.expect(t, "signed out", p.does(t, "DELETE", "/console/session", ""), 204, "")
	p.expect(t, "and again", p.does(t, "DELETE", "/console/session", ""), 204, "")
	p.expect(t, "a session that has ended", p.does(t, "GET", "/v1/inventory", ""), 401, "UNAUTHENTICATED")
	p.expect(t, "nor is it shown", p.does(t, "GET", "/console/session", ""), 401, "UNAUTHENTICATED")
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if said := log.String(); strings.Contains(said, h.keys["internal"]) || strings.Contains(said, p.cookie.Value) || !strings.Contains(said, "signed in") || !strings.Contains(said, "method=SignIn") {
		t.Errorf("the log: %s", said)
	}
}

// Another page that makes the browser send the cookie gets nothing done and nothing
// to read.
func TestAPageOfAnotherOriginUsesNoSession(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithOrigins("*"), server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	p := h.signIn(t, "admin")
	host := strings.TrimPrefix(h.url, "http://")
	const cookie, csrf = "Cookie", "X-Holdfast-CSRF"
	shown := "holdfast_session=" + p.cookie.Value
	for _, c := range []struct {
		name       string
		verb, path string
		head       []string
		status     int
	}{
		{"a write without the proof", "POST", "/v1/inventory", []string{cookie, shown}, 403},
		{"a write with another proof", "POST", "/v1/inventory", []string{cookie, shown, csrf, "x"}, 403},
		{"a write with two proofs", "POST", "/v1/inventory", []string{cookie, shown, csrf, p.csrf, csrf, p.csrf}, 403},
		{"a read that is a POST", "POST", "/v1/inventory/check/batch", []string{cookie, shown}, 403},
		{"a file", "POST", "/v1/imports?kind=stock", []string{cookie, shown}, 403},
		{"a write from elsewhere", "POST", "/v1/inventory", []string{cookie, shown, csrf, p.csrf, "Origin", "https://evil.example"}, 403},
		{"a write from a page without an origin", "POST", "/v1/inventory", []string{cookie, shown, csrf, p.csrf, "Origin", "null"}, 403},
		{"a write from another port", "POST", "/v1/inventory", []string{cookie, shown, csrf, p.csrf, "Origin", "http://127.0.0.1:1"}, 403},
		{"a read from elsewhere", "GET", "/v1/inventory", []string{cookie, shown, "Origin", "https://evil.example"}, 403},
		{"a public read from elsewhere", "GET", "/v1/inventory/check/mug", []string{cookie, shown, "Origin", "https://evil.example"}, 403},
		{"the proof from elsewhere", "GET", "/console/session", []string{cookie, shown, "Origin", "https://evil.example"}, 403},
		{"signing out from elsewhere", "DELETE", "/console/session", []string{cookie, shown, "Origin", "https://evil.example"}, 403},
		{"a write from the own page", "POST", "/v1/inventory", []string{cookie, shown, csrf, p.csrf, "Origin", h.url}, 200},
		{"the name of the host in capitals", "GET", "/v1/inventory", []string{cookie, shown, "Origin", strings.ToUpper(h.url[:4]) + h.url[4:]}, 403},
		{"behind a proxy that speaks TLS", "GET", "/v1/inventory", []string{cookie, shown, "Origin", "https://" + host}, 200},
		{"behind one that says so, from a page without", "GET", "/v1/inventory", []string{cookie, shown, "Origin", h.url, "X-Forwarded-Proto", "https"}, 403},
		{"behind one that has another name", "GET", "/v1/inventory", []string{cookie, shown, "Origin", "https://stock.example", "X-Forwarded-Host", "stock.example"}, 200},
	} {
		body := ""
		if c.verb == "POST" {
			body = stockOfMug
		}
		a := h.call(t, "", c.verb, c.path, body, c.head...)
		if a.status != c.status {
			t.Errorf("%s: %d %s", c.name, a.status, a.raw)
		}
		if a.head.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: pages of others may send the cookie: %v", c.name, a.head)
		}
	}
	a := h.call(t, "", "OPTIONS", "/v1/inventory", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-holdfast-csrf")
	if strings.Contains(strings.ToLower(a.head.Get("Access-Control-Allow-Headers")), "csrf") {
		t.Errorf("pages of others may send the proof: %v", a.head)
	}
}

func TestAKeyCountsMoreThanASession(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: stockOfMug})
	p := h.signIn(t, "admin")
	p.expect(t, "a key of another tenant", p.does(t, "GET", "/v1/inventory/product/mug", "", "Authorization", "Bearer "+h.keys["other"]), 404, "NOT_FOUND")
	p.expect(t, "a bad key", p.does(t, "GET", "/v1/inventory", "", "Authorization", "Bearer nope"), 401, "UNAUTHENTICATED")
	p.expect(t, "a key needs no proof", h.call(t, "admin", "POST", "/v1/inventory", `{"product_id":"cup"}`, "Cookie", "holdfast_session="+p.cookie.Value), 200, "")
	bad := &person{h: h, cookie: &http.Cookie{Value: strings.Repeat("A", 43)}}
	bad.expect(t, "no session at a public endpoint", bad.does(t, "GET", "/v1/inventory/check/mug", ""), 401, "UNAUTHENTICATED")
	p.expect(t, "a session there", p.does(t, "GET", "/v1/inventory/check/mug", ""), 200, "")
	if _, err := h.catalog.ChangeSettings(t.Context(), catalog.DefaultTenant, func(s *catalog.Settings) { s.PublicReads = false }); err != nil {
		t.Fatal(err)
	}
	p.expect(t, "a session is no visitor", p.does(t, "GET", "/v1/inventory/check/mug", ""), 200, "")
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	h := start(t)
	reads := func(p *person) answer { return p.does(t, "GET", "/v1/inventory", "") }
	idle := h.signIn(t, "read")
	h.clock.forward(29 * time.Minute)
	idle.expect(t, "before it is idle", reads(idle), 200, "")
	h.clock.forward(29*time.Minute + 59*time.Second)
	idle.expect(t, "used since", reads(idle), 200, "")
	h.clock.forward(30 * time.Minute)
	idle.expect(t, "idle", reads(idle), 401, "UNAUTHENTICATED")
	long := h.signIn(t, "read")
	for range 47 {
		h.clock.forward(15 * time.Minute)
		long.expect(t, "in use", reads(long), 200, "")
	}
	h.clock.forward(15 * time.Minute)
	long.expect(t, "after 12 hours", reads(long), 401, "UNAUTHENTICATED")

	keys, err := h.catalog.Keys(t.Context(), catalog.DefaultTenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		who := strings.TrimSuffix(k.Name, "-key")
		if who == "admin" {
			continue
		}
		p := h.signIn(t, who)
		end := map[string]step{
			"read":     {verb: "DELETE", path: "/v1/keys/" + k.ID},
			"internal": {path: "/v1/keys/" + k.ID + "/rotate", body: `{}`},
		}[who]
		h.play(t, end)
		p.expect(t, "with its key "+who, reads(p), 401, "UNAUTHENTICATED")
	}
	again := h.signIn(t, "internal")
	again.expect(t, "a key that was rotated signs in again", reads(again), 200, "")
}

func TestSigningInIsLimited(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithPublicRate(0.001))
	p := h.signIn(t, "read")
	p.expect(t, "another try", h.call(t, "", "POST", "/console/session", `{"key":"x"}`), 429, "RATE_LIMITED")
	p.expect(t, "one who has signed in", p.does(t, "GET", "/v1/inventory", ""), 200, "")
	guess := &person{h: h, cookie: &http.Cookie{Value: strings.Repeat("A", 43)}}
	guess.expect(t, "one session that is none", guess.does(t, "GET", "/v1/inventory", ""), 401, "")
	guess.expect(t, "and more", guess.does(t, "GET", "/v1/inventory", ""), 503, "UNAVAILABLE")
}

func TestWhoMaySignIn(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithPathPrefix("/stock"))
	_, relay, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "relay", Scopes: catalog.ScopeRelay})
	if err != nil {
		t.Fatal(err)
	}
	a := h.call(t, "", "POST", "/console/session", `{"key":"`+relay+`"}`)
	if a.status != 403 || a.head.Get("Set-Cookie") != "" {
		t.Errorf("a relay: %d %s", a.status, a.raw)
	}
	if c := h.signIn(t, "read").cookie; c.Path != "/stock/" {
		t.Errorf("below a prefix the cookie is %+v", c)
	}
	host := "https://" + strings.TrimPrefix(h.url, "http://")
	if c := h.signIn(t, "read", "Origin", host).cookie; !c.Secure {
		t.Errorf("from a page over TLS the cookie is %+v", c)
	}
}

// A watch ends with its session, and does not keep the session alive.
func TestAWatchEndsWithItsSession(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithBeat(time.Millisecond))
	p := h.signIn(t, "read")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(p.cookie)
	res, err := h.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("a watch: %d", res.StatusCode)
	}
	h.clock.forward(30 * time.Minute)
	told, err := io.ReadAll(res.Body) // ends with the watch
	if err != nil || !strings.Contains(string(told), "event: end") || !strings.Contains(string(told), "UNAUTHENTICATED") {
		t.Errorf("%v %s", err, clip(string(told)))
	}
	var body map[string]any
	if a := p.does(t, "GET", "/console/session", ""); a.status != 401 || json.Unmarshal(a.raw, &body) != nil {
		t.Errorf("it is kept alive: %d %s", a.status, a.raw)
	}
}
