package table_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// A call that runs out of time in a large table must not begin it again.
func TestAWalkThatFailedContinuesWhereItHadCome(t *testing.T) {
	t.Parallel()
	var d table.BucketDropper[int]
	of := table.Sealed{Bucket: 7, Row: 3}
	row := func(context.Context, stock.Bucket) (engine.Seq, error) { return 3, nil }
	slow := errors.New("too slow")
	var began []int
	walk := func(_ context.Context, _ table.Sealed, at, limit int) (int, int, bool, error) {
		began = append(began, at)
		switch at {
		case 0:
			return 0, 5, false, slow
		case 5:
			return limit, 9, false, nil
		}
		return 0, at, true, nil
	}
	drop := func() (int, error) { return d.Drop(t.Context(), of, 2, row, walk) }
	if n, err := drop(); n != 0 || !errors.Is(err, slow) {
		t.Fatalf("%d dropped, %v; want the error of the walk", n, err)
	}
	if n, err := drop(); n != 2 || err != nil {
		t.Fatalf("%d dropped, %v; want 2", n, err)
	}
	if _, err := drop(); !errors.Is(err, slow) {
		t.Fatalf("%v; want a walk from the beginning behind the end of the one before", err)
	}
	if want := []int{0, 5, 9, 0}; len(began) != 4 || [4]int(began) != [4]int(want) {
		t.Errorf("walks began at %v, want %v", began, want)
	}
}

func TestOnlyTheBucketThatIsMeantIsDropped(t *testing.T) {
	t.Parallel()
	var d table.BucketDropper[int]
	none := func(context.Context, table.Sealed, int, int) (int, int, bool, error) {
		t.Error("looked at a table")
		return 0, 0, true, nil
	}
	for name, tc := range map[string]struct {
		row   engine.Seq
		moved bool
	}{
		"no row":      {0, false},
		"another row": {4, true},
	} {
		row := func(context.Context, stock.Bucket) (engine.Seq, error) { return tc.row, nil }
		n, err := d.Drop(t.Context(), table.Sealed{Bucket: 7, Row: 3}, 2, row, none)
		if n != 0 || err == nil || errors.Is(err, engine.ErrMoved) != tc.moved {
			t.Errorf("%s: %d dropped, %v; want ErrMoved: %t", name, n, err, tc.moved)
		}
	}
}
