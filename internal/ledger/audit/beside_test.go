package audit

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

func TestCheckSlotBesideAWriter(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	s := newScript(e)
	tea := itemKey("a", "tea")
	s.do(t, openItem(tea, 1_000_000))
	var group sync.WaitGroup
	defer group.Wait()
	var stop atomic.Bool
	defer stop.Store(true)
	group.Go(func() {
		for n := 0; !stop.Load() && n < 20_000; n++ {
			order := fmt.Sprint("o", n)
			s.do(t, placeOrder(order, 1, tea), placeOrder(order+"x", 1, tea))
			s.do(t, stock.Confirm{Target: stock.Target{Order: orderKey(order)}})
			if n%10 == 0 {
				s.project(t)
			}
		}
	})
	var seen engine.Seq
	for range 20 {
		report, err := CheckSlot(t.Context(), e, Options{JournalKeys: testJournalKeys})
		if err != nil || !report.OK() {
			t.Fatalf("%+v, %v", report, err)
		}
		if report.Head.Seq < seen {
			t.Errorf("verified up to %d after %d", report.Head.Seq, seen)
		}
		seen = report.Head.Seq
	}
}

func TestCheckSlotAllowsForRowsThatWereDropped(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	s := newScript(e)
	tea := itemKey("a", "tea")
	s.do(t, openItem(tea, 10))
	s.do(t, placeOrder("kept open", 1, tea), placeOrder("long ended", 1, tea))
	s.do(t, stock.Commit{Target: stock.Target{Order: orderKey("kept open")}}, stock.Confirm{Target: stock.Target{Order: orderKey("long ended")}})
	s.now += stock.Time(100 * 24 * time.Hour / time.Millisecond)
	s.do(t, placeOrder("new", 1, tea))
	s.do(t, stock.Confirm{Target: stock.Target{Order: orderKey("new")}})
	if n, err := e.PruneHolds(t.Context(), 3, 10); n != 1 || err != nil {
		t.Fatalf("dropped %d, %v", n, err)
	}
	if _, err := e.PruneKeys(t.Context(), 3, 10); err != nil {
		t.Fatal(err)
	}
	report, err := CheckSlot(t.Context(), e, Options{Now: s.now})
	if err != nil || !report.OK() {
		t.Errorf("a hold that ended 100 days ago was dropped: %+v, %v", report, err)
	}
	if report, err = CheckSlot(t.Context(), e, Options{}); err != nil || report.OK() {
		t.Errorf("before its time it is missed: %+v, %v", report, err)
	}
	if n, err := e.PruneHolds(t.Context(), 5, 10); n != 1 || err != nil {
		t.Fatalf("dropped %d, %v", n, err)
	}
	if report, err = CheckSlot(t.Context(), e, Options{Now: s.now}); err != nil || report.OK() {
		t.Errorf("a hold that ended today was dropped and is not missed: %+v, %v", report, err)
	}
}

func TestCheckSlotOfAnOrderThatIsNewAgain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"remembered", "forgotten"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := inmemory.New()
			defer e.Close()
			s := newScript(e)
			tea := itemKey("a", "tea")
			again, other := placeOrder("again", 2, tea), placeOrder("other", 1, tea)
			s.do(t, openItem(tea, 10))
			s.do(t, again, other)
			s.do(t, stock.Confirm{Target: stock.Target{Order: again.Order}}, stock.Release{Target: stock.Target{Order: other.Order}})
			s.now += stock.Time(100 * 24 * time.Hour / time.Millisecond)
			if n, err := e.PruneHolds(t.Context(), 3, 10); n != 2 || err != nil {
				t.Fatalf("dropped %d, %v", n, err)
			}
			delete(s.holds, again.Order)
			delete(s.changed, stock.HoldKey{OrderKey: again.Order, Bucket: bucketOf(tea)})
			s.do(t, again, stock.Confirm{Target: stock.Target{Order: again.Order, Item: tea, Qty: 1, Keyed: true}})
			opts := Options{Now: s.now}
			if name == "forgotten" {
				opts.ended = 1
			}
			report, err := CheckSlot(t.Context(), e, opts)
			if err != nil || !report.OK() {
				t.Fatalf("%+v, %v", report, err)
			}
			// The second look knows it as well.
			spoilt := &tampered{Engine: e, hold: func(r *engine.HoldRow) bool { r.Deadline++; return true }}
			report, err = CheckSlot(t.Context(), spoilt, opts)
			if err != nil || len(report.Violations) != 1 {
				t.Fatalf("%+v, %v; want the one row that is wrong", report, err)
			}
		})
	}
}

func TestCheckSlotEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, e := shop(t)
	ctx, cancel := context.WithCancel(t.Context())
	e.record = func(r *engine.Record) bool {
		if r.Seq == 2 {
			cancel()
		}
		return true
	}
	if report, err := CheckSlot(ctx, e, Options{}); err == nil {
		t.Errorf("%+v, no error", report)
	}
}

func TestCheckSlotOfAnEmptySlot(t *testing.T) {
	t.Parallel()
	e := inmemory.New()
	defer e.Close()
	report, err := CheckSlot(t.Context(), e, Options{JournalKeys: testJournalKeys})
	if err != nil || !report.OK() || report.Head != (Anchor{}) {
		t.Errorf("%+v, %v", report, err)
	}
}
