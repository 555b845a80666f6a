package enginetest

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// RunDurable holds engines that outlive their process to what they promise
// beyond Run. open opens the slot kept in dir, which is new at first.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) engine.Engine) {
	t.Helper()
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, open func() engine.Engine)
	}{
		{"what was appended is there when the slot is opened again", reopened},
		{"two engines on one slot see each other's groups at once", sideBySide},
		{"of two engines on one slot exactly one wins each seq", together},
		{"an engine in the way of another's lock waits for it", lockedOut},
		{"the journal and its cursor are there when the slot is opened again", journalReopened},
		{"records that were dropped stay dropped when the slot is opened again", droppedReopened},
		{"rows of buckets and what was dropped stay as they were when the slot is opened again", bucketsReopened},
		{"an engine does not believe in items that another has dropped", droppedElsewhere},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tc.run(t, func() engine.Engine {
				e := open(t, dir)
				t.Cleanup(func() {
					if err := e.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
				})
				return e
			})
		})
	}
}

func reopened(t *testing.T, open func() engine.Engine) {
	for h := engine.Seq(10); h <= 50; h += 10 {
		e := open()
		mustBe(t, e, h-10)
		Fill(t, e, h)
		mustBe(t, e, h)
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	mustBe(t, open(), 50)
}

func sideBySide(t *testing.T, open func() engine.Engine) {
	a, b := open(), open()
	for n := engine.Seq(1); n <= 40; n += 2 {
		Fill(t, a, n)
		if err := b.Append(t.Context(), n-1, recordGroup(n)); !errors.Is(err, engine.ErrMoved) {
			t.Fatalf("append of %d over the other's: %v, want ErrMoved", n, err)
		}
		Fill(t, b, n+1)
		mustBe(t, a, n+1)
		mustBe(t, b, n+1)
	}
}

func together(t *testing.T, open func() engine.Engine) {
	a, b := open(), open()
	const to = 100
	done := make(chan struct{})
	go func() {
		defer close(done)
		fillTogether(t, b, 2, to)
	}()
	fillTogether(t, a, 2, to)
	<-done
	mustBe(t, a, to)
	mustBe(t, b, to)
}

func lockedOut(t *testing.T, open func() engine.Engine) {
	a, b := open(), open()
	Fill(t, a, 5)
	w := lock(t, a)
	other := make(chan error)
	go func() { other <- b.Append(t.Context(), 5, recordGroup(6)) }()
	if err := w.Append(t.Context(), 5, Nth(6)); err != nil {
		t.Fatalf("append under the lock: %v", err)
	}
	if err := <-other; !errors.Is(err, engine.ErrMoved) {
		t.Errorf("who waited for the lock got %v, want ErrMoved", err)
	}
	w = lock(t, a) // and is never heard of again
	Fill(t, b, 7)
	if err := w.Append(t.Context(), 6, recordGroup(7)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("the writer that woke up got %v, want ErrMoved", err)
	}
	mustBe(t, a, 7)
}

func journalReopened(t *testing.T, open func() engine.Engine) {
	e := open()
	Fill(t, e, 3)
	if err := e.AddJournal(t.Context(), 0, 3, []engine.JournalRow{{Item: itemKey(2), Seq: 2}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open()
	c, err := e.JournalCursor(t.Context())
	if err != nil || c != 3 {
		t.Errorf("cursor %d, %v, want 3", c, err)
	}
	seqs, err := e.JournalSeqs(t.Context(), itemKey(2), 100, 10)
	if d := diff([]engine.Seq{2}, seqs); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}
