package server

import (
	"net/http"
	"strings"
)

// Headers that tell browsers and caches what not to do with an answer. They
// are set before a path is served: whoever serves something that may be kept,
// or a page, says so instead.
var (
	noSniff = []string{"nosniff"}
	noStore = []string{"no-store"}
	// answerPolicy is for what is no page: nothing of it is ever run or framed.
	answerPolicy = []string{"default-src 'none'; frame-ancestors 'none'"}
	// pagePolicy lets a page of ours use what this server serves and nothing else.
	pagePolicy = []string{"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
		"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
	noReferrer = []string{"no-referrer"}
	// strictTransport makes browsers use TLS for two years.
	strictTransport = []string{"max-age=63072000"}
)

// pages is the path under which documents are served. The console has a policy of its own.
const pages = "/docs"

// guard sets them for every answer. JSON that no browser takes for anything
// else needs no policy.
func (s *Server) guard(head http.Header) {
	head["X-Content-Type-Options"] = noSniff
	head["Cache-Control"] = noStore
	if s.certificates != nil {
		head["Strict-Transport-Security"] = strictTransport
	}
}

// guardPage sets them for what is no endpoint of the definition and may be a page.
func (s *Server) guardPage(head http.Header, path string) {
	head["Content-Security-Policy"] = answerPolicy
	if rest, ok := strings.CutPrefix(path, pages); ok && (rest == "" || rest[0] == '/') {
		head["Content-Security-Policy"] = pagePolicy
		head["Referrer-Policy"] = noReferrer
	}
}
