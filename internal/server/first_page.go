package server

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/server/docs"
)

//go:embed first_page.html
var firstPageText string

var firstPageTemplate = template.Must(template.New("first page").Parse(firstPageText))

// WithVersion sets what the first page calls the version of this program.
func WithVersion(v string) Option { return func(o *options) { o.version = v } }

// firstPage answers / for browsers: how the server is, what it is, where to
// read on. Programs are told that the API lies elsewhere.
type firstPage struct {
	site    *docs.Site
	version string
	health  *health
	handler *rest
	scheme  string
}

func (f *firstPage) show(w http.ResponseWriter, r *http.Request) {
	w.Header()["Vary"] = append(w.Header()["Vary"], "Accept")
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		f.handler.lost(w, r, "/", nil, new([]byte))
		return
	}
	var body bytes.Buffer
	err := firstPageTemplate.Execute(&body, struct{ State, Version, At, Now string }{
		f.health.said(r.Context()), f.version, f.scheme + "://" + r.Host, time.Now().UTC().Format("15:04:05") + " UTC",
	})
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	f.site.Show(w, "Inventory center", body.Bytes())
}
