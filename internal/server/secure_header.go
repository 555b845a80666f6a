package server

import (
	"net/http"
	"strings"
)

// Headers that forbid browsers and caches certain uses of an answer. They are set before
// a path is served: a handler whose answer may be cached, or is a page, replaces
// them.
var (
	noSniff = []string{"nosniff"}
	noStore = []string{"no-store"}
	// answerPolicy is for answers that are not pages: nothing in them is ever run or framed.
	answerPolicy = []string{"default-src 'none'; frame-ancestors 'none'"}
	// pagePolicy lets our pages use what this server serves and nothing else.
	pagePolicy = []string{"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
		"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
	noReferrer = []string{"no-referrer"}
	// strictTransport makes browsers use TLS for two years.
	strictTransport = []string{"max-age=63072000"}
)

// pages is the path under which documents are served. The console has a policy of its own.
const pages = "/docs"

// guard sets them for every answer. JSON needs no policy, because no browser takes it for
// anything else.
func (s *Server) guard(head http.Header) {
	head["X-Content-Type-Options"] = noSniff
	head["Cache-Control"] = noStore
	if s.certificates != nil {
		head["Strict-Transport-Security"] = strictTransport
	}
}

// guardPage sets them for paths outside the definition, which may be pages.
func (s *Server) guardPage(head http.Header, path string) {
	head["Content-Security-Policy"] = answerPolicy
	if rest, ok := strings.CutPrefix(path, pages); ok && (rest == "" || rest[0] == '/') {
		head["Content-Security-Policy"] = pagePolicy
		head["Referrer-Policy"] = noReferrer
	}
}
