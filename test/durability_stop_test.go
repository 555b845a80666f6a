package test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A sync that fails ends the server: it reports the failure in one sentence, ends with 1, and syncs
// nothing more, because a sync that succeeds after a failed one proves nothing (FAULTS F22).
// Started again it has all that it acknowledged.
func TestAFailedSyncEndsTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, when string }{
		{"one of the first syncs fails", "30"},
		{"one sync fails, later", "120"},
		{"every sync fails from then on", "75+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
			s.start() // makes the database, in peace
			callers := newCaller(adminKey)
			callers.create(t, s, "p", 100_000)
			s.stop()
			trace := failingSyncs(t, s, c.when)
			s.start()

			acknowledged, unknown := 0, ""
			for unknown == "" {
				order := fmt.Sprint("o", acknowledged)
				r, err := callers.once(t.Context(), "POST", s.url("/inventory/reserve"), "key-"+order, object{"order_id": order, "product_id": "p", "quantity": 1})
				switch {
				case err == nil && r.status == http.StatusOK:
					acknowledged++
				case err == nil && r.code != "UNAVAILABLE":
					t.Fatalf("%s: %d %s", order, r.status, r.body)
				default:
					unknown = order
				}
				if acknowledged > 20_000 { // the tracer counts the syncs of each thread by itself
					t.Fatalf("%d writes were acknowledged and no sync failed", acknowledged)
				}
			}
			s.endsWith(t, 1, "disk reports an error") // of the slot or of the catalog, whichever was first
			if n := syncsAfterFailure(t, trace); n > 0 {
				t.Errorf("%d syncs after one had failed", n)
			}

			s.kill()
			s.under = nil
			s.start()
			for n := range acknowledged {
				(&load{t: t, c: callers}).holds(s, fmt.Sprint("o", n), "p")
			}
			callers.must(t, "POST", s.url("/inventory/reserve"), "key-"+unknown, object{"order_id": unknown, "product_id": "p", "quantity": 1}, nil)
			if f := callers.product(t, s, "p"); f.Reserved != int64(acknowledged+1) {
				t.Errorf("%d reserved, %d were acknowledged and one sent again", f.Reserved, acknowledged)
			}
			t.Logf("%d writes acknowledged before the sync failed are all there", acknowledged)
			s.stop()
			s.verify()
		})
	}
}

// The catalog is in the file of the books, and syncs it on a connection of its own. Nothing is
// written to the books until a sync has failed, so the failed sync belongs to the catalog. It ends
// the server, whether the books are written or not.
func TestAFailedSyncOfTheCatalogEndsTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, when string
		reserves   bool
	}{
		{"one sync fails, and the books are written", "20", true},
		{"every sync fails from then on, and nobody writes the books", "20+", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
			s.start() // makes the database, in peace
			callers := newCaller(adminKey)
			callers.create(t, s, "p", 100)
			s.stop()
			trace := failingSyncs(t, s, c.when)
			s.start()

			const least = 1800 // seconds that the longest hold may be asked for
			acknowledged, sent := 0, 0
			for !failedIn(t, trace) {
				sent++
				r, err := callers.once(t.Context(), "PATCH", s.url("/v1/settings"), "", object{"max_ttl_seconds": least + sent})
				switch {
				case err == nil && r.status == http.StatusOK:
					acknowledged = sent
				case err == nil && r.code != "UNAVAILABLE":
					t.Fatalf("settings: %d %s", r.status, r.body)
				}
				if sent > 2_000 { // the tracer counts the syncs of each thread by itself
					t.Fatalf("%d writes were acknowledged and no sync failed", acknowledged)
				}
			}
			order := object{"order_id": "o", "product_id": "p", "quantity": 1}
			if c.reserves {
				r, err := callers.once(t.Context(), "POST", s.url("/inventory/reserve"), "key-o", order)
				if err == nil && r.status == http.StatusOK {
					t.Fatalf("a reserve was acknowledged after a sync of the catalog had failed: %s", r.body)
				}
			}
			s.endsWith(t, 1, "disk reports an error")
			if n := syncsAfterFailure(t, trace); n > 0 {
				t.Errorf("%d syncs after one had failed", n)
			}

			s.kill()
			s.under = nil
			s.start()
			var settings struct {
				Longest int `json:"max_ttl_seconds"`
			}
			callers.must(t, "GET", s.url("/v1/settings"), "", nil, &settings)
			if n := settings.Longest - least; n < acknowledged || n > sent {
				t.Errorf("write %d of the settings is stored, the last that was acknowledged is %d of %d", n, acknowledged, sent)
			}
			t.Logf("%d writes acknowledged before the sync failed", acknowledged)
			callers.must(t, "POST", s.url("/inventory/reserve"), "key-o", order, nil)
			if f := callers.product(t, s, "p"); f.Reserved != 1 {
				t.Errorf("%d reserved, want 1", f.Reserved)
			}
			s.stop()
			s.verify()
		})
	}
}

// failingSyncs makes the server start with syncs that fail, and returns the trace of all syncs. The
// parameter when names the failing ones in the syntax of strace.
func failingSyncs(t *testing.T, s *server, when string) (trace string) {
	t.Helper()
	fail := ":error=EIO:when=" + when
	s.log = nil
	return traced(t, s, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync"+fail, "-e", "inject=fdatasync"+fail)
}

// endsWith wants the process to end by itself, with the exit code and one
// sentence that has the words.
func (s *server) endsWith(t *testing.T, code int, words ...string) {
	t.Helper()
	select {
	case err := <-s.end:
		s.end <- err // for kill
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != code {
			t.Errorf("the server ended with %v, want code %d", err, code)
		}
	case <-time.After(hang):
		t.Fatal("the server goes on")
	}
	var said []string
	for line := range strings.Lines(s.log.String()) {
		if !strings.HasPrefix(line, "{") { // the log
			said = append(said, line)
		}
	}
	if len(said) != 1 || !strings.HasPrefix(said[0], "holdfast: ") {
		t.Errorf("the server said %q, want one sentence", said)
	}
	for _, w := range words {
		if !strings.Contains(strings.Join(said, ""), w) {
			t.Errorf("the sentence says nothing of %q: %q", w, said)
		}
	}
}

// syncsAfterFailure counts the syncs that began after one had failed.
func syncsAfterFailure(t *testing.T, trace string) int {
	t.Helper()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	_, after, failed := bytes.Cut(b, []byte("EIO"))
	if !failed {
		t.Fatal("no sync has failed")
	}
	return bytes.Count(after, []byte("sync("))
}
