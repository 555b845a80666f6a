package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

func TestScansForTheAudit(t *testing.T) {
	t.Parallel()
	e := open(t, t.TempDir())
	defer e.Close()
	scan := func() (n int, cursor engine.Seq) {
		cursor, err := e.ScanJournal(t.Context(), func(r *engine.JournalRow) error {
			if want := (stock.ItemKey{Tenant: "acme", Product: "tea", Location: "a", Lot: "\x01x"}); r.Item != want {
				t.Errorf("journal row of %q, want %q", r.Item, want)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n, cursor
	}
	if n, cursor := scan(); n != 0 || cursor != 0 {
		t.Errorf("a new slot has %d journal rows up to %d", n, cursor)
	}

	tea := stock.ItemKey{Tenant: "acme", Product: "tea", Location: "a", Lot: "\x01x"}
	for seq := engine.Seq(1); seq <= 4; seq++ {
		g := &engine.Group{
			Record: engine.Record{Seq: seq, Body: []byte{1}},
			Items:  []engine.ItemRow{{Key: tea, Fresh: seq == 1, Packed: []byte{1}}},
			Keys:   []engine.KeyRow{{ID: engine.KeyID{byte(seq)}, Print: [16]byte{7}, Bucket: 9, Seq: seq, Index: uint32(seq)}},
		}
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.AddJournal(t.Context(), 0, 3, []engine.JournalRow{{Item: tea, Seq: 1}, {Item: tea, Seq: 3}}); err != nil {
		t.Fatal(err)
	}
	if n, cursor := scan(); n != 2 || cursor != 3 {
		t.Errorf("%d journal rows up to %d, want 2 up to 3", n, cursor)
	}

	keys := func(first, last engine.Seq) (n int) {
		head, err := e.ScanKeys(t.Context(), first, last, func(r *engine.KeyRow) error {
			if r.ID[0] != byte(r.Seq) || r.Index != uint32(r.Seq) || r.Bucket != 9 || r.Seq < first || last != 0 && r.Seq > last {
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
}

func TestSchemaOnlyLooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	have, want, err := sqlite.Schema(t.Context(), path)
	if have != 0 || want == 0 || err != nil {
		t.Errorf("no file: schema %d of %d, %v", have, want, err)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 0 || err != nil {
		t.Errorf("looking made %v, %v", entries, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if have, _, err := sqlite.Schema(t.Context(), path); have != 0 || err != nil {
		t.Errorf("empty file: schema %d, %v", have, err)
	}
	e := open(t, dir)
	if have, want, err := sqlite.Schema(t.Context(), path); have != want || err != nil {
		t.Errorf("a slot in use: schema %d of %d, %v", have, want, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if have, want, err := sqlite.Schema(t.Context(), path); have != want || err != nil {
		t.Errorf("a slot at rest: schema %d of %d, %v", have, want, err)
	}
	other := filepath.Join(dir, "other.db")
	if err := os.WriteFile(other, []byte("no database at all, but long enough to be looked at as one ........................................................"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := sqlite.Schema(t.Context(), other); !errors.Is(err, engine.ErrBroken) {
		t.Errorf("a file that is no database: %v", err)
	}
}
