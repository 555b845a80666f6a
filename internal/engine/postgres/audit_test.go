package postgres_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// While a bucket moves, the keys of the newest records are read again and again.
func TestTheKeysOfSomeRecordsAreReadWithoutReadingTheTable(t *testing.T) {
	t.Parallel()
	const per, records = 500, 8
	dsn := newSlots(t).next()
	e := open(t, dsn)
	defer e.Close()
	for seq := engine.Seq(1); seq <= records; seq++ {
		if err := e.Append(t.Context(), seq-1, endedHolds(seq, per)); err != nil {
			t.Fatal(err)
		}
	}
	for _, counted := range []bool{false, true} {
		if counted {
			exec(t, connect(t, dsn), "ANALYZE holdfast_1.key")
		}
		for _, span := range []struct {
			first, last, want engine.Seq
		}{{records, records, 1}, {records, 0, 1}, {records - 1, records, 2}, {0, 3, 3}, {2, 1 << 43, records - 1}} {
			plan := e.KeysPlan(t, span.first, span.last)
			if !strings.Contains(plan, "Bitmap Index Scan on key_no") {
				t.Errorf("records %d to %d are read with\n%s", span.first, span.last, plan)
			}
			n := engine.Seq(0)
			if _, err := e.ScanKeys(t.Context(), span.first, span.last, func(*engine.KeyRow) error { n++; return nil }); err != nil || n != span.want*per {
				t.Errorf("records %d to %d have %d keys, %v, want %d", span.first, span.last, n, err, span.want*per)
			}
		}
	}
	if plan := e.KeysPlan(t, 0, 0); strings.Contains(plan, "key_no") {
		t.Errorf("all are read with\n%s", plan)
	}
}
