package test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// SIGTERM under load: the process ends with 0 within 10 s, callers get an answer, a refusal or a
// broken connection. Answered calls are there afterwards, and a retry with the same key settles the
// others.
func TestSIGTERMUnderLoadLosesNothing(t *testing.T) {
	s := newServer(t)
	l := newLoad(t, s, 4)
	l.run(32, on(s))
	for range rounds(3) {
		l.more(300)
		begun := time.Now()
		s.stop()
		t.Logf("ended after %v", time.Since(begun))
		s.start()
	}
	l.more(100)
	l.end()
	l.settle(s)
	s.stop()
	s.verify()
}

// SIGTERM with clients that hold their connections open and say nothing, or
// stop in the middle of a request, still ends the process with 0 within 10 s.
func TestSIGTERMDoesNotWaitForIdleClients(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for range 20 {
		dial(t, s).Close()
		speak(t, dial(t, s), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		half := dial(t, s)
		speak(t, half, "POST /inventory/reserve HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+adminKey+
			"\r\nContent-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n")
		hear(t, half, "HTTP/1.1 100 Continue") // the server reads the body
		speak(t, half, "{")
	}
	s.stop()
}

// Two servers on one file are restarted one after the other under load. A
// caller that tries the other address when one does not answer sees no error.
func TestARollingRestartIsNotSeenByCallers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holdfast.db")
	pair := []*server{newServerOn(t, path), newServerOn(t, path)}
	c := newCaller(adminKey)
	c.create(t, pair[0], "p", loadStock)

	const callers = 16
	var done, failed, other atomic.Int64
	halt := make(chan struct{})
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-halt:
					return
				default:
				}
				tries, err := eitherOne(t.Context(), c, pair, id, fmt.Sprintf("o-%d-%d", id, n))
				if err != nil {
					t.Error(err)
					failed.Add(1)
					return
				}
				other.Add(int64(tries - 1))
				done.Add(1)
			}
		})
	}
	for round := range rounds(4) {
		want := done.Load() + 300
		for tick := time.NewTicker(2 * time.Millisecond); done.Load() < want && failed.Load() == 0; <-tick.C {
		}
		pair[round%2].stop()
		want = done.Load() + 100
		for tick := time.NewTicker(2 * time.Millisecond); done.Load() < want && failed.Load() == 0; <-tick.C {
		}
		pair[round%2].start()
	}
	close(halt)
	all.Wait()
	t.Logf("%d orders over %d restarts, %d times the other address was asked", done.Load(), rounds(4), other.Load())
	for _, s := range pair {
		if f := c.product(t, s, "p"); f.Reserved != done.Load() {
			t.Errorf("%d units are held for %d orders", f.Reserved, done.Load())
		}
	}
	pair[0].stop()
	pair[1].stop()
	pair[0].verify()
}

// eitherOne sends one order to the servers in turn, the same key to each, and
// gives up after five tries at each.
func eitherOne(ctx context.Context, c *caller, pair []*server, id int, order string) (tries int, err error) {
	for tries = 1; tries <= 10; tries++ {
		var r *reply
		r, err = c.once(ctx, "POST", pair[(id+tries)%2].url("/inventory/reserve"), "k-"+order,
			object{"order_id": order, "product_id": "p", "quantity": 1})
		if err == nil && r.status == http.StatusOK {
			return tries, nil
		}
		if err == nil && r.status != http.StatusServiceUnavailable {
			return tries, fmt.Errorf("order %s: %d %s", order, r.status, r.body)
		}
		if err == nil {
			err = fmt.Errorf("order %s: %d %s", order, r.status, r.body)
		}
	}
	return tries, err
}
