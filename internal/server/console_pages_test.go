package server_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"holdfast.dev/holdfast/internal/server"
)

// built is a small build of the console.
func built() fstest.MapFS {
	var gz strings.Builder
	w := gzip.NewWriter(&gz)
	_, _ = w.Write([]byte(script))
	_ = w.Close()
	return fstest.MapFS{
		".keep": {},
		"index.html": {Data: []byte(`<!doctype html><head><meta name="csp-nonce" content=""><base href="/">` +
			`<script type="module" src="./assets/index-1a2b.js"></script></head>`)},
		"favicon.svg":                {Data: []byte(`<svg/>`)},
		"assets/index-1a2b.js.gz":    {Data: []byte(gz.String())},
		"assets/worker-9f.mjs":       {Data: []byte(`1`)},
		"assets/style-77.css":        {Data: []byte(`a{}`)},
		"assets/figures-3c.woff2":    {Data: []byte("wOF2")},
		"assets/texts.zh-5e.json":    {Data: []byte(`{}`)},
		"assets/.hidden":             {Data: []byte("secret")},
		"assets/index-1a2b.js.map":   {Data: []byte(`{}`)},
		"assets/deep/inside-0d.js":   {Data: []byte(`2`)},
		"assets/picture of-a cup.js": {Data: []byte(`3`)},
	}
}

var script = strings.Repeat("console.log(1);", 100)

// fetch asks for a page without following where it leads.
func (h *house) fetch(t *testing.T, verb, path string, head ...string) answer {
	t.Helper()
	plain := *h.client
	plain.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := http.NewRequestWithContext(t.Context(), verb, h.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = path                         // as it is, whatever it is
	r.Header.Set("Accept-Encoding", "identity") // else the client unpacks by itself
	for i := 0; i < len(head); i += 2 {
		if head[i] == "Accept-Encoding" {
			r.Header.Del(head[i])
		}
		r.Header.Add(head[i], head[i+1])
	}
	res, err := plain.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", verb, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: res.StatusCode, head: res.Header, raw: raw}
}

const browser = "text/html,application/xhtml+xml,*/*;q=0.8"

func TestTheConsoleIsServed(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithConsole(built()))
	const forGood, again = "public, max-age=31536000, immutable", "no-cache"
	for _, c := range []struct {
		name, path  string
		status      int
		kind, keeps string
		has         string
	}{
		{"the page", "/console/", 200, "text/html; charset=utf-8", "private, no-cache", `<base href="/console/">`},
		{"a deep link", "/console/items/mug", 200, "text/html; charset=utf-8", "private, no-cache", `<base href="/console/">`},
		{"a deep link to an id with a dot", "/console/items/mug.png", 200, "text/html; charset=utf-8", "private, no-cache", "csp-nonce"},
		{"a deep link to an id with a slash", "/console/items/a%2Fb", 200, "text/html; charset=utf-8", "private, no-cache", "csp-nonce"},
		{"a script", "/console/assets/index-1a2b.js", 200, "text/javascript; charset=utf-8", forGood, script},
		{"a module", "/console/assets/worker-9f.mjs", 200, "text/javascript; charset=utf-8", forGood, "1"},
		{"a style", "/console/assets/style-77.css", 200, "text/css; charset=utf-8", forGood, "a{}"},
		{"a font", "/console/assets/figures-3c.woff2", 200, "font/woff2", forGood, "wOF2"},
		{"texts", "/console/assets/texts.zh-5e.json", 200, "application/json", forGood, "{}"},
		{"a name with a blank", "/console/assets/picture%20of-a%20cup.js", 200, "text/javascript; charset=utf-8", forGood, "3"},
		{"a file in a folder", "/console/assets/deep/inside-0d.js", 200, "text/javascript; charset=utf-8", forGood, "2"},
		{"a file without a hash", "/console/favicon.svg", 200, "image/svg+xml", again, "<svg/>"},
		{"a missing asset is no page", "/console/assets/index-0000.js", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a missing file is no page", "/console/favicon.ico", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a folder is not listed", "/console/assets/", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"nor without its slash", "/console/assets", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"nor one in it", "/console/assets/deep", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"how it is kept is no name of it", "/console/assets/index-1a2b.js.gz", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a hidden file is none", "/console/assets/.hidden", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"nor is that of the folder", "/console/.keep", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a way up", "/console/../openapi.yaml", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a way up in disguise", "/console/%2e%2e/%2e%2e/etc/passwd", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a way up with slashes in disguise", "/console/..%2f..%2fetc%2fpasswd", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"a way up out of the assets", "/console/assets/../index.html", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"slashes that follow each other", "/console//etc/passwd", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"the page by its name", "/console/index.html", 404, "application/problem+json", "no-store", "NOT_FOUND"},
		{"no address of the console", "/consoles", 404, "application/problem+json", "no-store", "NOT_FOUND"},
	} {
		a := h.fetch(t, http.MethodGet, c.path)
		if a.status != c.status || a.head.Get("Content-Type") != c.kind || a.head.Get("Cache-Control") != c.keeps || !strings.Contains(string(a.raw), c.has) {
			t.Errorf("%s: %d %v %s", c.name, a.status, a.head, clip(string(a.raw)))
		}
		if a.head.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.head.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", c.name, a.head)
		}
		if head := h.fetch(t, http.MethodHead, c.path); head.status != c.status || len(head.raw) > 0 || head.head.Get("Content-Length") != a.head.Get("Content-Length") {
			t.Errorf("%s, only its head: %d %v %q", c.name, head.status, head.head, head.raw)
		}
	}
	if a := h.fetch(t, http.MethodPost, "/console/"); a.status != 405 {
		t.Errorf("written to: %d", a.status)
	}
	if a := h.fetch(t, http.MethodGet, "/console"); a.status != 302 || a.head.Get("Location") != "/console/" {
		t.Errorf("without its slash: %d %v", a.status, a.head)
	}
	if a := h.fetch(t, http.MethodGet, "/", "Accept", browser); a.status != 302 || a.head.Get("Location") != "/console/" || a.head.Get("Vary") != "Accept" {
		t.Errorf("the first page: %d %v", a.status, a.head)
	}
	if a := h.fetch(t, http.MethodGet, "/", "Accept", "*/*"); a.status != 404 {
		t.Errorf("the first page for a program: %d", a.status)
	}
}

func TestWhatABrowserHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithConsole(built()))
	const path = "/console/assets/index-1a2b.js"
	plain := h.fetch(t, http.MethodGet, path, "Accept-Encoding", "gzip;q=0, br")
	packed := h.fetch(t, http.MethodGet, path, "Accept-Encoding", "br, gzip;q=0.5")
	if plain.head.Get("Content-Encoding") != "" || string(plain.raw) != script || plain.head.Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain: %v %q", plain.head, plain.raw)
	}
	if packed.head.Get("Content-Encoding") != "gzip" || len(packed.raw) >= len(script) || packed.head.Get("Content-Type") != plain.head.Get("Content-Type") {
		t.Errorf("packed: %v", packed.head)
	}
	if unpacked, err := gzip.NewReader(strings.NewReader(string(packed.raw))); err != nil {
		t.Error(err)
	} else if text, err := io.ReadAll(unpacked); err != nil || string(text) != script {
		t.Errorf("unpacked: %v %q", err, text)
	}
	if packed.head.Get("Etag") == plain.head.Get("Etag") {
		t.Error("both have one tag")
	}
	page := h.fetch(t, http.MethodGet, "/console/items/mug")
	if again := h.fetch(t, http.MethodGet, "/console/orders"); again.head.Get("Etag") != page.head.Get("Etag") {
		t.Errorf("one build, two tags: %v and %v", page.head, again.head)
	}
	for at, etag := range map[string]string{path: plain.head.Get("Etag"), "/console/": page.head.Get("Etag"), "/console/favicon.svg": "*"} {
		a := h.fetch(t, http.MethodGet, at, "If-None-Match", `"other", `+etag, "Accept-Encoding", "identity")
		if a.status != 304 || len(a.raw) > 0 || a.head.Get("Cache-Control") == "no-store" {
			t.Errorf("%s again: %d %v", at, a.status, a.head)
		}
		// The page that the browser has is one with another nonce.
		if at == "/console/" && a.head.Get("Content-Security-Policy") != "" {
			t.Errorf("%s again changes its policy: %v", at, a.head)
		}
	}
	other := built()
	other["index.html"].Data = append(other["index.html"].Data, ' ')
	if a := start(t, server.WithConsole(other)).fetch(t, http.MethodGet, "/console/", "If-None-Match", page.head.Get("Etag")); a.status != 200 {
		t.Errorf("another build: %d", a.status)
	}
}

func TestThePolicyOfTheConsole(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithConsole(built()), server.WithOrigins("*"))
	written := regexp.MustCompile(`<meta name="csp-nonce" content="([A-Z2-7]{20,})">`)
	seen := map[string]bool{}
	for range 3 {
		a := h.fetch(t, http.MethodGet, "/console/")
		found := written.FindSubmatch(a.raw)
		if found == nil || seen[string(found[1])] {
			t.Fatalf("no nonce of its own: %s", a.raw)
		}
		seen[string(found[1])] = true
		want := "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + string(found[1]) + "'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
		if got := a.head.Get("Content-Security-Policy"); got != want {
			t.Errorf("the page may do\n%s, want\n%s", got, want)
		}
	}
	// A worker goes by the policy of its script.
	if got := h.fetch(t, http.MethodGet, "/console/assets/worker-9f.mjs").head.Get("Content-Security-Policy"); !strings.Contains(got, "connect-src 'self'") || strings.Contains(got, "nonce") {
		t.Errorf("a worker may do %s", got)
	}
	if got := h.fetch(t, http.MethodGet, "/console/", "Origin", "https://evil.example").head.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("another origin reads the console: %q", got)
	}
}

