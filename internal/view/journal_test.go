package view

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run starts the journals and returns a function that stops them.
func run(t testing.TB, js ...*Journal) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for _, j := range js {
		group.Go(func() {
			if err := j.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("run ended with %v, want the end of its context", err)
			}
		})
	}
	return func() { cancel(); group.Wait() }
}

func TestEntriesShowEveryWriteAppendedBeforeTheQuestion(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entriesAreStrong(t, open(t))
		})
	}
}

func entriesAreStrong(t *testing.T, e engine.Engine) {
	defer e.Close()
	s := newScript(t, e)
	a, b := item("a", "tea"), item("b", "tea")
	s.do(open(a, 0), open(b, 0))
	// Two processes keep the same journal, and only one is notified.
	logs := feed.NewLogs([]engine.Engine{e})
	j, other := NewJournal(logs, slog.New(slog.DiscardHandler), WithBatchRows(3)), newJournal(e)
	defer run(t, j, other)()

	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		for n := range 300 {
			s.do(restock([]stock.ItemKey{a, b}[n%2], 1))
			logs.Notify(0, s.seq)
		}
	})
	for range 40 {
		head, err := e.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		page, err := other.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea", PageSize: MaxPageSize})
		if err != nil {
			t.Fatal(err)
		}
		// Two entries in the first record, then one in each.
		if n := len(page.Entries); page.Stale || n < int(head)+1 {
			t.Fatalf("stale: %t, %d entries when the head was at %d", page.Stale, n, head)
		}
		for i, entry := range page.Entries[:len(page.Entries)-2] {
			if left := len(page.Entries) - 2 - i; int(entry.After.Available) != (left+1)/2 {
				t.Fatalf("entry %s leaves %d, want %d: one is missing", entry.ID, entry.After.Available, (left+1)/2)
			}
		}
	}
}

func TestAQuestionIsNotHeldUpByThePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		j := newJournal(e, WithPace(time.Hour), WithPoll(time.Hour))
		defer run(t, j)()
		for range 3 {
			s.do(restockOpening(item("a", "tea")))
			start := time.Now()
			page, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea"})
			if err != nil || page.Stale {
				t.Fatalf("stale: %t, %v", page.Stale, err)
			}
			if took := time.Since(start); took > 50*time.Millisecond {
				t.Errorf("answered after %s", took)
			}
		}
	})
}

func TestTheJournalFollowsOthersByPolling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		j := newJournal(e)
		defer run(t, j)()
		for range 10 {
			synctest.Wait()
			head := s.do(restockOpening(item("a", "tea")))
			<-time.After(time.Second)
			if cursor, err := e.JournalCursor(t.Context()); cursor != head || err != nil {
				t.Fatalf("a second later the journal is at %d, the log at %d, %v", cursor, head, err)
			}
		}
	})
}

// flaky is an engine whose journal fails on demand.
type flaky struct {
	*memory.Engine
	fails atomic.Bool
	calls atomic.Int64
}

var errFlaky = errors.New("no room left")

func (f *flaky) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	f.calls.Add(1)
	if f.fails.Load() {
		return errFlaky
	}
	return f.Engine.AddJournal(ctx, from, to, rows)
}

func TestAFailingJournalIsLoggedOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &flaky{Engine: memory.New()}
		defer e.Close()
		e.fails.Store(true)
		s := newScript(t, e)
		head := s.do(restockOpening(item("a", "tea")))
		var log bytes.Buffer
		j := NewJournal(feed.NewLogs([]engine.Engine{e}), slog.New(slog.NewTextHandler(&log, nil)))
		stop := run(t, j)
		<-time.After(time.Minute)
		calls := e.calls.Load()
		e.fails.Store(false)
		<-time.After(10 * time.Second)
		cursor, err := e.JournalCursor(t.Context())
		stop()
		if calls < 10 || calls > 40 {
			t.Errorf("tried %d times in a minute, want some and not many", calls)
		}
		if cursor != head || err != nil {
			t.Errorf("when storing works again the journal stays at %d, %v", cursor, err)
		}
		if n := strings.Count(log.String(), "no room left"); n != 1 {
			t.Errorf("the failure was logged %d times:\n%s", n, &log)
		}
	})
}

func restockOpening(k stock.ItemKey) stock.Restock {
	return stock.Restock{Item: k, Bucket: bucket(k), Qty: 1, Open: &stock.Opening{}}
}
