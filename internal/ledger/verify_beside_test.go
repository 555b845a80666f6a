package ledger

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestVerifyBesideAWriter(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	s := newAuditScript(e)
	tea := auditItemKey("a", "tea")
	s.do(t, auditOpen(tea, 1_000_000))
	var group sync.WaitGroup
	defer group.Wait()
	var stop atomic.Bool
	defer stop.Store(true)
	group.Go(func() {
		for n := 0; !stop.Load() && n < 20_000; n++ {
			order := fmt.Sprint("o", n)
			s.do(t, auditPlace(order, 1, tea), auditPlace(order+"x", 1, tea))
			s.do(t, stock.Confirm{Target: stock.Target{Order: auditOrder(order)}})
			if n%10 == 0 {
				s.project(t)
			}
		}
	})
	var seen engine.Seq
	for range 20 {
		report, err := Verify(t.Context(), e, VerifyOptions{JournalKeys: testJournalKeys})
		if err != nil || !report.OK() {
			t.Fatalf("%+v, %v", report, err)
		}
		if report.Head.Seq < seen {
			t.Errorf("verified up to %d after %d", report.Head.Seq, seen)
		}
		seen = report.Head.Seq
	}
}

func TestVerifyAllowsForRowsThatWereDropped(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	s := newAuditScript(e)
	tea := auditItemKey("a", "tea")
	s.do(t, auditOpen(tea, 10))
	s.do(t, auditPlace("kept open", 1, tea), auditPlace("long ended", 1, tea))
	s.do(t, stock.Commit{Target: stock.Target{Order: auditOrder("kept open")}}, stock.Confirm{Target: stock.Target{Order: auditOrder("long ended")}})
	s.now += stock.Time(100 * 24 * time.Hour / time.Millisecond)
	s.do(t, auditPlace("new", 1, tea))
	s.do(t, stock.Confirm{Target: stock.Target{Order: auditOrder("new")}})
	if n, err := e.PruneHolds(t.Context(), 3, 10); n != 1 || err != nil {
		t.Fatalf("dropped %d, %v", n, err)
	}
	if _, err := e.PruneKeys(t.Context(), 3, 10); err != nil {
		t.Fatal(err)
	}
	report, err := Verify(t.Context(), e, VerifyOptions{Now: s.now})
	if err != nil || !report.OK() {
		t.Errorf("a hold that ended 100 days ago was dropped: %+v, %v", report, err)
	}
	if report, err = Verify(t.Context(), e, VerifyOptions{}); err != nil || report.OK() {
		t.Errorf("before its time it is missed: %+v, %v", report, err)
	}
	if n, err := e.PruneHolds(t.Context(), 5, 10); n != 1 || err != nil {
		t.Fatalf("dropped %d, %v", n, err)
	}
	if report, err = Verify(t.Context(), e, VerifyOptions{Now: s.now}); err != nil || report.OK() {
		t.Errorf("a hold that ended today was dropped and is not missed: %+v, %v", report, err)
	}
}

func TestVerifyOfAnOrderThatIsNewAgain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"remembered", "forgotten"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			defer e.Close()
			s := newAuditScript(e)
			tea := auditItemKey("a", "tea")
			again, other := auditPlace("again", 2, tea), auditPlace("other", 1, tea)
			s.do(t, auditOpen(tea, 10))
			s.do(t, again, other)
			s.do(t, stock.Confirm{Target: stock.Target{Order: again.Order}}, stock.Release{Target: stock.Target{Order: other.Order}})
			s.now += stock.Time(100 * 24 * time.Hour / time.Millisecond)
			if n, err := e.PruneHolds(t.Context(), 3, 10); n != 2 || err != nil {
				t.Fatalf("dropped %d, %v", n, err)
			}
			delete(s.holds, again.Order)
			delete(s.changed, stock.HoldKey{OrderKey: again.Order, Bucket: auditBucket(tea)})
			s.do(t, again, stock.Confirm{Target: stock.Target{Order: again.Order, Item: tea, Qty: 1, Keyed: true}})
			opts := VerifyOptions{Now: s.now}
			if name == "forgotten" {
				opts.ended = 1
			}
			report, err := Verify(t.Context(), e, opts)
			if err != nil || !report.OK() {
				t.Fatalf("%+v, %v", report, err)
			}
			// The second look knows it as well.
			spoilt := &tampered{Engine: e, hold: func(r *engine.HoldRow) bool { r.Deadline++; return true }}
			report, err = Verify(t.Context(), spoilt, opts)
			if err != nil || len(report.Violations) != 1 {
				t.Fatalf("%+v, %v; want the one row that is wrong", report, err)
			}
		})
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, e := shop(t)
	ctx, cancel := context.WithCancel(t.Context())
	e.record = func(r *engine.Record) bool {
		if r.Seq == 2 {
			cancel()
		}
		return true
	}
	if report, err := Verify(ctx, e, VerifyOptions{}); err == nil {
		t.Errorf("%+v, no error", report)
	}
}

func TestVerifyOfAnEmptySlot(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	report, err := Verify(t.Context(), e, VerifyOptions{JournalKeys: testJournalKeys})
	if err != nil || !report.OK() || report.Head != (Anchor{}) {
		t.Errorf("%+v, %v", report, err)
	}
}
