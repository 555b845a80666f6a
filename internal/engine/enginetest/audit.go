package enginetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

var auditTests = []test{
	{"a scan of keys brings those of the records asked for", scanKeys},
	{"a scan of the journal brings its rows up to the cursor", scanJournal},
	{"a scan of keys is the state at the head it was read at, while others append", func(t *testing.T, e engine.Engine) {
		whileAppending(t, e, scansKeysSnapshot)
	}},
	{"the function's error and the context end the scans of an audit", endAudit},
}

func byKey(a, b engine.KeyRow) int { return cmp.Compare(a.Seq, b.Seq) }

func scanKeys(t *testing.T, e engine.Engine) {
	Fill(t, e, 30)
	for _, span := range [][2]engine.Seq{{0, 0}, {1, 30}, {7, 12}, {30, 0}, {12, 12}, {31, 0}, {13, 12}} {
		var want, got []engine.KeyRow
		last := span[1]
		if last == 0 {
			last = 30
		}
		for n := max(span[0], 1); n <= last; n++ {
			want = append(want, nthKey(n))
		}
		h, err := e.ScanKeys(t.Context(), span[0], span[1], func(k *engine.KeyRow) error {
			got = append(got, *k)
			return nil
		})
		if err := same("keys", 30, h, err, want, got, byKey); err != nil {
			t.Errorf("from %d to %d: %v", span[0], span[1], err)
		}
	}
}

func scansKeysSnapshot(t *testing.T, e engine.Engine) {
	var want, got []engine.KeyRow
	h, err := e.ScanKeys(t.Context(), 0, 0, func(k *engine.KeyRow) error {
		got = append(got, *k)
		return nil
	})
	for n := engine.Seq(1); n <= h; n++ {
		want = append(want, nthKey(n))
	}
	if err := same("keys", h, h, err, want, got, byKey); err != nil {
		t.Error(err)
	}
}

func scanJournal(t *testing.T, e engine.Engine) {
	Fill(t, e, 48)
	for at := engine.Seq(0); at <= 36; at += 12 {
		var got []engine.JournalRow
		cursor, err := e.ScanJournal(t.Context(), collect(&got))
		slices.SortFunc(got, func(a, b engine.JournalRow) int { return cmp.Or(a.Item.Compare(b.Item), cmp.Compare(a.Seq, b.Seq)) })
		if d := diff(journalRows(1, at), got); err != nil || cursor != at || d != "" {
			t.Errorf("the journal up to %d: cursor %d, %v (-want +got):\n%s", at, cursor, err, d)
		}
		if err := e.AddJournal(t.Context(), at, at+12, journalRows(at+1, at+12)); err != nil {
			t.Fatal(err)
		}
	}
}

func endAudit(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	stop := errors.New("stop")
	n := 0
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(*engine.KeyRow) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("keys: called %d times, returned %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.ScanKeys(ctx, 0, 0, func(*engine.KeyRow) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("keys with a context that is over: %v", err)
	}
	if _, err := e.ScanJournal(ctx, func(*engine.JournalRow) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("journal with a context that is over: %v", err)
	}
	if err := e.AddJournal(t.Context(), 0, 1, []engine.JournalRow{{Item: itemKey(1), Seq: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.ScanJournal(t.Context(), func(*engine.JournalRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("journal: returned %v", err)
	}
}
