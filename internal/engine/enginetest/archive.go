package enginetest

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// Engines that keep the log in parts may drop less than they were asked to: the
// cases check what the engines report as gone.
var archiveTests = []test{
	{"old records are dropped, and what is left is read as before", dropOld},
	{"the head is never dropped, and the log goes on behind it", dropAll},
	{"dropping what is gone, or nothing, changes nothing", dropAgain},
	{"an empty slot has no first record and nothing to drop", func(t *testing.T, e engine.Engine) {
		for _, upTo := range []engine.Seq{0, 1, 1 << 40} {
			mustDrop(t, e, upTo)
		}
		Fill(t, e, 3)
		mustStart(t, e, 0, 3)
	}},
	{"rows, holds, keys and the journal stay when records are dropped", dropKeepsRows},
	{"appends go on while records are dropped", dropBeside},
	{"under the lock, what was dropped is gone too", dropLocked},
}

// mustDrop drops and returns the seq up to which records are gone.
func mustDrop(t *testing.T, e engine.Engine, upTo engine.Seq) engine.Seq {
	t.Helper()
	gone, err := e.DropRecords(t.Context(), upTo)
	if err != nil {
		t.Fatalf("drop up to %d: %v", upTo, err)
	}
	h := head(t, e)
	if gone > upTo || gone > 0 && gone >= h {
		t.Fatalf("records up to %d are gone, told were %d, the head is at %d", gone, upTo, h)
	}
	mustStart(t, e, gone, h)
	return gone
}

// mustStart checks that the log is there behind gone, up to the seq to.
func mustStart(t *testing.T, e engine.Engine, gone, to engine.Seq) {
	t.Helper()
	want := gone + 1
	if to == 0 {
		want = 0
	}
	if first, err := e.First(t.Context()); err != nil || first != want {
		t.Fatalf("the first record is %d, %v, want %d", first, err, want)
	}
	for after := range gone {
		if recs, err := e.Read(t.Context(), after, 10); !errors.Is(err, engine.ErrGone) {
			t.Fatalf("read behind %d of records gone up to %d: %d records, %v, want ErrGone", after, gone, len(recs), err)
		}
	}
	after := gone
	for after < to {
		recs, err := e.Read(t.Context(), after, 7)
		if err != nil || len(recs) == 0 {
			t.Fatalf("read behind %d: %d records, %v", after, len(recs), err)
		}
		for i := range recs {
			after++
			record := Record(after)
			record.Text = Nth(after).Text
			if d := diff(record, recs[i]); d != "" {
				t.Fatalf("record %d (-want +got):\n%s", after, d)
			}
		}
	}
}

func dropOld(t *testing.T, e engine.Engine) {
	Fill(t, e, 60)
	var last engine.Seq
	for _, upTo := range []engine.Seq{1, 20, 21, 45} {
		gone := mustDrop(t, e, upTo)
		if gone < last {
			t.Fatalf("gone up to %d, that was %d before", gone, last)
		}
		last = gone
	}
	Fill(t, e, 80)
	mustStart(t, e, last, 80)
}

func dropAll(t *testing.T, e engine.Engine) {
	Fill(t, e, 20)
	mustDrop(t, e, 1<<40)
	Fill(t, e, 30)
	gone := mustDrop(t, e, 30)
	if recs, err := e.Read(t.Context(), 30, 10); err != nil || len(recs) != 0 {
		t.Errorf("behind the head: %d records, %v", len(recs), err)
	}
	mustStart(t, e, gone, 30)
}

func dropAgain(t *testing.T, e engine.Engine) {
	Fill(t, e, 40)
	if gone := mustDrop(t, e, 0); gone != 0 {
		t.Fatalf("told to drop nothing, it dropped up to %d", gone)
	}
	gone := mustDrop(t, e, 25)
	for _, upTo := range []engine.Seq{0, 1, gone} {
		got, err := e.DropRecords(t.Context(), upTo)
		if err != nil || got != gone {
			t.Fatalf("dropped up to %d again: gone up to %d, %v, want %d", upTo, got, err, gone)
		}
		mustStart(t, e, gone, 40)
	}
}

func dropKeepsRows(t *testing.T, e engine.Engine) {
	Fill(t, e, 50)
	rows := []engine.JournalRow{{Item: itemKey(2), Seq: 2}, {Item: itemKey(2), Seq: 9}}
	if err := e.AddJournal(t.Context(), 0, 50, rows); err != nil {
		t.Fatal(err)
	}
	mustDrop(t, e, 40)
	for _, check := range []func() error{
		func() error { return checkItems(t.Context(), e, 50) },
		func() error { return checkHolds(t.Context(), e, 50) },
		func() error { return checkLoaded(t.Context(), e, 50) },
	} {
		if err := check(); err != nil {
			t.Error(err)
		}
	}
	seqs, err := e.JournalSeqs(t.Context(), itemKey(2), 50, 10)
	if d := diff([]engine.Seq{9, 2}, seqs); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	mustHaveJournal(t, e, 50)
}

func dropBeside(t *testing.T, e engine.Engine) {
	const to = 200
	Fill(t, e, 40)
	done := make(chan error, 1)
	go func() {
		for {
			h, err := e.Head(t.Context())
			if err == nil {
				_, err = e.DropRecords(t.Context(), h/2)
			}
			if err != nil || h == to {
				done <- err
				return
			}
		}
	}()
	Fill(t, e, to)
	if err := <-done; err != nil {
		t.Fatalf("drop beside appends: %v", err)
	}
	mustDrop(t, e, to/2)
}

func dropLocked(t *testing.T, e engine.Engine) {
	Fill(t, e, 20)
	gone := mustDrop(t, e, 15)
	w := lock(t, e)
	defer w.Unlock()
	if gone > 0 {
		if _, err := w.Read(t.Context(), gone-1, 1); !errors.Is(err, engine.ErrGone) {
			t.Errorf("read behind %d: %v, want ErrGone", gone-1, err)
		}
	}
	if recs, err := w.Read(t.Context(), gone, 1); err != nil || len(recs) != 1 || recs[0].Seq != gone+1 {
		t.Errorf("read behind %d: %d records, %v", gone, len(recs), err)
	}
}

func droppedReopened(t *testing.T, open func() engine.Engine) {
	e := open()
	Fill(t, e, 30)
	gone := mustDrop(t, e, 20)
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	e = open()
	mustStart(t, e, gone, 30)
	Fill(t, e, 40)
	mustStart(t, e, gone, 40)
}
