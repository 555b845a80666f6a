package server_test

import (
	"strings"
	"testing"
)

// Every answer, a success, a problem, a page or none, tells browsers not to
// guess, not to keep and not to frame it.
func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, c := range []struct{ verb, path string }{
		{"GET", "/inventory/check/none"},
		{"GET", "/inventory"},
		{"POST", "/inventory/reserve"},
		{"DELETE", "/inventory"},
		{"GET", "/nowhere"},
		{"GET", "/healthz"},
		{"GET", "/readyz"},
		{"GET", "/openapi.yaml"},
		{"GET", "/docs"},
		{"GET", "/docs/"},
	} {
		_, head := h.browse(t, c.verb, c.path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "*", "Strict-Transport-Security": ""} {
			if got := head.Get(name); got != want && (want != "*" || got == "") {
				t.Errorf("%s %s: %s is %q, want %q", c.verb, c.path, name, got, want)
			}
		}
	}
	for path, want := range map[string]string{"/docs": "frame-ancestors 'none'", "/nowhere": "default-src 'none'", "/healthz": "default-src 'none'"} {
		if _, head := h.browse(t, "GET", path); !strings.Contains(head.Get("Content-Security-Policy"), want) {
			t.Errorf("%s may do %q, want %q in it", path, head.Get("Content-Security-Policy"), want)
		}
	}
	if _, head := h.browse(t, "GET", "/inventory/check/none"); head.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer of the API may be kept: %q", head.Get("Cache-Control"))
	}
}
