package sqlite_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
)

func TestRecordsAreDroppedSliceBySlice(t *testing.T) {
	t.Parallel()
	e := open(t, t.TempDir())
	defer e.Close()
	enginetest.Fill(t, e, 2300)
	big := make([]byte, 700_000)
	for n := engine.Seq(2301); n <= 2306; n++ {
		r := enginetest.Record(n)
		r.Body = big
		if err := e.Append(t.Context(), n-1, &engine.Group{Record: r}); err != nil {
			t.Fatal(err)
		}
	}
	for _, upTo := range []engine.Seq{2050, 2304, 2306} {
		want := min(upTo, 2305)
		gone, err := e.DropRecords(t.Context(), upTo)
		if err != nil || gone != want {
			t.Fatalf("told %d, gone up to %d, %v", upTo, gone, err)
		}
		if first, err := e.First(t.Context()); err != nil || first != want+1 {
			t.Errorf("the first record is %d, %v, want %d", first, err, want+1)
		}
		if _, err := e.Read(t.Context(), want-1, 1); !errors.Is(err, engine.ErrGone) {
			t.Errorf("record %d: %v, want ErrGone", want, err)
		}
		if recs, err := e.Read(t.Context(), want, 1); err != nil || len(recs) != 1 || recs[0].Seq != want+1 {
			t.Errorf("behind %d: %d records, %v", want, len(recs), err)
		}
	}
	if err := e.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
