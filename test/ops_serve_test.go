package test

import (
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// newServerWith starts a server with more in its environment, NAME=VALUE, and
// waits until it says on the operators' port that it is ready: the public ports
// may speak TLS.
func newServerWith(t *testing.T, vars ...string) *server {
	t.Helper()
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	s.under = append([]string{"env"}, vars...)
	if err := s.spawn(); err != nil {
		t.Fatal(err)
	}
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for begun := time.Now(); ; <-poll.C {
		if status, _ := s.asked(t, "/readyz"); status == http.StatusOK {
			return s
		}
		select {
		case err := <-s.end:
			s.end <- err // for kill
			t.Fatalf("the server ended at its start: %v", err)
		default:
		}
		if time.Since(begun) > hang {
			t.Fatal("the server does not get ready")
		}
	}
}

// asked is what the operators' port answers; 0 when it does not.
func (s *server) asked(t *testing.T, path string) (status int, text string) {
	t.Helper()
	resp, err := http.Get("http://" + s.op + path)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
