package feed

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// project runs the projection of the only slot of the logs until the test's
// bubble ends it.
func project(t *testing.T, logs *Logs, p Projection) (stop func()) {
	t.Helper()
	r := NewRunner(slog.New(slog.DiscardHandler), p.Name, firstRetry, lastRetry)
	r.Project(logs.Each()[0], p)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }
}

func TestAProjectionTakesInEachRecordInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		var got []engine.Seq
		fails := 0
		p := Projection{Name: "list", Apply: func(_ context.Context, r *Record) error {
			if r.Seq == 70 && fails < 3 {
				fails++
				return errBroken
			}
			got = append(got, r.Seq)
			return nil
		}}
		for range 100 {
			s.do(tea())
		}
		logs := NewLogs([]engine.Engine{e})
		stop := project(t, logs, p)
		<-time.After(time.Minute)
		if at, err := e.Cursor(t.Context(), "list"); at != 100 || err != nil {
			t.Fatalf("the cursor is at %d, %v", at, err)
		}
		slices.Sort(got)
		if once := slices.Compact(slices.Clone(got)); len(once) != 100 || len(got) > 100+3*70 {
			t.Errorf("%d records were taken in, %d different ones", len(got), len(once))
		}
		stop()

		// The projection continues where it was, and begins anew when asked to.
		got = nil
		s.do(tea())
		stop = project(t, logs, p)
		<-time.After(time.Second)
		if !slices.Equal(got, []engine.Seq{101}) {
			t.Errorf("a start later: %v", got)
		}
		if err := logs.Each()[0].Rebuild(t.Context(), "list"); err != nil {
			t.Fatal(err)
		}
		s.do(tea())
		<-time.After(time.Minute)
		stop()
		if at, err := e.Cursor(t.Context(), "list"); at != 102 || err != nil || len(got) < 102 || got[len(got)-1] != 102 || got[len(got)-102] != 1 {
			t.Errorf("rebuilt up to %d, %v, from %d records", at, err, len(got))
		}
	})
}

// Nobody reads records that the ledger hands over, and records that others write are read
// once for all.
func TestRecordsAreReadOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &counted{Engine: memory.New()}
		defer e.Close()
		s := newScript(t, e)
		logs := NewLogs([]engine.Engine{e})
		seen := map[string]engine.Seq{}
		var mu sync.Mutex
		for _, name := range []string{"a", "b", "c"} {
			defer project(t, logs, Projection{Name: name, Apply: func(_ context.Context, r *Record) error {
				mu.Lock()
				defer mu.Unlock()
				seen[name] = r.Seq
				_, err := r.Entries()
				return err
			}})()
		}
		synctest.Wait()
		reads := e.reads.Load()
		for n := range 10 {
			seq := s.do(tea())
			logs.Stored(0, seq, s.at(seq), []*stock.Event{{Op: stock.OpRestock}}, 100)
			logs.Notify(0, seq)
			synctest.Wait()
			mu.Lock()
			if len(seen) != 3 || seen["a"] != seq || seen["b"] != seq || seen["c"] != seq {
				t.Fatalf("after %d records: %v", n+1, seen)
			}
			mu.Unlock()
		}
		if handed, read := logs.Counts(); handed != 10 || read != 0 || e.reads.Load() != reads {
			t.Errorf("%d handed over, %d decoded in %d reads", handed, read, e.reads.Load()-reads)
		}
		for range 10 {
			seq := s.do(tea()) // of others
			logs.Notify(0, seq)
			synctest.Wait()
		}
		if _, read := logs.Counts(); read != 10 {
			t.Errorf("%d records of others were decoded, want 10", read)
		}
	})
}

// A slot that comes while the runner runs has the projection as the others have.
func TestAProjectionIsOfSlotsThatComeLaterToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, late := memory.New(), memory.New()
		defer first.Close()
		defer late.Close()
		newScript(t, first).do(tea())
		logs := NewLogs([]engine.Engine{first})
		r := NewRunner(slog.New(slog.DiscardHandler), "list", firstRetry, lastRetry)
		var of []uint16
		r.ProjectEach(logs, func(l *Log) Projection {
			of = append(of, l.Slot)
			return Projection{Name: "list", Apply: func(context.Context, *Record) error { return nil }}
		})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := r.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		<-time.After(time.Minute)
		newScript(t, late).do(tea())
		logs.Add(late)
		<-time.After(time.Minute)
		for slot, e := range []engine.Engine{first, late} {
			if at, err := e.Cursor(t.Context(), "list"); at != 1 || err != nil {
				t.Errorf("the cursor of slot %d is at %d, %v", slot, at, err)
			}
		}
		if !slices.Equal(of, []uint16{0, 1}) {
			t.Errorf("projections were made for the slots %v", of)
		}
		stop()
		running.Wait()
	})
}

// Where only the cursor is to be saved, a record does not wait for that.
func TestAProjectionThatKeepsItsCursorOnlyTakesInEachRecordAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		var mu sync.Mutex
		got := engine.Seq(0)
		logs := NewLogs([]engine.Engine{e})
		defer project(t, logs, Projection{Name: "acts", Pace: time.Hour, Apply: func(_ context.Context, r *Record) error {
			mu.Lock()
			defer mu.Unlock()
			got = r.Seq
			return nil
		}})()
		for want := engine.Seq(1); want <= 5; want++ {
			s.do(tea())
			<-time.After(time.Second)
			mu.Lock()
			if got != want {
				t.Errorf("a second after record %d the projection is at %d", want, got)
			}
			mu.Unlock()
		}
		if at, err := e.Cursor(t.Context(), "acts"); at > 1 || err != nil {
			t.Errorf("the cursor was saved at %d, %v: its pace is an hour", at, err)
		}
	})
}
