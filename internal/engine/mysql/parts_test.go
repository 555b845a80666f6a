package mysql_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

func TestTheLogGrowsPartByPartAndLosesThemFromTheFront(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	a, b := open(t, dsn, mysql.WithPart(10)), open(t, dsn, mysql.WithPart(10))
	defer a.Close()
	defer b.Close()
	if first, err := a.First(t.Context()); err != nil || first != 0 {
		t.Errorf("an empty log begins with %d, %v", first, err)
	}
	for n := engine.Seq(1); n <= 90; n += 2 { // the parts are made by either, ahead and when they are needed
		enginetest.Fill(t, a, n)
		enginetest.Fill(t, b, n+1)
	}
	w, err := a.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(t.Context(), 90, enginetest.Nth(91)); err != nil {
		t.Fatal(err)
	}
	if at, err := enginetest.Check(t.Context(), a); err != nil || at != 91 {
		t.Fatalf("the head is at %d: %v", at, err)
	}
	for _, tc := range []struct{ upTo, gone engine.Seq }{{9, 0}, {35, 30}, {20, 30}, {30, 30}, {1000, 90}} {
		gone, err := b.DropRecords(t.Context(), tc.upTo)
		if err != nil || gone != tc.gone {
			t.Fatalf("dropping up to %d dropped up to %d, %v, want %d", tc.upTo, gone, err, tc.gone)
		}
		if first, err := a.First(t.Context()); err != nil || first != tc.gone+1 {
			t.Errorf("the log begins with %d, %v, want %d", first, err, tc.gone+1)
		}
		if _, err := a.Read(t.Context(), 0, 10); tc.gone > 0 && !errors.Is(err, engine.ErrGone) {
			t.Errorf("read what was dropped: %v, want ErrGone", err)
		}
		recs, err := a.Read(t.Context(), tc.gone, 100)
		if err != nil || len(recs) != int(91-tc.gone) {
			t.Errorf("%d records are left, %v, want %d", len(recs), err, 91-tc.gone)
		}
	}
	enginetest.Fill(t, a, 120)
}
