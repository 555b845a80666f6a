package test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// traced makes the server start under strace with the arguments, and returns the file for the
// output of strace. strace is no part of the product: where it is missing these tests are skipped,
// and under CI that is a failure.
func traced(t *testing.T, s *server, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the sync audit needs strace")
		}
		t.Skip("the sync audit needs strace, which is not installed")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	s.under = append([]string{path, "-D", "-f", "-qq", "-o", trace}, args...)
	return trace
}

var syncs = regexp.MustCompile(`\bf(data)?sync\(\d+\) += 0`)

// syncsIn counts the syncs that the trace shows as done.
func syncsIn(t *testing.T, trace string) int {
	t.Helper()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	// A sync during which another thread was seen is shown in two parts.
	resumed := bytes.Count(b, []byte("sync resumed>)"))
	return len(syncs.FindAll(b, -1)) + resumed
}

// Every acknowledged write was synced before: 100 writes one after another are
// at least 100 syncs.
func TestEveryAcknowledgedWriteIsSynced(t *testing.T) {
	t.Parallel()
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	trace := traced(t, s, "-e", "trace=fsync,fdatasync")
	s.start()
	c := newCaller(adminKey)
	c.create(t, s, "p", 1000)
	done := syncsIn(t, trace)
	for i := range 100 {
		c.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": fmt.Sprint("o", i), "product_id": "p", "quantity": 1}, nil)
		if now := syncsIn(t, trace); now <= done {
			t.Fatalf("write %d was acknowledged without a sync", i)
		} else {
			done = now
		}
	}
	t.Logf("%d syncs when 100 writes were acknowledged one after another", done)
	s.stop()
	s.verify()
}

// A sync that fails stops the slot: nothing is acknowledged from then on, the
// sync is not tried again in the hope that it works now, and after a restart
// everything that was acknowledged is there.
func TestAFailedSyncIsNeverAcknowledged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, when string }{
		{"every sync from the 40th on", "40+"},
		{"every sync from the 150th on", "150+"},
		{"one sync, those after it work", "60"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
			s.start() // makes the database, in peace
			l := newLoad(t, s, 4)
			s.stop()
			fail := ":error=EIO:when=" + c.when
			trace := traced(t, s, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync"+fail, "-e", "inject=fdatasync"+fail)
			s.start()
			l.run(8, on(s))
			begun := time.Now()
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			// The sync may be that of a checkpoint. Groups are still stored during it, until the
			// server has heard of the failure.
			for !failedIn(t, trace) || s.ready() {
				if <-tick.C; time.Since(begun) > hang {
					t.Fatal("no sync failed, or nobody minded")
				}
			}
			// Each caller's call under way may have been stored before; nothing else
			// may be acknowledged from here on.
			atFailure, _ := l.counts()
			<-time.After(200 * time.Millisecond)
			l.end()
			if now, _ := l.counts(); now > atFailure+8 {
				t.Errorf("8 callers had %d orders acknowledged after a sync had failed", now-atFailure)
			}
			if len(s.end) == 0 && s.ready() {
				t.Error("the server says that it is ready after a sync has failed")
			}
			for i := range 20 {
				r, err := l.c.once(t.Context(), "POST", s.url("/inventory/reserve"), "", object{"order_id": fmt.Sprint("late", i), "product_id": "load-0", "quantity": 1})
				if err == nil && r.status == http.StatusOK {
					t.Fatalf("a write was acknowledged after a sync had failed: %s", r.body)
				}
				if err == nil && (r.status != http.StatusServiceUnavailable || r.code != "UNAVAILABLE") {
					t.Errorf("a write after a sync had failed: %d %s", r.status, r.body)
				}
			}
			acked, _ := l.counts()
			s.kill()
			s.under = nil
			s.start()
			for order, product := range l.acked {
				l.holds(s, order, product)
			}
			t.Logf("%d orders acknowledged before the sync failed are there", acked)
			l.late(s)
			l.settle(s)
			s.stop()
			s.verify()
		})
	}
}

// failedIn reports whether the trace shows a failed sync.
func failedIn(t *testing.T, trace string) bool {
	t.Helper()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(b, []byte("EIO"))
}

// late takes over the orders that were sent after a sync had failed: it is unknown whether they are
// in the books until they are sent again.
func (l *load) late(s *server) {
	l.t.Helper()
	for i := range 20 {
		order := fmt.Sprint("late", i)
		l.c.must(l.t, "POST", s.url("/inventory/reserve"), "", object{"order_id": order, "product_id": "load-0", "quantity": 1}, nil)
		l.acked[order] = "load-0"
	}
}
