package mysql_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/stock"
)

// bucketsOf is a group with n items, holds and keys, distributed over the
// buckets in turn.
func bucketsOf(seq engine.Seq, n int, buckets ...stock.Bucket) *engine.Group {
	g := &engine.Group{Record: enginetest.Record(seq)}
	for i := range n {
		b, name := buckets[i%len(buckets)], fmt.Sprintf("%d-%d", seq, i)
		g.Items = append(g.Items, engine.ItemRow{Key: stock.ItemKey{Tenant: "t", Product: name}, Bucket: b, Fresh: true})
		g.Holds = append(g.Holds, engine.HoldRow{Key: stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: name}, Bucket: b}, Fresh: true, Seq: seq})
		k := engine.KeyRow{Bucket: b, Seq: seq, Index: uint32(i)}
		copy(k.ID[:], name)
		g.Keys = append(g.Keys, k)
	}
	for _, b := range buckets {
		g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: b, Seq: seq})
	}
	return g
}

func TestRowsOfOtherBucketsAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn)
	defer e.Close()
	if err := e.Append(t.Context(), 0, bucketsOf(1, 40, 5, 6)); err != nil {
		t.Fatal(err)
	}
	tx, err := admin(t, dsn).BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	// Rows of the other bucket that somebody writes, the head, and a new row
	// between those that are dropped.
	for _, s := range []string{
		"UPDATE holdfast_0_item SET held = 1 WHERE bucket = 5 AND product IN ('1-0', '1-2', '1-38')",
		"UPDATE holdfast_0_hold SET open = 1 WHERE bucket = 5 AND order_id IN ('1-0', '1-2', '1-38')",
		"UPDATE holdfast_0_key SET print = hash WHERE no IN (1048576, 1048578, 1048614)",
		"UPDATE holdfast_0_bucket SET seq = 9 WHERE bucket = 5",
		"UPDATE holdfast_0_head SET seq = 9 WHERE one = 1",
		"INSERT INTO holdfast_0_hold (order_id, tenant, bucket, open, deadline, seq, packed) VALUES ('1-3', 't', 5, 1, 0, 2, '')",
	} {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	for _, want := range []int{15, 5, 15, 5, 15, 5, 0} {
		if n, err := e.DropBucket(t.Context(), 6, 1, 15); err != nil || n != want {
			t.Fatalf("dropped %d, %v, want %d", n, err, want)
		}
	}
}

// One call of several passes over pages that have nothing of the bucket.
func TestABucketIsDroppedWhereverItLies(t *testing.T) {
	t.Parallel()
	const per, groups = 1500, 5
	e := open(t, dbtest.MySQL(t))
	defer e.Close()
	for seq := engine.Seq(1); seq <= groups; seq++ {
		in := []stock.Bucket{7}
		if seq%2 == 0 {
			in = []stock.Bucket{7, 8}
		}
		if err := e.Append(t.Context(), seq-1, bucketsOf(seq, per, in...)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		limit, want int
	}{{1000, 1000}, {1000, 500}, {2000, 1500}, {1499, 1499}, {1499, 1}, {1499, 0}, {1499, 0}} {
		if n, err := e.DropBucket(t.Context(), 8, groups-1, step.limit); err != nil || n != step.want {
			t.Errorf("at most %d: dropped %d, %v, want %d", step.limit, n, err, step.want)
		}
	}
	left := 0
	if _, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(h *engine.HoldRow) error {
		left++
		if h.Key.Bucket != 7 {
			t.Errorf("hold %q of bucket %d is there", h.Key.Order, h.Key.Bucket)
		}
		return nil
	}); err != nil || left != groups*per-1500 {
		t.Errorf("%d holds are left, %v", left, err)
	}
}

func TestABucketThatComesBackIsNotDropped(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn)
	defer e.Close()
	if err := e.Append(t.Context(), 0, bucketsOf(1, 4, 5, 6)); err != nil {
		t.Fatal(err)
	}
	db := admin(t, dsn)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE holdfast_0_bucket SET seq = 2 WHERE bucket = 6"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		n, err := e.DropBucket(t.Context(), 6, 1, 10)
		if n != 0 {
			t.Errorf("dropped %d", n)
		}
		done <- err
	}()
	for waiting := 0; waiting == 0; {
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE()"+
			" AND ID <> CONNECTION_ID() AND INFO LIKE '%UPDATE holdfast_0_bucket SET seq=IF%'").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, engine.ErrMoved) {
		t.Errorf("%v, want ErrMoved", err)
	}
}
