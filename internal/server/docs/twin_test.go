package docs_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast"
)

// Programs read the Markdown of a page, with links that lead to other Markdown.
func TestAPageHasItsMarkdown(t *testing.T) {
	t.Parallel()
	s := site(t, fstest.MapFS{
		"README.md":            {Data: []byte("# Top\n\nIt keeps stock. And more.\n\n[a](docs/guide/a.md#b) [guide](docs/guide/) [code](cmd/x.go) [out](https://example.org/x) [here](#top)\n\n```sh\n[a](docs/guide/a.md)\n```\n")},
		"docs/guide/README.md": {Data: []byte("# Guide\n\n[p](../p.svg) [a](a.md)\n")},
		"docs/guide/a.md":      {Data: []byte("# A\n\nThe page of a.\n\n## B\n")},
		"docs/p.svg":           {Data: []byte("<svg/>")},
	})
	ask := func(path, accept string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	for _, c := range []struct{ at, accept, kind string }{
		{"/docs/guide/a", "text/html,*/*", "text/html; charset=utf-8"},
		{"/docs/guide/a", "text/markdown", "text/markdown; charset=utf-8"},
		{"/docs/guide/a", "text/markdown, text/html;q=0.9", "text/markdown; charset=utf-8"},
		{"/docs/guide/a", "text/html, text/markdown;q=0.9", "text/html; charset=utf-8"},
		{"/docs/guide/a.md", "*/*", "text/markdown; charset=utf-8"},
	} {
		res := ask(c.at, c.accept)
		if kind := res.Header.Get("Content-Type"); kind != c.kind || strings.HasSuffix(c.at, "a") && res.Header.Get("Vary") != "Accept" {
			t.Errorf("%s for %s: %s, Vary %q", c.at, c.accept, kind, res.Header.Get("Vary"))
		}
	}
	for at, has := range map[string]string{
		"/docs/README.md":       "[a](/docs/guide/a.md#b) [guide](/docs/guide/README.md) [code] [out](https://example.org/x) [here](#top)\n\n```sh\n[a](docs/guide/a.md)\n",
		"/docs/guide/README.md": "[p](/docs/p.svg) [a](/docs/guide/a.md)",
		"/docs/guide/a":         `<link rel="alternate" type="text/markdown" href="/docs/guide/a.md">`,
		"/llms.txt":             "# Holdfast\n\n> It keeps stock. The OpenAPI document is at /openapi.yaml.\n\n## Holdfast\n\n- [Top](/docs/README.md): It keeps stock.\n\n## Guide\n\n- [Guide](/docs/guide/README.md)",
	} {
		if page := body(t, s, at); !strings.Contains(page, has) {
			t.Errorf("%s: want %q in\n%s", at, has, page)
		}
	}
}

// The list for programs names each page once, and each of its links leads somewhere.
func TestTheListForProgramsIsWhole(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	named := map[string]int{}
	for _, link := range regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(body(t, s, "/llms.txt"), -1) {
		named[link[1]]++
		if res := get(s, link[1]); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", link[1], res.StatusCode)
		}
	}
	for _, path := range s.Paths() {
		if strings.HasSuffix(path, ".md") && named[path] != 1 {
			t.Errorf("%s is named %d times", path, named[path])
		}
	}
	if len(named) < 100 {
		t.Errorf("only %d pages", len(named))
	}
}
