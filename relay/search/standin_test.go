package search_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const (
	theKey   = "open-sesame"
	theIndex = "products"
)

type fields map[string]any

// engine is a stand-in for an engine and what tests do to it.
type engine interface {
	target() string
	idField() string
	common() *standIn
	// settle has what was accepted be applied.
	settle()
	// real is the index that a name stands for.
	real(name string) string
}

// rawText is a body that is no JSON value.
type rawText string

// standIn is what the stand-ins have in common: indexes in memory behind a real HTTP
// server, and the failures of real ones. They are no search engines.
type standIn struct {
	server *httptest.Server

	mu       sync.Mutex
	indexes  map[string]map[string]fields
	settings map[string]json.RawMessage
	refused  string // the id of a document that is refused
	mostBody int    // bytes of a call
	busy     int    // how many calls are answered with 429 from now on
	cut      int    // how many writes are accepted without an answer
	away     bool
	// refuseSwap has what puts an index in the place of another one fail.
	refuseSwap bool
	calls      int
	writes     int // documents that were written
	missed     int // documents that were not there
}

func newStandIn() *standIn {
	return &standIn{indexes: map[string]map[string]fields{theIndex: {}}, settings: map[string]json.RawMessage{theIndex: json.RawMessage(`{"own":true}`)}, mostBody: 1 << 20}
}

func (s *standIn) common() *standIn         { return s }
func (s *standIn) settle()                  {}
func (s *standIn) real(index string) string { return index }

// serve starts the server; allowed looks at the key. Calls come one after the other.
func (s *standIn) serve(t *testing.T, next http.Handler, allowed func(http.ResponseWriter, *http.Request) bool) {
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		switch {
		case s.away:
			w.WriteHeader(http.StatusServiceUnavailable)
		case s.busy > 0:
			s.busy--
			w.WriteHeader(http.StatusTooManyRequests)
		case s.refuseSwap && swaps(r):
			w.WriteHeader(http.StatusServiceUnavailable)
		case allowed(w, r):
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.server.Close)
}

// accepted answers a write that is accepted, or hangs up.
func (s *standIn) accepted(w http.ResponseWriter, status int, body any) {
	if s.cut == 0 {
		answer(w, status, body)
		return
	}
	s.cut--
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if lines, is := body.(rawText); is {
		_, _ = io.WriteString(w, string(lines))
		return
	}
	_ = json.NewEncoder(w).Encode(body)
}

// refuses reports whether the document is the one that is refused.
func (s *standIn) refuses(d fields) bool {
	return s.refused != "" && (d["id"] == s.refused || d["objectID"] == s.refused)
}

// merge adds fields to a document. One that is missing is made when create says so.
func (s *standIn) merge(index, id string, d fields, create bool) (there bool) {
	is := s.indexes[index][id]
	if is == nil {
		if !create {
			s.missed++
			return false
		}
		is = fields{}
	}
	is = maps.Clone(is)
	maps.Copy(is, d)
	s.indexes[index][id] = is
	s.writes++
	return true
}

// with does something to the stand-in.
func (s *standIn) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// documentsOf are those of the index.
func documentsOf(e engine) map[string]fields {
	s := e.common()
	s.mu.Lock()
	defer s.mu.Unlock()
	e.settle()
	return maps.Clone(s.indexes[e.real(theIndex)])
}

// swaps reports whether a call puts an index in the place of another one.
func swaps(r *http.Request) bool {
	switch {
	case r.URL.Path == "/swap-indexes", r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/aliases/"):
		return true
	case !strings.HasSuffix(r.URL.Path, "/operation"):
		return false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && bytes.Contains(body, []byte(`"move"`))
}