func TestTheConsoleBehindAProxy(t *testing.T) {
	t.Parallel()
	own := server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8"))
	trusted, stranger := start(t, server.WithConsole(built()), own), start(t, server.WithConsole(built()))
	set := start(t, server.WithConsole(built()), server.WithPathPrefix("/stock"))
	const header = "X-Forwarded-Prefix"
	for _, c := range []struct {
		name string
		h    *house
		path string
		head []string
		base string
	}{
		{"a proxy that says what it took off", trusted, "/console/", []string{header, "/stock"}, "/stock/console/"},
		{"with a slash at the end", trusted, "/console/items/x", []string{header, "/a/b/"}, "/a/b/console/"},
		{"a proxy that took off nothing", trusted, "/console/", []string{header, "/"}, "/console/"},
		{"who is no proxy says nothing", stranger, "/console/", []string{header, "/stock"}, "/console/"},
		{"markup is no prefix", trusted, "/console/", []string{header, `/"><script>alert(1)</script>`}, "/console/"},
		{"another server is no prefix", trusted, "/console/", []string{header, "//evil.example"}, "/console/"},
		{"a way up is no prefix", trusted, "/console/", []string{header, "/a/../b"}, "/console/"},
		{"two are none", trusted, "/console/", []string{header, "/a", header, "/b"}, "/console/"},
		{"one that is set", set, "/console/", nil, "/stock/console/"},
		{"and passed on whole", set, "/stock/console/items/x", nil, "/stock/console/"},
		{"who is no proxy does not change it", set, "/console/", []string{header, "/other"}, "/stock/console/"},
	} {
		a := c.h.fetch(t, http.MethodGet, c.path, c.head...)
		if a.status != 200 || !strings.Contains(string(a.raw), `<base href="`+c.base+`">`) {
			t.Errorf("%s: %d %s", c.name, a.status, a.raw)
		}
	}
	for _, path := range []string{"/console", "/stock/console", "/stock", "/stock/"} {
		if a := set.fetch(t, http.MethodGet, path, "Accept", browser); a.status != 302 || a.head.Get("Location") != "/stock/console/" {
			t.Errorf("%s: %d %v", path, a.status, a.head)
		}
	}
	if a := set.fetch(t, http.MethodGet, "/stocks/console/"); a.status != 404 {
		t.Errorf("another path with the same beginning: %d", a.status)
	}
	set.tell(t, []step{
		{name: "the API has the prefix", path: "/stock/v1/inventory", body: `{"product_id":"a/b"}`, status: 400},
		{name: "and escaped ids", path: "/stock/v1/inventory/product/a%2Fb", status: 400},
		{name: "and without it", path: "/v1/inventory"},
	})
	for prefix, good := range map[string]bool{"": true, "/a": true, "/a/b-c_d.e~f": true, "a": false, "/": false, "/a/": false, "//a": false, "/..": false, "/a b": false, "/ü": false, "/" + strings.Repeat("x", 128): false} {
		if err := server.CheckPathPrefix(prefix); (err == nil) != good {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

func TestTheConsoleWithoutABuild(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithConsole(fstest.MapFS{".keep": {}}))
	for path, status := range map[string]int{"/console/": 200, "/console/items/mug": 200, "/console/assets/index-1a2b.js": 404} {
		a := h.fetch(t, http.MethodGet, path)
		if a.status != status || status == 200 && !strings.Contains(string(a.raw), "<code>make build</code> with Node 20 or newer builds the console") {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
	if a := h.fetch(t, http.MethodGet, "/", "Accept", browser); a.status != 200 {
		t.Errorf("the first page: %d", a.status)
	}
}

// A build that the server cannot fill in is found at the start, not by a browser.
func TestABuildThatIsNotTheConsole(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"no marks":           {"index.html": {Data: []byte(`<!doctype html>`)}},
		"no nonce":           {"index.html": {Data: []byte(`<base href="/">`)}},
		"a file of no kind":  {"index.html": built()["index.html"], "assets/x.exe": {Data: []byte("MZ")}},
		"the base twice":     {"index.html": {Data: []byte(`<base href="/"><base href="/"><meta name="csp-nonce" content="">`)}},
		"a folder as a page": {"index.html/x.js": {}},
	} {
		if _, err := server.New(server.Rooms{}, server.WithConsole(files)); err == nil {
			t.Errorf("%s: it starts", name)
		}
	}
}
