package relaytest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Server is a real HTTP server that accepts CloudEvents, one or several in a call. Embed it in a
// Receiver.
type Server struct {
	// Check checks a request before it is accepted; a status that is not 0 is the
	// answer.
	Check func(r *http.Request, body []byte) int

	mu      sync.Mutex
	taken   []Taken
	refused string
	away    bool
	server  *httptest.Server
}

// NewServer starts a server. Stop and Start make it unreachable and reachable at the
// same address.
func NewServer(t *testing.T) *Server {
	s := &Server{}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// URL is where the server is.
func (s *Server) URL() string { return s.server.URL }

// ServeHTTP takes events.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if s.Check != nil {
		if status := s.Check(r, body); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	var events []Taken
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents-batch+json") {
		err = json.Unmarshal(body, &events)
	} else {
		events = make([]Taken, 1)
		err = json.Unmarshal(body, &events[0])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s.away {
		hangUp(w)
		return
	}
	for _, e := range events {
		if e.ID == s.refused {
			w.WriteHeader(http.StatusInternalServerError) // soon tried again, unlike after a 4xx
			return
		}
	}
	s.taken = append(s.taken, events...)
}

// hangUp closes the connection without an answer, as a dying process does.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// Refuse makes the server refuse an event for ever; "" ends that.
func (s *Server) Refuse(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = id
}

// Stop hangs up on every call from now on.
func (s *Server) Stop(*testing.T) { s.setAway(true) }

// Start takes calls again.
func (s *Server) Start(*testing.T) { s.setAway(false) }

func (s *Server) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// Taken are the events that it accepted.
func (s *Server) Taken(*testing.T) []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Taken{}, s.taken...)
}
