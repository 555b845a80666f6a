package sqlite

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
	"holdfast.dev/holdfast/internal/stock"
)

// TestSumsAreKeptForEver pins the checksum of one row of each table: rows
// written by earlier versions must be found whole by later ones.
func TestSumsAreKeptForEver(t *testing.T) {
	t.Parallel()
	var s summer
	for name, tc := range map[string]struct{ got, want int64 }{
		"record": {s.record(&engine.Record{Seq: 1, At: 2, Nonce: 3, Writer: [16]byte{4}, Hash: [32]byte{5}, Body: []byte("body")}), 260437591},
		"text":   {s.text(1, []byte("text")), 2099589963},
		"item": {s.item(&engine.ItemRow{
			Key:    stock.ItemKey{Tenant: "t", Location: "l", Product: "p", Lot: "x"},
			Bucket: 1, Available: 2, Held: 3, OnHand: 4, Threshold: 5, Tracked: true, Low: true, Version: 6, UpdatedAt: 7, Packed: []byte("packed"),
		}), 2330436034},
		"hold": {s.hold(&engine.HoldRow{
			Key:  stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: "o"}, Bucket: 1},
			Open: true, Deadline: 2, Seq: 3, Packed: []byte("packed"),
		}), 2267704419},
		"key":    {s.key(&engine.KeyRow{ID: engine.KeyID{1}, Print: [16]byte{2}, Bucket: 3, Seq: 4, Index: 5}), 2703274871},
		"bucket": {s.bucket(&engine.BucketRow{Bucket: 1, Seq: 2, Packed: []byte("packed")}), 141058286},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %d, want %d", name, tc.got, tc.want)
		}
	}
}

func TestAnotherSchemaIsRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	if err := fits(2, 2); err != nil {
		t.Error(err)
	}
	for _, v := range []int{1, 3} {
		if err := fits(v, 2); !errors.Is(err, engine.ErrSchema) {
			t.Errorf("version %d of 2: %v, want ErrSchema", v, err)
		}
	}
}

func TestMigrationsAreDense(t *testing.T) {
	t.Parallel()
	all, err := migration.Steps(files)
	if err != nil || len(all) == 0 || all[0].Name != "slot" {
		t.Errorf("%d migrations, %v", len(all), err)
	}
}
