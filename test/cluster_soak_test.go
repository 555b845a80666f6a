package test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// Three nodes keep eight slots while processes die and hang and the network comes and goes, and
// buckets move from slot to slot all the time. 64 callers repeat every call without an answer. They
// lose nothing that was acknowledged and see nothing done twice and nothing sold twice. One order
// of events explains every answer they had. In the long form a third database is added meanwhile,
// and a rebalance is always under way.
func TestNothingIsLostOrDoneTwiceUnderFaults(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		name string
		plan plan
	}{
		{
			"two PostgreSQL databases, writes passed on to the home of their slot",
			plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onPostgres()}},
		},
		{
			"PostgreSQL and MariaDB, each node writes by itself",
			plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onMariaDB}, alone: true},
		},
	} {
		t.Run(p.name, func(t *testing.T) {
			if rounds(1) == 1 {
				t.Parallel() // the long forms have the machine for themselves
			}
			c := newCluster(t, p.plan)
			w := newMarket(t, c, 16)
			x := newTrouble(c)
			m := newMovers(w)
			halt, done := make(chan struct{}), make(chan struct{})
			go func() {
				w.run(64, halt)
				close(done)
			}()
			suffer := func(d time.Duration, seed uint64, more func(time.Duration, uint64)) {
				var beside sync.WaitGroup
				beside.Go(func() { m.run(d, seed) })
				if more != nil {
					beside.Go(func() { more(d, seed) })
				}
				x.run(d, seed)
				beside.Wait()
			}
			if long := time.Duration(rounds(60)) * time.Second; rounds(1) > 1 {
				suffer(long/4, 1, nil)
				m.addStore(onPostgres())
				suffer(long-long/4, 3, m.rebalance)
				m.settle(hang, true)
			} else {
				suffer(10*time.Second, 1, nil) // every fault is made once, however long that takes
				m.settle(hang, false)
			}
			close(halt)
			<-done
			w.audit(hang)
			c.stop()
			operations := w.linearizable(hang)
			if found := c.verify(); found != "" {
				t.Errorf("verify: %s", found)
			}
			m.report()
			w.report(x, operations, append(nodeFaults, storeFaults...))
		})
	}
}

// report prints what was done and what was wrong. Each of the faults must have been made.
func (w *market) report(x *trouble, operations int, faults []fault) {
	w.t.Helper()
	w.t.Logf("%d commands, %d writes acknowledged, %d refused for want of units, %d calls sent; longest without an outcome %v (%s); %d operations in histories, those of %d items were searched; units left behind by refused orders on %d items",
		w.commands, w.acked(), w.refused, w.sent, w.longest.Round(time.Millisecond), w.slowest, operations, w.searched, w.left)
	const some = 10 // of the first, and of the last
	for i, t := range w.tries {
		if i < some || i >= len(w.tries)-some {
			w.t.Logf("the longest: %v", t)
		}
	}
	w.t.Logf("faults: %s", x.made())
	for _, wrong := range append(w.wrong, x.wrong...) {
		w.t.Error(wrong)
	}
	if more := w.violations - len(w.wrong); more > 0 {
		w.t.Errorf("and %d more", more)
	}
	for _, f := range faults {
		if !strings.Contains(x.made(), f.name) {
			w.t.Errorf("no fault of the kind %q was made", f.name)
		}
	}
}
