package docs_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
)

func site(t *testing.T, files fs.FS) *docs.Site {
	t.Helper()
	s, err := docs.New(files, api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *docs.Site, path string) *http.Response {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Result()
}

func body(t *testing.T, s *docs.Site, path string) string {
	t.Helper()
	res := get(s, path)
	for hops := 0; res.StatusCode == http.StatusPermanentRedirect; hops++ {
		if hops > 1 {
			t.Fatalf("%s: moves in a circle", path)
		}
		res = get(s, res.Header.Get("Location"))
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, res.StatusCode)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	anchor    = regexp.MustCompile(` id="([^"]*)"`)
)

// Every page can be reached from the first one, and every link of every page
// leads to a page, and there to a heading, that exists.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	paths := s.Paths()
	reached := map[string]bool{docs.Root: true}
	headings := map[string]map[string]bool{}
	headingsOf := func(path string) map[string]bool {
		if headings[path] == nil {
			headings[path] = map[string]bool{}
			for _, id := range anchor.FindAllStringSubmatch(body(t, s, path), -1) {
				if headings[path][id[1]] {
					t.Errorf("%s has the heading %s twice", path, id[1])
				}
				headings[path][id[1]] = true
			}
		}
		return headings[path]
	}
	for queue := []string{docs.Root}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		headingsOf(at)
		page := body(t, s, at)
		for _, found := range reference.FindAllStringSubmatch(page, -1) {
			to, err := url.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			if to.IsAbs() || to.Path == "/openapi.yaml" {
				continue
			}
			target := to.Path
			if target == "" {
				target = at
			}
			if !slices.Contains(paths, target) {
				t.Errorf("%s links to %s, which is not there", at, found[1])
				continue
			}
			if to.Fragment != "" && !headingsOf(target)[to.Fragment] {
				t.Errorf("%s links to %s, which has no such heading", at, found[1])
			}
			if !reached[target] {
				reached[target] = true
				queue = append(queue, target)
			}
		}
	}
	reached[docs.Root+"search"], reached[docs.Root+"zh/search"] = true, true // by the form of every page
	for _, path := range paths {
		if res := get(s, path); res.StatusCode != http.StatusPermanentRedirect && !reached[path] && !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("no link leads to %s", path)
		}
	}
	for _, want := range []string{docs.Root + "zh/", docs.Root + "zh/guide/first-unit", docs.Root + "guide/glossary", docs.Root + "api", docs.Root + "operations/"} {
		if !reached[want] {
			t.Errorf("no link leads to %s", want)
		}
	}
}

// A page needs nothing but what the server embeds: no style of its own, no address elsewhere that a browser would
// load, and no script but that of the reference's forms.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	s := site(t, holdfast.Documents)
	loads := regexp.MustCompile(`<(script|iframe|object|embed|style|video|audio)|\sstyle="|\son[a-z]+="|(?:src|action)="(?:https?:)?//|<link [^>]*href="(?:https?:)?//|javascript:`)
	for _, path := range s.Paths() {
		res := get(s, path)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			continue
		}
		text := body(t, s, path)
		forms := path == "/docs/api" || path == "/docs/zh/api"
		if forms {
			text = strings.Replace(text, `<script src="/docs/try.js" defer></script>`, "", 1)
		}
		if bad := loads.FindString(text); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") != forms {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
}

// The reference names every call and every object of the OpenAPI document.
func TestTheReferenceIsComplete(t *testing.T) {
	t.Parallel()
	page := body(t, site(t, holdfast.Documents), docs.Root+"api")
	paths := regexp.MustCompile(`(?m)^  (/\S*):$`).FindAllSubmatch(api.OpenAPI, -1)
	ids := regexp.MustCompile(`(?m)^      operationId: (\S+)$`).FindAllSubmatch(api.OpenAPI, -1)
	if len(paths) < 15 || len(ids) < len(paths) {
		t.Fatalf("%d paths and %d operations: the document is not read right", len(paths), len(ids))
	}
	for _, p := range paths {
		if strings.Contains(string(api.OpenAPI), "\n  /v1"+string(p[1])+":\n") {
			continue // shown once
		}
		if !strings.Contains(page, "</span>"+string(p[1])+"</h3>") {
			t.Errorf("the reference lacks %s", p[1])
		}
	}
	for _, id := range ids {
		if short, versioned := strings.CutSuffix(string(id[1]), "V1"); versioned && strings.Contains(string(api.OpenAPI), "operationId: "+short+"\n") {
			continue
		}
		if !strings.Contains(page, `<section class="call" id="`+string(id[1])+`">`) {
			t.Errorf("the reference lacks %s", id[1])
		}
	}
}

