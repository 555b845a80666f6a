package server

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"holdfast.dev/holdfast/internal/server/console"
)

// WithConsole sets the files of the built console, with index.html at the top. The
// default is none: then /console/ shows how to build it.
func WithConsole(files fs.FS) Option { return func(o *options) { o.console = files } }

// consolePages answers what is below /console.
type consolePages struct {
	server *Server
	site   *console.Site
}

func newConsolePages(s *Server, files fs.FS) (*consolePages, error) {
	if files == nil {
		files = embed.FS{}
	}
	site, err := console.New(files)
	if err != nil {
		return nil, err
	}
	return &consolePages{server: s, site: site}, nil
}

// isConsole reports whether a path, escaped, is the console's.
func isConsole(path string) bool {
	return strings.HasPrefix(path, console.Root) || path+"/" == console.Root
}

// findHandler returns the handler for a path and its methods, nil when the path is not the
// console's.
func (p *consolePages) findHandler(path string) (http.HandlerFunc, []string) {
	switch {
	case !isConsole(path):
		return nil, nil
	case path+"/" == console.Root:
		return p.redirect, readingVerbs
	}
	return p.show, readingVerbs
}

var readingVerbs = []string{http.MethodGet, http.MethodHead}

// show answers with the page or a file of the app.
func (p *consolePages) show(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) && !p.site.Serve(w, r, p.server.paths.prefixOf(r)) {
		p.server.handler.refuseUnknown(w, r, r.URL.Path, nil, new([]byte))
	}
}

// redirect sends a browser to the console.
func (p *consolePages) redirect(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		http.Redirect(w, r, p.server.paths.prefixOf(r)+console.Root, http.StatusFound)
	}
}
