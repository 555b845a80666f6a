package enginetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

func dropBucket(t *testing.T, e engine.Engine) {
	populate(t, e, 5, 6, 900)
	rows, _, err := e.Buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, e, 5, 6, 900)
	mustEmpty(t, e, 6, 7, 3*each)
	mustHave(t, e, 5, 900)
	mustEmpty(t, e, 900, 1, 3*each)
	mustHave(t, e, 5)
	mustEmpty(t, e, 5, 100_000, 3*each)
	mustHave(t, e)
	after, h, err := e.Buckets(t.Context())
	if d := diff(rows, after); err != nil || h != 1 || d != "" {
		t.Errorf("rows of buckets at %d, %v (-want +got):\n%s", h, err, d)
	}
	recs, err := e.Read(t.Context(), 0, 10)
	if d := diff([]engine.Record{Record(1)}, recs); err != nil || d != "" {
		t.Errorf("the log, %v (-want +got):\n%s", err, d)
	}
}

func dropNothing(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	g.Items, g.Buckets = []engine.ItemRow{itemIn(7, 0)}, []engine.BucketRow{{Bucket: 8, Seq: 1}}
	mustAppend(t, e, g)
	mustEmpty(t, e, 8, 10, 0)
	for sealed := range engine.Seq(2) {
		if n, err := e.DropBucket(t.Context(), 7, sealed, 10); err == nil || errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrMoved) || n != 0 {
			t.Errorf("of a bucket that has never moved it dropped %d, %v", n, err)
		}
	}
	b := stock.Bucket(7)
	if d := diff([]engine.ItemRow{stored(itemIn(7, 0))}, page(t, e, engine.ItemScan{All: true, Bucket: &b})); d != "" {
		t.Error(d)
	}
	populate(t, e, 8)
	if n, err := e.DropBucket(t.Context(), 8, 2, 0); err != nil || n != 0 {
		t.Errorf("told to drop at most 0 it dropped %d, %v", n, err)
	}
}

// dropStale drops a bucket while it comes back: the rows that have come back
// are not touched.
func dropStale(t *testing.T, e engine.Engine) {
	populate(t, e, 6)
	mustEmpty(t, e, 6, 1000, 3*each)
	for range 10 {
		sealed, done := sealedAt(t, e, 6), make(chan error)
		go func() {
			for {
				n, err := e.DropBucket(t.Context(), 6, sealed, 5)
				if err != nil || n == 0 {
					done <- err
					return
				}
			}
		}()
		n := head(t, e) + 1
		g := recordGroup(n)
		g.Buckets = []engine.BucketRow{{Bucket: 6, Seq: n, Packed: noise(n, 6)}}
		mustAppend(t, e, g)
		if err := <-done; err != nil && !errors.Is(err, engine.ErrMoved) {
			t.Fatalf("drop while the bucket comes back: %v", err)
		}
	}
	populate(t, e, 6)
	mustHave(t, e, 6)
}

// dropLate asks the engine to drop a bucket for a row that the bucket no longer
// has. Such a caller was paused while others kept writing the bucket.
func dropLate(t *testing.T, e engine.Engine) {
	populate(t, e, 5, 6)
	mustEmpty(t, e, 6, 1000, 3*each)
	populate(t, e, 6) // it has come back
	for _, sealed := range []engine.Seq{0, 1, 3, 1 << 40} {
		for _, limit := range []int{1, 1000} {
			if n, err := e.DropBucket(t.Context(), 6, sealed, limit); !errors.Is(err, engine.ErrMoved) || n != 0 {
				t.Errorf("dropped %d for the row of record %d, %v, want ErrMoved", n, sealed, err)
			}
		}
	}
	mustHave(t, e, 5, 6)
	// The bucket gets another row while it is half dropped.
	if n, err := e.DropBucket(t.Context(), 6, 2, 7); err != nil || n != 7 {
		t.Fatalf("dropped %d, %v, want 7", n, err)
	}
	g := recordGroup(3)
	g.Buckets = []engine.BucketRow{{Bucket: 6, Seq: 3, Packed: noise(3, 6)}}
	mustAppend(t, e, g)
	if n, err := e.DropBucket(t.Context(), 6, 2, 7); !errors.Is(err, engine.ErrMoved) || n != 0 {
		t.Errorf("dropped %d for the row before, %v, want ErrMoved", n, err)
	}
	mustEmpty(t, e, 6, 7, 3*each-7)
	mustHave(t, e, 5)
}

func refillBucket(t *testing.T, e engine.Engine) {
	populate(t, e, 5, 6)
	for n := range engine.Seq(3) {
		mustEmpty(t, e, 6, 11, 3*each)
		g := recordGroup(n + 2)
		g.Items = []engine.ItemRow{stored(itemIn(6, 1))}
		if err := e.Append(t.Context(), n+1, g); err == nil || errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrMoved) {
			t.Errorf("a change of an item that is gone: %v, want an error of its own", err)
		}
		populate(t, e, 6) // items, holds and keys are fresh again
		mustHave(t, e, 5, 6)
		g = recordGroup(n + 3)
		g.Items = []engine.ItemRow{itemIn(6, 1)}
		if err := e.Append(t.Context(), n+2, g); err == nil || errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrMoved) {
			t.Errorf("an item that has come back, fresh once more: %v, want an error of its own", err)
		}
	}
	g := recordGroup(5)
	changed := stored(itemIn(6, 1))
	changed.Available++
	g.Items = []engine.ItemRow{changed}
	mustAppend(t, e, g)
	if d := diff([]engine.ItemRow{changed}, mustLoad(t, e, engine.Want{Items: []stock.ItemKey{changed.Key}}).Items); d != "" {
		t.Error(d)
	}
}

func dropBucketBeside(t *testing.T, e engine.Engine) {
	populate(t, e, 5, 6, 7)
	const to = 150
	var wg sync.WaitGroup
	for _, b := range []stock.Bucket{6, 7} {
		wg.Go(func() {
			left := 3 * each
			for {
				n, err := e.DropBucket(t.Context(), b, 1, 4)
				if err != nil {
					t.Errorf("drop beside appends: %v", err)
					return
				}
				if left -= n; n == 0 {
					break
				}
			}
			if left != 0 {
				t.Errorf("of bucket %d %d too few were dropped", b, left)
			}
		})
	}
	changed := stored(itemIn(5, 0))
	for n := engine.Seq(2); n <= to; n++ {
		g := recordGroup(n)
		changed.Version = uint64(n)
		added := itemIn(8, int(n))
		h, k := holdIn(5, 1000+int(n), n), keyIn(5, 1000+int(n), n)
		k.Index = uint32(n)
		g.Items, g.Holds, g.Keys = []engine.ItemRow{changed, added}, []engine.HoldRow{h}, []engine.KeyRow{k}
		mustAppend(t, e, g)
	}
	wg.Wait()
	for b, want := range map[stock.Bucket]string{5: "20 items, 169 holds", 6: "0 items, 0 holds", 7: "0 items, 0 holds", 8: "149 items, 0 holds"} {
		holds := 0
		if _, err := e.ScanHolds(t.Context(), engine.HoldScan{Bucket: &b}, func(*engine.HoldRow) error { holds++; return nil }); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d items, %d holds", len(page(t, e, engine.ItemScan{All: true, Bucket: &b})), holds); got != want {
			t.Errorf("bucket %d: %s, want %s", b, got, want)
		}
	}
}
