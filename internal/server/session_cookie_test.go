package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// Over TLS no neighbour under the same domain, and no page without TLS, can replace a session by another.
func TestOverTLSTheSessionBelongsToTheHost(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	secure := []string{"X-Forwarded-Proto", "https"}
	a := h.call(t, "", http.MethodPost, "/console/session", `{"key":"`+h.keys["read"]+`"}`, secure...)
	c := cookieOf(t, a, "__Host-holdfast_session")
	if a.status != 200 || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Fatalf("%d %s: %+v", a.status, a.raw, c)
	}
	if a := h.call(t, "", "GET", "/v1/session", "", append(secure, "Cookie", c.Name+"="+c.Value)...); a.status != 200 {
		t.Errorf("with the cookie: %d %s", a.status, a.raw)
	}
	other := h.signIn(t, "admin").cookie
	both := append(secure, "Cookie", "holdfast_session="+other.Value+"; "+c.Name+"="+c.Value)
	if a := h.call(t, "", "GET", "/v1/session", "", both...); a.at("operator") != `"read-key"` {
		t.Errorf("next to one that a neighbour may have set: %d %s", a.status, a.raw)
	}
	if a := h.call(t, "", "GET", "/v1/session", "", append(secure, "Cookie", "holdfast_session="+other.Value)...); a.status != 200 {
		t.Errorf("with a session from before: %d %s", a.status, a.raw)
	}
	out := h.call(t, "", "DELETE", "/console/session", "", append(both, "X-Holdfast-CSRF", strings.Trim(a.at("csrf"), `"`))...)
	if cookieOf(t, out, "holdfast_session").MaxAge != -1 || cookieOf(t, out, c.Name).MaxAge != -1 {
		t.Errorf("after signing out: %d %v", out.status, out.head)
	}
}

// Nobody is sent back from the provider to a host that the browser was made to name.
func TestAForeignHostDoesNotSignIn(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs)
	for host, status := range map[string]string{"evil.example": "HTTP/1.1 503", "localhost:8080": "HTTP/1.1 302", "10.0.0.7": "HTTP/1.1 302", "[::1]:8080": "HTTP/1.1 302"} {
		if got := c.raw(t, "GET /console/oidc HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, status) {
			t.Errorf("%s: %.400s", host, got)
		}
	}
}
