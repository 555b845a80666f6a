package test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A server that is stopped and started while its disk is full comes up and answers all reads; the
// books can be verified; writes are refused, each with 503, until there is room, and then work
// again without anybody's help.
func TestAServerStartsOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir, ok := mounted(t, "size=3m")
	if !ok {
		t.Log("this user may not mount a file system: nothing was tested")
		return
	}
	s := newServerOn(t, filepath.Join(dir, "holdfast.db"))
	l := newLoad(t, s, 4)
	l.run(8, on(s))
	l.until("a full disk", func(_, refused int) bool { return refused > 50 })
	l.end()
	s.verify() // while the server runs, which cannot write
	s.stop()
	s.start()
	s.reads(l)
	through, refused := 0, false
	for range 5 {
		r, err := l.c.once(t.Context(), "POST", s.url("/inventory/restock"), "", object{"product_id": "load-0", "quantity": 1})
		if refused = err != nil || r.status != http.StatusOK; !refused {
			through++ // a page was free
			continue
		}
		if err != nil || r.status != http.StatusServiceUnavailable || r.code != "UNAVAILABLE" || r.later == "" {
			t.Errorf("a write on a full disk: %+v %v, want 503 with Retry-After", r, err)
		}
	}
	if got := s.readiness(l); refused && got != http.StatusServiceUnavailable {
		t.Errorf("a write was refused, and /readyz says %d", got)
	}
	s.reads(l)
	if err := unix.Mount("holdfast-test", dir, "tmpfs", unix.MS_REMOUNT, "size=256m"); err != nil {
		t.Fatal(err)
	}
	if through > 0 {
		l.c.must(t, "POST", s.url("/inventory/adjust"), "", object{"product_id": "load-0", "delta": -through, "reason": "taken back"}, nil)
	}
	l.settle(s)
	s.stop()
	s.verify()
}

// reads wants every kind of read to be answered.
func (s *server) reads(l *load) {
	s.t.Helper()
	for _, path := range []string{
		"/inventory/check/load-0", "/inventory/product/load-1", "/inventory/orders/order-0-0",
		"/inventory", "/inventory/low-stock", "/inventory/logs/load-0",
	} {
		if got := s.statusOf(l, path); got != http.StatusOK {
			s.t.Errorf("GET %s on a full disk: %d", path, got)
		}
	}
}

// readiness is the status of /readyz.
func (s *server) readiness(l *load) int { return s.statusOf(l, "/readyz") }

// statusOf reads the path once and returns the status, 0 without an answer.
func (s *server) statusOf(l *load, path string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), hang)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", s.url(path), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	resp, err := l.c.http.Do(req)
	if err != nil {
		s.t.Errorf("GET %s: %v", path, err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}
