package server

import (
	"net/http"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
)

// addDocuments shows the documents and the OpenAPI document under /docs.
func (s *Server) addDocuments() error {
	site, err := docs.New(holdfast.Documents, api.OpenAPI)
	if err != nil {
		return err
	}
	for _, path := range site.Paths() {
		s.plain[path] = func(w http.ResponseWriter, r *http.Request) {
			if reading(w, r) {
				site.ServeHTTP(w, r)
			}
		}
	}
	return nil
}
