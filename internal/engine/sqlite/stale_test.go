package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// A drop leaves the rows that it has found alone when the bucket has come back
// before the drop gets SQLite's lock.
func TestABucketThatComesBackIsNotDropped(t *testing.T) {
	t.Parallel()
	e, err := Open(t.Context(), filepath.Join(t.TempDir(), "slot.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	first := table.Sealed{Bucket: 6, Row: 1}
	for seq, want := range []error{1: nil, 2: engine.ErrMoved} {
		if seq == 0 {
			continue
		}
		seq := engine.Seq(seq)
		g := &engine.Group{
			Record:  engine.Record{Seq: seq},
			Items:   []engine.ItemRow{{Key: stock.ItemKey{Product: string(rune('a' + seq))}, Bucket: 6, Fresh: true}},
			Buckets: []engine.BucketRow{{Bucket: 6, Seq: seq}},
		}
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := e.dropItems(t.Context(), first, dropCursor{}, 10); !errors.Is(err, want) {
			t.Errorf("with row %d: %v, want %v", seq, err, want)
		}
	}
	n := 0
	if _, err := e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(*engine.ItemRow) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d items are left, %v, want the one that came with the new row", n, err)
	}
}