func TestMarkdownBecomesPages(t *testing.T) {
	t.Parallel()
	s := site(t, fstest.MapFS{
		"README.md": {Data: []byte("# Top <b>\n\n[a](docs/guide/a.md#über-uns) [code](internal/x.go) [law](LICENSE) <script>alert(1)</script>\n\n" +
			"![p](docs/p.svg) [out](https://example.org/?a=1&b=2)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")},
		"docs/guide/README.md": {Data: []byte("# Guide\n\n[b](b.md) [a](a.md) [top](../../README.md)\n")},
		"docs/guide/a.md":      {Data: []byte("# A\n\n## Über uns\n\n## Über uns\n\n```sh\nx < y\n```\n")},
		"docs/guide/b.md":      {Data: []byte("# B\n")},
		"README.zh-CN.md":      {Data: []byte("# 中文\n\n[指南](docs/guide/)\n")},
		"docs/p.svg":           {Data: []byte("<svg/>")},
		"LICENSE":              {Data: []byte("law")},
	})
	for _, c := range []struct{ name, at, has, hasNot string }{
		{"a link to a page leads to its address", "/docs/", `<a href="/docs/guide/a#%C3%BCber-uns">a</a>`, ""},
		{"a link to a file that is not shown keeps its words only", "/docs/", `code`, "x.go"},
		{"a text that is not Markdown is linked", "/docs/", `<a href="/docs/LICENSE">law</a>`, ""},
		{"HTML in a page is not passed on", "/docs/", "", "<script>"},
		{"the title is escaped", "/docs/", `<title>Top`, "<b>"},
		{"a picture", "/docs/", `src="/docs/p.svg"`, ""},
		{"a link elsewhere stays", "/docs/", `href="https://example.org/?a=1&amp;b=2"`, ""},
		{"a table", "/docs/", "<td>2</td>", ""},
		{"a link to a folder leads to its first page", "/docs/README.zh-CN", `<a href="/docs/zh/guide/">指南</a>`, ""},
		{"a folder shows its first page", "/docs/guide/", `<h1 id="guide">Guide</h1>`, ""},
		{"a folder without its slash moves there", "/docs/guide", `<h1 id="guide">Guide</h1>`, ""},
		{"the root as well", "/docs", "<h1", ""},
		{"headings keep their letters, and repeated ones are told apart", "/docs/guide/a", `id="über-uns-1"`, ""},
		{"code is escaped", "/docs/guide/a", "x &lt; y", "x < y"},
		{"the language of a page is told", "/docs/README.zh-CN", `<html lang="zh-CN">`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			page := body(t, s, c.at)
			if !strings.Contains(page, c.has) || c.hasNot != "" && strings.Contains(page, c.hasNot) {
				t.Errorf("%s: want %q and not %q:\n%s", c.at, c.has, c.hasNot, page)
			}
		})
	}
	if nav := body(t, s, "/docs/"); strings.Index(nav, `href="/docs/guide/b"`) > strings.Index(nav, `href="/docs/guide/a"`) {
		t.Error("the navigation is not in the order of the folder's first page")
	}
	if res := get(s, "/docs/nope"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a path that is not there: %d", res.StatusCode)
	}
}

func TestAPageWithoutATitleIsAnError(t *testing.T) {
	t.Parallel()
	s, err := docs.New(fstest.MapFS{"README.md": {Data: []byte("no title")}}, api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "README.md") {
		t.Errorf("got %v", err)
	}
	if res := get(s, docs.Root); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("it answers %d", res.StatusCode)
	}
}
