package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// browse sends a request with the headers and returns status and header.
func (h *house) browse(t *testing.T, verb, path string, head ...string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, h.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header
}

const shop = "https://shop.example"

func TestOriginsThatMayCall(t *testing.T) {
	t.Parallel()
	off, some, all := start(t), start(t, server.WithOrigins(shop, "http://localhost:3000")), start(t, server.WithOrigins("*"))
	some.play(t, step{path: "/inventory", body: `{"product_id":"p"}`})
	const allow, methods, vary = "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Vary"
	ask := []string{"Origin", shop, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"}
	for _, c := range []struct {
		name       string
		h          *house
		verb, path string
		head       []string
		status     int
		want       map[string]string
	}{
		{"nothing is said when no origin is set", off, "GET", "/healthz", []string{"Origin", shop}, 200, map[string]string{allow: "", vary: ""}},
		{"a preflight neither", off, "OPTIONS", "/inventory/reserve", ask, 405, map[string]string{allow: "", "Allow": "POST"}},
		{
			"an origin of the list may read the answer", some, "GET", "/inventory/check/p",
			[]string{"Origin", shop},
			200,
			map[string]string{allow: shop, vary: "Origin", "Access-Control-Expose-Headers": "*"},
		},
		{"a problem as well", some, "GET", "/inventory/check/none", []string{"Origin", shop}, 404, map[string]string{allow: shop}},
		{"another origin may not", some, "GET", "/inventory/check/p", []string{"Origin", "https://evil.example"}, 200, map[string]string{allow: "", vary: "Origin"}},
		{"an origin is not matched by its beginning", some, "GET", "/inventory/check/p", []string{"Origin", shop + ".evil.example"}, 200, map[string]string{allow: ""}},
		{"a sandboxed page has no origin", some, "GET", "/inventory/check/p", []string{"Origin", "null"}, 200, map[string]string{allow: ""}},
		{"who is no browser is told that it depends", some, "GET", "/inventory/check/p", nil, 200, map[string]string{allow: "", vary: "Origin"}},
		{
			"a preflight says what may be sent", some, "OPTIONS", "/v1/inventory/reserve", ask, 204,
			map[string]string{allow: shop, methods: "POST", "Access-Control-Allow-Headers": "*", "Access-Control-Max-Age": "600", "Access-Control-Allow-Credentials": ""},
		},
		{"of a path with two methods both", some, "OPTIONS", "/inventory", ask, 204, map[string]string{methods: "GET, POST"}},
		{"of a path that is not of the definition too", some, "OPTIONS", "/openapi.yaml", ask, 204, map[string]string{methods: "GET, HEAD"}},
		{
			"a preflight of another origin is told nothing", some, "OPTIONS", "/inventory/reserve",
			[]string{"Origin", "https://evil.example", "Access-Control-Request-Method", "POST"},
			204,
			map[string]string{allow: "", methods: ""},
		},
		{"a preflight where nothing is", some, "OPTIONS", "/nowhere", ask, 404, map[string]string{methods: ""}},
		{"every origin, when that is wanted", all, "GET", "/healthz", []string{"Origin", "https://any.example"}, 200, map[string]string{allow: "*", vary: ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, head := c.h.browse(t, c.verb, c.path, c.head...)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			for name, want := range c.want {
				if got := head.Get(name); got != want && (want != "*" || got == "") {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestWhatIsNoOriginIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"shop.example", "https://shop.example/", "https://shop.example/path", "ftp://shop.example", "https://", "null", "https://*.example/x", ""} {
		if _, err := server.New(server.Rooms{}, server.WithOrigins(origin)); err == nil || !strings.Contains(err.Error(), "origin") {
			t.Errorf("%q: %v, want an error that explains an origin", origin, err)
		}
	}
}
