package docs_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
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
		"INSUFFICIENT_STOCK":        "/docs/errors/INSUFFICIENT_STOCK",
		"insufficient_stock":        "/docs/errors/INSUFFICIENT_STOCK",
		"POST /v1/inventory/change": "/docs/api#Change",
		"库存中心":                      "/docs/zh/",
	} {
		if at := found(t, s, query); len(at) == 0 || !strings.HasPrefix(at[0], want) {
			t.Errorf("%q leads to %q, want %s first", query, at[:min(3, len(at))], want)
		}
	}
}

// A search finds pages by any word, whatever its ending, and shows the best part of each.
func TestASearchOfAnything(t *testing.T) {
	t.Parallel()
	s := site(t, fstest.MapFS{
		"README.md":              {Data: []byte("# Top\n\nWords about *pears* and apples.\n\n## Much fruit\n\n```sh\ncut --pears\n```\n\n- plum\n- a `<bold>` tag\n")},
		"docs/adr/1.md":          {Data: []byte("# Pears are decided\n\npears pears pears\n")},
		"docs/guide/a.md":        {Data: []byte("# Guide\n\n" + strings.Repeat("Äpfel und Birnen. ", 100) + "Quitten.\n\nA plum_tree grows plumpudding. ripening\n")},
		"docs/guide/b.md":        {Data: []byte("# Reserved crates\n\nA crate was reserved. The cellar keeps it, and the cellar is cold.\n")},
		"docs/guide/c.md":        {Data: []byte("# 收银台\n\n门店断网时，收银台用专属库存继续卖。\n")},
		"docs/guide/glossary.md": {Data: []byte("# Glossary\n\n| Holdfast | 中文 | meaning | elsewhere |\n|---|---|---|---|\n| cellar | 地窖 | where it is cold | root store, vault |\n")},
		"docs/words.tsv":         {Data: []byte("theirs\tours\tlang\twhere\tnote\nkist\tcrate\ten\tScots\t\n")},
	})
	for _, c := range []struct {
		name, query, has string
		first            []string
	}{
		{"any word is enough, and a page that has all comes first", "pears plum", "<mark>pears</mark>", []string{"/docs/#much-fruit"}},
		{"a page is listed once, with its other parts; decisions come later", "PEARS", `<a href="/docs/#much-fruit">Much fruit</a>`, []string{"/docs/", "/docs/adr/1"}},
		{"a word in the heading", "fruit", "", []string{"/docs/#much-fruit"}},
		{"letters beyond ASCII, and the place of the word is shown", "quitten", "… ", []string{"/docs/guide/a"}},
		{"the beginning of a word", "plumpud", "<mark>plumpudding</mark>", []string{"/docs/guide/a"}},
		{"the inside of a word is not enough", "udding", "No page has a word", nil},
		{"another ending", "reservations", "<mark>reserved</mark>", []string{"/docs/guide/b"}},
		{"one letter is wrong", "cellra", "<mark>cellar</mark>", []string{"/docs/guide/b", "/docs/guide/glossary"}},
		{"a compound, by the whole and by a part", "plum_tree", "<mark>plum_tree</mark>", []string{"/docs/guide/a"}},
		{"a question with words that say nothing", "what should I do with the crates?", "", []string{"/docs/guide/b"}},
		{"a word of another system, from the glossary", "root stores", "", []string{"/docs/guide/glossary", "/docs/guide/b"}},
		{"a word of another system, from the table", "kist", "<mark>crate</mark>", []string{"/docs/guide/b"}},
		{"Chinese, by pairs of characters", "断网了怎么收银", "<mark>断网</mark>", []string{"/docs/guide/c"}},
		{"a Chinese word leads to the English page", "地窖在哪里", "", []string{"/docs/guide/glossary", "/docs/guide/b"}},
		{"tags are text", "<bold>", "&lt;<mark>bold</mark>&gt;", []string{"/docs/#much-fruit"}},
		{"nothing asked", " ", "Ask a question", nil},
		{"nothing but words that say nothing", "how is it", "“how is it”", nil},
		{"nothing found", "zzqx", "No page has a word of “zzqx”", nil},
		{"no text", "\xff\x00", "No page has", nil},
		{"a tag is no tag in the answer", "<script>", "“&lt;script&gt;”", nil},
		{"very long", strings.Repeat("pears ", 10_000), "The first 200 characters", []string{"/docs/", "/docs/adr/1"}},
		{"a very long word", strings.Repeat("果pear", 10_000), "The first 200 characters", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := slices.DeleteFunc(found(t, s, c.query), func(at string) bool { return strings.HasPrefix(at, docs.Root+"api#") })
			if first := at[:min(len(c.first), len(at))]; !slices.Equal(first, c.first) {
				t.Errorf("found %q, want %q first", at, c.first)
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
