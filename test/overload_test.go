package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// resident is how much memory the server has now, and had at its peak, in MiB.
func resident(t *testing.T, s *server) (now, peak int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB")) //nolint:errcheck // other lines have other forms
		switch name {
		case "VmRSS":
			now = kib >> 10
		case "VmHWM":
			peak = kib >> 10
		}
	}
	return now, peak
}

// burst is many batches of 1,000 reserves sent at the same moment.
type burst struct {
	c *caller
	s *server

	mu       sync.Mutex
	refused  []int // batches that were refused
	lost     []int // batches that are not known to be stored: a retry tells
	accepted int
	slowest  time.Duration // of the refusals
	wrong    []string
	all      sync.WaitGroup
}

func batchOf(n int) object {
	commands := make([]object, 1000)
	for i := range commands {
		commands[i] = object{
			"idempotency_key": fmt.Sprintf("k-%d-%d", n, i),
			"reserve":         object{"order_id": fmt.Sprintf("o-%d-%d", n, i), "product_id": "p", "quantity": 1},
		}
	}
	return object{"commands": commands}
}

func (b *burst) send(n int) {
	body := batchOf(n)
	begun := time.Now()
	r, err := b.c.once(context.Background(), "POST", b.s.url("/v1/commands:batch"), "", body)
	took := time.Since(begun)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil, strings.Contains(string(r.body), "is not known yet"):
		b.lost = append(b.lost, n)
	case r.status == http.StatusOK && strings.Count(string(r.body), `{"ok":true`) == 1000:
		b.accepted++
	case r.status == http.StatusOK && strings.Count(string(r.body), `"code":"UNAVAILABLE"`) == 1000,
		r.status == http.StatusServiceUnavailable && r.code == "UNAVAILABLE":
		if r.status == http.StatusServiceUnavailable && r.later == "" {
			b.wrong = append(b.wrong, "a 503 without Retry-After")
		}
		b.refused = append(b.refused, n)
		b.slowest = max(b.slowest, took)
	case r.status == http.StatusOK && strings.Count(string(r.body), `{"ok":true`)+strings.Count(string(r.body), `"code":"UNAVAILABLE"`) == 1000:
		b.lost = append(b.lost, n) // its deadline came in the middle
	default:
		b.wrong = append(b.wrong, fmt.Sprintf("%d %.300s", r.status, r.body))
	}
}

func (b *burst) counts() (refused, accepted int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.refused) + len(b.lost), b.accepted
}

// The disk stands still and ten times as many commands come as the queue
// takes: the rest is refused with 503 and Retry-After, memory stays bounded,
// and when the disk moves again everything accepted is carried out.
func TestOverloadIsRefusedAndTheServerGoesOn(t *testing.T) {
	const queue, batches = 32, 320 // thousands of commands
	s := newServer(t)
	b := &burst{c: newCaller(adminKey), s: s}
	b.c.http.Timeout = 2 * time.Minute
	b.c.create(t, s, "p", loadStock)

	// A connection that holds SQLite's write lock has the effect of a disk that stands still.
	still, err := sqlite.OpenConn(s.file(), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer still.Close()
	if err := sqlitex.ExecuteTransient(still, "BEGIN IMMEDIATE", nil); err != nil {
		t.Fatal(err)
	}
	for n := range batches {
		b.all.Go(func() { b.send(n) })
	}
	begun := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	// Batches that are neither in the queue nor in the group under way are refused.
	for refused, _ := b.counts(); refused < batches-queue-4; refused, _ = b.counts() {
		if <-tick.C; time.Since(begun) > hang {
			now, peak := resident(t, s)
			t.Fatalf("only %d of %d batches are refused; memory %d MiB, peak %d MiB", refused, batches, now, peak)
		}
	}
	refused, accepted := b.counts()
	now, peak := resident(t, s)
	t.Logf("%d batches refused within %v; memory %d MiB, peak %d MiB", refused, time.Since(begun), now, peak)
	if accepted != 0 {
		t.Errorf("%d batches were acknowledged while nothing could be written", accepted)
	}
	if peak > 1024 {
		t.Errorf("the server took %d MiB", peak)
	}
	if err := sqlitex.ExecuteTransient(still, "ROLLBACK", nil); err != nil {
		t.Fatal(err)
	}
	b.all.Wait()
	t.Logf("the slowest refusal took %v, %d were not known to be stored", b.slowest, len(b.lost))
	for _, w := range b.wrong {
		t.Errorf("a batch: %s", w)
	}
	for _, n := range b.lost {
		b.c.must(t, "POST", s.url("/v1/commands:batch"), "", batchOf(n), nil)
	}
	accepted = b.accepted + len(b.lost)
	if f := b.c.product(t, s, "p"); len(b.refused)+accepted != batches || f.Reserved != int64(accepted)*1000 {
		t.Errorf("%d units are held; %d batches of 1,000 accepted, %d refused of %d", f.Reserved, accepted, len(b.refused), batches)
	}
	if len(b.refused) < batches/2 {
		t.Errorf("only %d of %d batches were refused", len(b.refused), batches)
	}
	// Those who were refused come back.
	again := b.refused[:20]
	for _, n := range again {
		b.c.must(t, "POST", s.url("/v1/commands:batch"), "", batchOf(n), nil)
	}
	if f := b.c.product(t, s, "p"); f.Reserved != int64(accepted+len(again))*1000 {
		t.Errorf("%d units are held after %d batches came again", f.Reserved, len(again))
	}
	s.stop()
	s.verify()
}
