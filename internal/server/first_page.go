package server

import (
	_ "embed"
	"net/http"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/server/docs"
)

//go:embed first_page.html
var firstPageForm docs.HTML

// WithVersion sets the version of this program that the first page shows.
func WithVersion(v string) Option { return func(o *options) { o.version = v } }

// firstPage answers / for browsers with the console. If the console is not built, it shows
// the state of the server, what it is, and where to read more. For programs it names the
// address of the API.
type firstPage struct {
	site    *docs.Site
	console *consolePages
	version string
	health  *health
	handler *rest
	scheme  string
}

func (f *firstPage) show(w http.ResponseWriter, r *http.Request) {
	w.Header()["Vary"] = append(w.Header()["Vary"], "Accept")
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		f.handler.refuseUnknown(w, r, "/", nil, new([]byte))
		return
	}
	if f.console.site.Built() {
		f.console.redirect(w, r)
		return
	}
	var version docs.HTML
	if f.version != "" {
		version = docs.Markup(", version <code>%s</code>", f.version)
	}
	at := f.scheme + "://" + r.Host
	f.site.Show(w, "Inventory centre",
		docs.Markup(firstPageForm, at, f.health.describe(r.Context()), time.Now().UTC().Format("15:04:05")+" UTC", version, at, at))
}
