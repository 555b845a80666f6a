package server

import (
	_ "embed"
	"net/http"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/server/docs"
)

var (
	//go:embed first_page.html
	firstPageEnglish docs.HTML
	//go:embed first_page.zh-CN.html
	firstPageChinese docs.HTML
)

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
	w.Header()["Vary"] = append(w.Header()["Vary"], "Accept-Language, Cookie")
	said, isReady := f.health.describe(r.Context())
	lang, title, form, versioned := docs.Preferred(r), "Inventory centre", firstPageEnglish, docs.HTML(", version <code>%s</code>")
	if lang != "en" {
		title, form, versioned = "库存中心", firstPageChinese, "，版本 <code>%s</code>"
		if isReady {
			said = "就绪"
		}
	}
	var version docs.HTML
	if f.version != "" {
		version = docs.Markup(versioned, f.version)
	}
	at := f.scheme + "://" + r.Host
	f.site.Show(w, lang, title, docs.Markup(form, at, said, time.Now().UTC().Format("15:04:05")+" UTC", version, at, at))
}
