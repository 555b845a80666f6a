package docs_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/internal/server/docs"
)

var result = regexp.MustCompile(`<h2><a href="([^"]*)">`)

// found lists where a search leads, best first.
func found(t *testing.T, s *docs.Site, query string) []string {
	t.Helper()
	var at []string
	for _, m := range result.FindAllStringSubmatch(body(t, s, docs.Root+"search?q="+url.QueryEscape(query)), -1) {
		at = append(at, m[1])
	}
	return at
}

// A search for a part of the product finds the page about it first.
func TestASearchLeadsToThePageAboutIt(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	for query, want := range map[string]string{
		"stock take":                "/docs/guide/stock-take",
		"INSUFFICIENT_STOCK":        "/docs/guide/problems#insufficient_stock",
		"insufficient_stock":        "/docs/guide/problems#insufficient_stock",
		"POST /v1/inventory/change": "/docs/api#Change",
		"库存":                        "/docs/README.zh-CN",
	} {
		if at := found(t, s, query); len(at) == 0 || !strings.HasPrefix(at[0], want) {
			t.Errorf("%q leads to %q, want %s first", query, at[:min(3, len(at))], want)
		}
	}
}

func TestASearchOfAnything(t *testing.T) {
	t.Parallel()
	s := site(t, fstest.MapFS{
		"README.md":       {Data: []byte("# Top\n\nWords about *pears* and apples.\n\n## Much fruit\n\n```sh\ncut --pears\n```\n\n- plum\n- a `<b>` tag\n")},
		"docs/adr/1.md":   {Data: []byte("# Pears are decided\n\npears pears pears\n")},
		"docs/guide/a.md": {Data: []byte("# Guide\n\n" + strings.Repeat("Äpfel und Birnen. ", 100) + "Quitten.\n")},
	})
	for _, c := range []struct {
		name, query, has string
		hits             []string
	}{
		{"all words must be under one heading", "pears plum", "", []string{"/docs/#much-fruit"}},
		{"code is searched, decisions come last", "PEARS", "<mark>pears</mark>", []string{"/docs/", "/docs/#much-fruit", "/docs/adr/1"}},
		{"a word in the heading", "fruit", "", []string{"/docs/#much-fruit"}},
		{"letters beyond ASCII", "quitten", "… ", []string{"/docs/guide/a"}},
		{"tags are text", "<b>", "<mark>&lt;b&gt;</mark>", []string{"/docs/#much-fruit"}},
		{"nothing asked", " ", "Write words", nil},
		{"nothing found", "nothing-like-it", "Nothing holds “nothing-like-it”", nil},
		{"no text", "\xff\x00", "Nothing holds", nil},
		{"a tag is no tag in the answer", "<script>", "“&lt;script&gt;”", nil},
		{"very long", strings.Repeat("pears ", 10_000), "passages with", []string{"/docs/", "/docs/#much-fruit", "/docs/adr/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := found(t, s, c.query)
			if strings.Join(at, " ") != strings.Join(c.hits, " ") {
				t.Errorf("found %q, want %q", at, c.hits)
			}
			page := body(t, s, docs.Root+"search?q="+url.QueryEscape(c.query))
			if !strings.Contains(page, c.has) || strings.Contains(page, "<script") {
				t.Errorf("want %q in\n%s", c.has, page[strings.Index(page, "<main"):])
			}
		})
	}
	if res := get(s, docs.Root+"search?q=x"); res.Header.Get("Cache-Control") != "no-store" || res.StatusCode != http.StatusOK {
		t.Errorf("a search may be kept: %v", res.Header)
	}
}
