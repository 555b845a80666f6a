package console

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// packed ends the name of a file that exists only as gzip. The program carries it in that form, and nearly
// every browser accepts it.
const packed = ".gz"

// file is a file that the page loads.
type file struct {
	kind    string
	etag    string
	content []byte
	packed  bool // content is gzip
}

// kinds are the media types by the ending of a name. A system's own table may lack them, and browsers run no
// script of another type.
var kinds = map[string]string{
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".html":        typeHTML,
	".json":        "application/json",
	".map":         "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".wasm":        "application/wasm",
	".txt":         "text/plain; charset=utf-8",
	".md":          "text/plain; charset=utf-8",
}

// readFile reads a file, and returns the name under which pages load it.
func readFile(files fs.FS, name string) (at string, f file, err error) {
	if f.content, err = fs.ReadFile(files, name); err != nil {
		return "", f, err
	}
	at, f.packed = strings.CutSuffix(name, packed)
	var known bool
	if f.kind, known = kinds[strings.ToLower(path.Ext(at))]; !known {
		return "", f, fmt.Errorf("%s: no media type is known for its ending", name)
	}
	f.etag = `"` + tag(string(f.content)) + `"`
	return at, f, nil
}

// serve answers with the file. A file that never changes is cached for good; browsers ask for others again
// each time.
func (f *file) serve(w http.ResponseWriter, r *http.Request, forGood bool) {
	head := w.Header()
	setPolicy(head, "")
	head.Set("Etag", f.etag)
	head.Set("Cache-Control", "no-cache")
	if forGood {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	unpack := false
	if f.packed {
		head.Add("Vary", "Accept-Encoding")
		if unpack = !takesGzip(r); !unpack {
			head.Set("Etag", strings.TrimSuffix(f.etag, `"`)+`-gz"`)
		}
	}
	if matches(r, head.Get("Etag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.content
	switch {
	case unpack:
		var err error
		if body, err = unpacked(body); err != nil {
			http.Error(w, "unpack "+r.URL.Path+": "+err.Error(), http.StatusInternalServerError)
			return
		}
	case f.packed:
		head.Set("Content-Encoding", "gzip")
	}
	head.Set("Content-Type", f.kind)
	head.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // an error means that the reader is gone
}

// unpacked returns the content of a gzip.
func unpacked(content []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// takesGzip reports whether the browser accepts gzip.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header["Accept-Encoding"], ","), ",") {
		coding, weight, weighed := strings.Cut(strings.TrimSpace(part), ";")
		if coding = strings.TrimSpace(coding); coding != "*" && !strings.EqualFold(coding, "gzip") {
			continue
		}
		if !weighed {
			return true
		}
		name, value, _ := strings.Cut(strings.TrimSpace(weight), "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return strings.EqualFold(strings.TrimSpace(name), "q") && err == nil && q > 0
	}
	return false
}
