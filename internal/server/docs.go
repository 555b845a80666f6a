package server

import (
	"net/http"
	"strings"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
)

// problemsPath and a code are the type of a problem: a link to the code's section of
// the page about them.
const (
	problemsPath = docs.Root + "problems/"
	problemsPage = docs.Root + "guide/problems"
)

// addDocuments shows the documents and the OpenAPI document under /docs, and a
// first page.
func (s *Server) addDocuments(version string) error {
	site, err := docs.New(holdfast.Documents, api.OpenAPI)
	if err != nil {
		return err
	}
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
	for _, c := range table {
		section := problemsPage + "#" + strings.ToLower(c.name)
		s.plain[problemsPath+c.name] = func(w http.ResponseWriter, r *http.Request) {
			if reading(w, r) {
				http.Redirect(w, r, section, http.StatusTemporaryRedirect)
			}
		}
	}
	return nil
}
