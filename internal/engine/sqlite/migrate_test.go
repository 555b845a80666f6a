package sqlite_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// A file of before buckets moved has neither of the tables for it.
func TestAFileOfTheFirstSchemaIsRefusedUntilItIsMigrated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	e := open(t, dir)
	enginetest.Fill(t, e, 5) // before the first row of a bucket
	tea := stock.ItemKey{Tenant: "t", Location: "default", Product: "p-1"}
	if err := e.AddJournal(t.Context(), 0, 1, []engine.JournalRow{{Item: tea, Seq: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, "DROP TABLE bucket", "DROP TABLE gone", "ALTER TABLE journal DROP COLUMN more",
		"DROP INDEX item_lapses", "ALTER TABLE item DROP COLUMN lapses_at",
		"INSERT INTO journal (item, seq) SELECT item, seq + 3 FROM journal", // left by one that was killed
		"DELETE FROM slot_schema WHERE version > 1")
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, engine.ErrSchema) || !strings.Contains(err.Error(), "holdfast migrate") {
		t.Fatalf("opened: %v, want ErrSchema with what to run", err)
	}
	none := func(*engine.Record) error { return nil }
	if x, err := sqlite.Examine(t.Context(), path, 10, none); err != nil || x.Have != 1 || x.Want < 2 {
		t.Errorf("examined: %+v, %v", x, err)
	}
	for range 2 {
		if err := sqlite.Migrate(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	e = open(t, dir)
	defer e.Close()
	if seqs, err := e.JournalSeqs(t.Context(), tea, 9, 9); err != nil || !slices.Equal(seqs, []engine.Seq{1}) {
		t.Errorf("the journal of before: %v, %v", seqs, err)
	}
	enginetest.Fill(t, e, 20)
	if h, err := enginetest.Check(t.Context(), e); err != nil || h != 20 {
		t.Errorf("head %d, %v", h, err)
	}
}
