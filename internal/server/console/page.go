package console

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
)

// The marks in the page: the base address of its links, and the nonce that the app reads for its
// styles.
const (
	baseMark  = `<base href="/"`
	nonceMark = `<meta name="csp-nonce" content=""`
)

// page is index.html, with its marks.
type page struct{ text string }

func newPage(text string) (*page, error) {
	for _, mark := range []string{baseMark, nonceMark} {
		if n := strings.Count(text, mark); n != 1 {
			return nil, fmt.Errorf("index.html of the console has %s %d times, it needs it once: build the console anew", mark, n)
		}
	}
	return &page{text: text}, nil
}

// serve answers with the page, with a new nonce each time. A browser that has the page keeps it, with the
// policy that it received with it.
func (p *page) serve(w http.ResponseWriter, r *http.Request, prefix string) {
	head := w.Header()
	etag := `W/"` + tag(p.text, prefix) + `"` // weak: the nonce differs
	head.Set("Etag", etag)
	head.Set("Cache-Control", "private, no-cache")
	if matches(r, etag) {
		head.Del("Content-Security-Policy")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	nonce := newNonce()
	setPolicy(head, nonce)
	fill := strings.NewReplacer(baseMark, `<base href="`+html.EscapeString(prefix+Root)+`"`, nonceMark, strings.TrimSuffix(nonceMark, `"`)+nonce+`"`)
	write(w, typeHTML, fill.Replace(p.text))
}

// matches reports whether the browser has the content that etag names.
func matches(r *http.Request, etag string) bool {
	weak := strings.TrimPrefix(etag, "W/")
	for part := range strings.SplitSeq(strings.Join(r.Header["If-None-Match"], ","), ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == weak {
			return true
		}
	}
	return false
}

const typeHTML = "text/html; charset=utf-8"

// unbuilt explains how to build the app.
func unbuilt(w http.ResponseWriter) {
	setPolicy(w.Header(), "")
	w.Header().Set("Cache-Control", "no-store")
	write(w, typeHTML, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Holdfast console</title>
<h1>The console is not built</h1>
<p>This program was built without it. <code>make build</code> with Node 20 or newer builds the console.</p>
</html>
`)
}

// write answers with a whole text.
func write(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text)) // an error means that the reader is gone
}
