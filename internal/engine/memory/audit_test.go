package memory_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestScansForTheAudit(t *testing.T) {
	t.Parallel()
	e := memory.New()
	for seq := engine.Seq(1); seq <= 4; seq++ {
		g := &engine.Group{
			Record: engine.Record{Seq: seq, Body: []byte{1}},
			Keys:   []engine.KeyRow{{ID: engine.KeyID{byte(seq)}, Seq: seq}},
		}
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
	}
	tea := stock.ItemKey{Tenant: "acme", Product: "tea"}
	if err := e.AddJournal(t.Context(), 0, 3, []engine.JournalRow{{Item: tea, Seq: 1}, {Item: tea, Seq: 3}}); err != nil {
		t.Fatal(err)
	}

	keys := func(first, last engine.Seq) (n int) {
		head, err := e.ScanKeys(t.Context(), first, last, func(r *engine.KeyRow) error {
			if r.ID[0] != byte(r.Seq) || r.Seq < first || last != 0 && r.Seq > last {
				t.Errorf("key %+v in the scan from %d to %d", r, first, last)
			}
			n++
			return nil
		})
		if head != 4 || err != nil {
			t.Errorf("head %d, %v", head, err)
		}
		return n
	}
	if a, b := keys(2, 3), keys(0, 0); a != 2 || b != 4 {
		t.Errorf("%d keys from 2 to 3, want 2; %d in all, want 4", a, b)
	}

	n := 0
	cursor, err := e.ScanJournal(t.Context(), func(r *engine.JournalRow) error {
		n++
		return nil
	})
	if cursor != 3 || n != 2 || err != nil {
		t.Errorf("%d journal rows up to %d, %v; want 2 up to 3", n, cursor, err)
	}

	stop := errors.New("enough")
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(*engine.KeyRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("scan of keys ended with %v, want the caller's error", err)
	}
	if _, err := e.ScanJournal(t.Context(), func(*engine.JournalRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("scan of the journal ended with %v, want the caller's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.ScanKeys(ctx, 0, 0, func(*engine.KeyRow) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("scan for a caller who went away ended with %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.ScanJournal(t.Context(), nil); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("scan of a closed engine ended with %v", err)
	}
}
