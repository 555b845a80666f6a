package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/stock"
)

// TestABucketIsDroppedWhereverItLies lets one call look at a few pages of many.
func TestABucketIsDroppedWhereverItLies(t *testing.T) {
	t.Parallel()
	const per, groups = 500, 8
	e := open(t, newSlots(t).next(), postgres.WithPrunePages(3))
	defer e.Close()
	for seq := engine.Seq(1); seq <= groups; seq++ {
		g := endedHolds(seq, per)
		for i := range per {
			g.Holds[i].Key.Bucket, g.Keys[i].Bucket = 7, 7
			if i%10 == 0 {
				g.Holds[i].Key.Bucket, g.Keys[i].Bucket = 8, 8
			}
		}
		g.Buckets = []engine.BucketRow{{Bucket: 8, Seq: seq}}
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		limit, want int
	}{{300, 300}, {300, 100}, {1000, 400}, {1000, 0}, {1000, 0}} {
		if n, err := e.DropBucket(t.Context(), 8, groups, step.limit); err != nil || n != step.want {
			t.Errorf("at most %d: dropped %d, %v, want %d", step.limit, n, err, step.want)
		}
	}
	left := 0
	if _, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(h *engine.HoldRow) error {
		left++
		if h.Key.Bucket != 7 {
			t.Errorf("a hold of bucket %d is there", h.Key.Bucket)
		}
		return nil
	}); err != nil || left != groups*per*9/10 {
		t.Errorf("%d holds are left, %v", left, err)
	}
}

// bucketsOf is a group with an item, a hold and a key in each of two buckets.
func bucketsOf(seq engine.Seq, a, b stock.Bucket) *engine.Group {
	g := endedHolds(seq, 2)
	for i, in := range []stock.Bucket{a, b} {
		g.Holds[i].Key.Bucket, g.Keys[i].Bucket = in, in
		g.Items = append(g.Items, engine.ItemRow{Key: stock.ItemKey{Tenant: "t", Product: fmt.Sprint(in)}, Bucket: in, Fresh: true})
		g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: in, Seq: seq})
	}
	return g
}

func TestRowsOfOtherBucketsAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	e := open(t, dsn)
	defer e.Close()
	if err := e.Append(t.Context(), 0, bucketsOf(1, 5, 6)); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, dsn)
	exec(t, conn, "BEGIN; SELECT FROM holdfast_1.item WHERE bucket = 5 FOR UPDATE; SELECT FROM holdfast_1.hold WHERE bucket = 5 FOR UPDATE;"+
		" SELECT FROM holdfast_1.key WHERE bucket = 5 FOR UPDATE; SELECT FROM holdfast_1.bucket WHERE bucket = 5 FOR UPDATE; SELECT FROM holdfast_1.head FOR UPDATE")
	for _, want := range []int{1, 1, 1, 0} {
		if n, err := e.DropBucket(t.Context(), 6, 1, 10); err != nil || n != want {
			t.Errorf("dropped %d, %v, want %d", n, err, want)
		}
	}
	exec(t, conn, "ROLLBACK")
}

func TestABucketThatComesBackIsNotDropped(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	e := open(t, dsn)
	defer e.Close()
	if err := e.Append(t.Context(), 0, bucketsOf(1, 5, 6)); err != nil {
		t.Fatal(err)
	}
	other, look := connect(t, dsn), connect(t, dsn)
	exec(t, other, "BEGIN; UPDATE holdfast_1.bucket SET seq = 2 WHERE bucket = 6")
	done := make(chan error, 1)
	go func() {
		n, err := e.DropBucket(t.Context(), 6, 1, 10)
		if n != 0 {
			t.Errorf("dropped %d", n)
		}
		done <- err
	}()
	for waiting := false; !waiting; {
		if err := look.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN"+
			" (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	exec(t, other, "COMMIT")
	if err := <-done; !errors.Is(err, engine.ErrMoved) {
		t.Errorf("%v, want ErrMoved", err)
	}
}
