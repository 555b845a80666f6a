package test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// twins are callers of two servers on one file: one command in four goes to
// both at the same moment with one idempotency key, as a client's hasty retry
// does.
type twins struct {
	t    *testing.T
	c    *caller
	a, b *server

	orders int // each of them for one unit
	twice  int
}

// send sends n orders from each of that many callers and ends when all have an answer. When calm,
// there is no fault, and exactly one of two equal calls is the first.
func (w *twins) send(name string, callers, n int, calm bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), hang)
	defer cancel()
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			for i := range n {
				order := fmt.Sprintf("%s-%d-%d", name, id, i)
				var err error
				if i%4 == 0 {
					err = w.both(ctx, order, calm)
				} else {
					_, err = w.one(ctx, []*server{w.a, w.b}[(id+i)%2], order)
				}
				if err != nil {
					w.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	w.orders += callers * n
	w.twice += callers * n / 4
}

func (w *twins) one(ctx context.Context, s *server, order string) (*reply, error) {
	r, err := w.c.call(ctx, "POST", s.url("/inventory/reserve"), "k-"+order,
		object{"order_id": order, "product_id": "p", "quantity": 1})
	if err == nil && r.status != http.StatusOK {
		err = fmt.Errorf("order %s: %d %s", order, r.status, r.body)
	}
	return r, err
}

func (w *twins) both(ctx context.Context, order string, calm bool) error {
	var replies [2]*reply
	var errs [2]error
	var both sync.WaitGroup
	for i, s := range []*server{w.a, w.b} {
		both.Go(func() { replies[i], errs[i] = w.one(ctx, s, order) })
	}
	both.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	first, second := replies[0], replies[1]
	if !bytes.Equal(first.body, second.body) {
		return fmt.Errorf("order %s has two answers:\n%s\n%s", order, first.body, second.body)
	}
	// A first answer that was lost on its way comes again as a replay. So two replays are right
	// when there was a fault; two first answers never are.
	if !first.replayed && !second.replayed || calm && first.replayed == second.replayed {
		return fmt.Errorf("order %s: replayed %v and %v", order, first.replayed, second.replayed)
	}
	return nil
}

// counted wants one unit held for each order, at the server.
func (w *twins) counted(s *server, after string) {
	w.t.Helper()
	if f := w.c.product(w.t, s, "p"); f.Reserved != int64(w.orders) || f.Available != loadStock-int64(w.orders) {
		w.t.Errorf("%s: %d held and %d free, want one unit for each of %d orders", after, f.Reserved, f.Available, w.orders)
	}
}

// Two servers use one file, and every fourth command is sent to both at once: each has one effect
// and one answer, also while one of the servers hangs or dies.
func TestCommandsSentToTwoServersAtOnceHaveOneEffect(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	a := newServerOn(t, path)
	b := newServerOn(t, path)
	w := &twins{t: t, c: newCaller(adminKey), a: a, b: b}
	w.c.create(t, a, "p", loadStock)

	w.send("calm", 16, rounds(100), true)
	w.counted(a, "calm, at the first")
	w.counted(b, "calm, at the second")

	for round := range rounds(3) {
		hung := []*server{a, b}[round%2]
		var faults sync.WaitGroup
		faults.Go(func() { hung.pause(1200 * time.Millisecond) })
		w.send(fmt.Sprint("hung-", round), 16, 60, false)
		faults.Wait()
		w.counted(a, "one hung, at the first")
		w.counted(b, "one hung, at the second")
	}
	for round := range rounds(3) {
		dead := []*server{a, b}[round%2]
		var faults sync.WaitGroup
		faults.Go(func() {
			dead.kill()
			dead.start()
		})
		w.send(fmt.Sprint("dead-", round), 16, 60, false)
		faults.Wait()
		w.counted(a, "one killed, at the first")
		w.counted(b, "one killed, at the second")
	}
	t.Logf("%d orders, %d of them sent twice", w.orders, w.twice)

	// The one continues while the other stays dead.
	a.kill()
	l := newLoad(t, b, 2)
	l.run(4, on(b))
	l.more(200)
	l.end()
	l.settle(b)
	b.stop()
	b.verify()
}
