package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// The address of the server shows a browser what the server is and its state, and
// a program the address of the API.
func TestTheFirstPage(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithVersion("v1.2.3"))
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, c := range []struct {
		name, verb, accept, language string
		status                       int
		kind                         string
		has                          []string
	}{
		{"a browser", "GET", browser, "en-GB,en;q=0.9,zh;q=0.5", 200, "text/html; charset=utf-8", []string{`<html lang="en">`, "<strong>ready</strong>", "v1.2.3", `href="/docs/api"`, h.url + "/v1/inventory"}},
		{"a browser in Chinese", "GET", browser, "zh-CN,zh;q=0.9,en;q=0.8", 200, "text/html; charset=utf-8", []string{
			`<html lang="zh-CN">`, "<title>库存中心", "<strong>就绪</strong>", "v1.2.3", `href="/docs/zh/api"`, `href="/docs/zh/guide/" lang=`, h.url + "/v1/inventory",
		}},
		{"a browser that looks ahead", "HEAD", browser, "", 200, "text/html; charset=utf-8", nil},
		{"a program", "GET", "*/*", "", 404, "application/problem+json", []string{`"NOT_FOUND"`, "/docs/"}},
		{"a program that writes", "POST", "application/json", "zh", 404, "application/problem+json", []string{"/docs/"}},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.verb, h.url+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", c.accept)
		r.Header.Set("Accept-Language", c.language)
		res, err := h.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(res.Body)
		if err != nil || res.Body.Close() != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.kind || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", c.name, res.StatusCode, res.Header)
		}
		for _, has := range c.has {
			if !strings.Contains(string(said), has) {
				t.Errorf("%s: no %q in %s", c.name, has, said)
			}
		}
	}
}
