package enginetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var bucketTests = []test{
	{"the row of a bucket replaces the one before, and is read with the head", replaceRows},
	{"the row of a bucket is stored with its group or not at all", bucketRowRefused},
	{"the row of a bucket is stored by a writer that holds the lock", bucketRowLocked},
	{"rows of buckets are those at the head they were read at, while others append", func(t *testing.T, e engine.Engine) {
		whileAppending(t, e, bucketsSnapshot)
	}},
	{"items and holds are scanned bucket by bucket", scanBucket},
	{"a bucket is dropped in steps, and no other", dropBucket},
	{"nothing is dropped of a bucket that has nothing or that has never moved", dropNothing},
	{"nothing is dropped when the bucket's row was replaced meanwhile", dropStale},
	{"nothing is dropped for a row that the bucket had before it came back", dropLate},
	{"a bucket that was dropped may be filled and dropped again", refillBucket},
	{"the journal of an item stays when its bucket is dropped, and goes on when it comes back", dropKeepsJournal},
	{"a new item has no part in the journal of one that is gone", dropKeepsNumbers},
	{"appends go on while a bucket is dropped", dropBucketBeside},
}

// nthBucketRows are the rows of buckets that the groups of Nth up to h leave.
func nthBucketRows(h engine.Seq) []engine.BucketRow {
	var rows []engine.BucketRow
	for n, i := h-h%bucketRows, 0; n > 0 && i < 5; n, i = n-bucketRows, i+1 {
		rows = append(rows, nthBucketRow(n))
	}
	slices.SortFunc(rows, func(a, b engine.BucketRow) int { return cmp.Compare(a.Bucket, b.Bucket) })
	return rows
}

func replaceRows(t *testing.T, e engine.Engine) {
	const to = 55
	for h := engine.Seq(0); h <= to; h += 5 {
		Fill(t, e, h)
		rows, at, err := e.Buckets(t.Context())
		if d := diff(nthBucketRows(h), rows); err != nil || at != h || d != "" {
			t.Fatalf("at head %d, %v, want %d (-want +got):\n%s", at, err, h, d)
		}
	}
	g := recordGroup(to + 1)
	g.Buckets = []engine.BucketRow{{Bucket: 1023, Seq: to + 1, Packed: noise(1, 50_000)}, {Bucket: 0, Seq: to + 1, Packed: []byte{}}, {Bucket: 17, Seq: to + 1, Packed: noise(2, 3)}}
	mustAppend(t, e, g)
	want := slices.DeleteFunc(nthBucketRows(to), func(b engine.BucketRow) bool { return b.Bucket == 0 })
	want = append(append([]engine.BucketRow{g.Buckets[1]}, want...), g.Buckets[2], g.Buckets[0])
	rows, _, err := e.Buckets(t.Context())
	if d := diff(want, rows); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	clear(rows[len(rows)-1].Packed) // it belongs to the caller
	if rows, _, err = e.Buckets(t.Context()); diff(want, rows) != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff(want, rows))
	}
}

func bucketRowRefused(t *testing.T, e engine.Engine) {
	Fill(t, e, 17)
	for what, tc := range map[string]struct {
		after engine.Seq
		spoil func(*engine.Group)
		// exists and stale say which errors it may be but one of its own.
		exists, stale bool
	}{
		"a stale writer":          {8, func(*engine.Group) {}, true, true},
		"a key that exists":       {17, func(g *engine.Group) { g.Keys[0].ID = keyID(3) }, true, false},
		"an unknown item":         {17, func(g *engine.Group) { g.Items[0].Key.Product = "unheard of" }, false, false},
		"the row of no bucket":    {17, func(g *engine.Group) { g.Buckets[0].Bucket = stock.Buckets }, false, false},
		"a row of another record": {17, func(g *engine.Group) { g.Buckets[0].Seq-- }, false, false},
		"a bucket named twice":    {17, func(g *engine.Group) { g.Buckets = append(g.Buckets, g.Buckets[0]) }, false, false},
	} {
		for _, ask := range []bool{false, true} {
			g := Nth(tc.after + 1)
			g.Ask = ask
			tc.spoil(g)
			err := e.Append(t.Context(), tc.after, g)
			_, exists := errors.AsType[*engine.ExistsError](err)
			stale := errors.Is(err, engine.ErrMoved)
			named := exists || stale
			if err == nil || errors.Is(err, engine.ErrBroken) || exists && !tc.exists || stale && !tc.stale || !named && (tc.exists || tc.stale) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	mustContinue(t, e, 17, 18)
}

func bucketRowLocked(t *testing.T, e engine.Engine) {
	Fill(t, e, 8)
	w := lock(t, e)
	g := Nth(9)
	g.Keys[0].ID = keyID(2)
	var exists *engine.ExistsError
	if err := w.Append(t.Context(), 8, g); !errors.As(err, &exists) {
		t.Errorf("append of a key that exists: %v", err)
	}
	if err := w.Append(t.Context(), 8, Nth(9)); err != nil {
		t.Fatal(err)
	}
	mustBe(t, e, 9)
	if rows, h, err := e.Buckets(t.Context()); err != nil || h != 9 || len(rows) != 1 {
		t.Errorf("%d rows at %d, %v", len(rows), h, err)
	}
}

func bucketsSnapshot(t *testing.T, e engine.Engine) {
	rows, h, err := e.Buckets(t.Context())
	if d := diff(nthBucketRows(h), rows); err != nil || d != "" {
		t.Errorf("at head %d, %v (-want +got):\n%s", h, err, d)
	}
}

func scanBucket(t *testing.T, e engine.Engine) {
	populate(t, e, 3, 1000)
	for _, b := range []stock.Bucket{3, 1000, 4} {
		var items []engine.ItemRow
		var holds, open []engine.HoldRow
		for i := range each {
			if b == 4 {
				break
			}
			it, h := itemIn(b, i), holdIn(b, i, 1)
			items, holds = append(items, stored(it)), append(holds, unfresh(h))
			if h.Open {
				open = append(open, unfresh(h))
			}
		}
		for _, limit := range []int{0, 1, 7} {
			for _, low := range []bool{false, true} {
				want := slices.DeleteFunc(slices.Clone(items), func(r engine.ItemRow) bool { return low && !r.Low })
				slices.SortFunc(want, byItem)
				for _, s := range []engine.ItemScan{{All: true}, {Tenant: "t"}, {Tenant: "t", Location: placeOf(b)}} {
					s.Low, s.Limit, s.Bucket = low, limit, &b
					if d := diff(want, pages(t, e, s)); d != "" {
						t.Errorf("scan %+v of bucket %d (-want +got):\n%s", s, b, d)
					}
				}
			}
		}
		for _, s := range []engine.HoldScan{{Bucket: &b}, {Bucket: &b, Open: true}} {
			want := holds
			if s.Open {
				want = open
			}
			var got []engine.HoldRow
			h, err := e.ScanHolds(t.Context(), s, collect(&got))
			if err := same("holds", 1, h, err, slices.Clone(want), got, byHold); err != nil {
				t.Errorf("bucket %d, open %t: %v", b, s.Open, err)
			}
		}
	}
}
