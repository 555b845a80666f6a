package server

import (
	"net/http"

	"holdfast.dev/holdfast/internal/server/docs"
	"holdfast.dev/holdfast/internal/server/kit"
)

// addDocuments shows the documents and the OpenAPI document under /docs, and a
// first page.
func (s *Server) addDocuments(site *docs.Site, version string) {
	first := firstPage{site: site, console: s.console, version: version, health: &s.health, handler: s.handler, scheme: "http"}
	if s.certificates != nil {
		first.scheme = "https"
	}
	s.plain["/"] = first.show
	for _, path := range site.Paths() {
		s.plain[path] = func(w http.ResponseWriter, r *http.Request) {
			if reading(w, r) {
				site.ServeHTTP(w, r)
			}
		}
	}
	// kit.ProblemsPath and a code are the type of a problem: a link to the page about the code.
	for _, c := range kit.Table {
		about := docs.ErrorsPath + c.Name
		s.plain[kit.ProblemsPath+c.Name] = func(w http.ResponseWriter, r *http.Request) {
			if reading(w, r) {
				http.Redirect(w, r, about, http.StatusTemporaryRedirect)
			}
		}
	}
}
