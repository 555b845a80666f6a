package enginetest

import (
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// each is how many rows of each kind populate makes in a bucket.
const each = 20

// populate appends a record with items, holds and keys in the buckets, and
// their rows.
func populate(t *testing.T, e engine.Engine, buckets ...stock.Bucket) {
	t.Helper()
	n := head(t, e) + 1
	g := recordGroup(n)
	for _, b := range buckets {
		for i := range each {
			g.Items = append(g.Items, itemIn(b, i))
			g.Holds = append(g.Holds, holdIn(b, i, n))
			g.Keys = append(g.Keys, keyIn(b, i, n))
		}
		g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: b, Seq: n, Packed: noise(n, int(b))})
	}
	mustAppend(t, e, g)
}

func placeOf(b stock.Bucket) string { return fmt.Sprintf("place-%d", b) }

func itemIn(b stock.Bucket, i int) engine.ItemRow {
	r := nthItem(engine.Seq(i + 1))
	r.Key = stock.ItemKey{Tenant: "t", Location: placeOf(b), Product: fmt.Sprintf("p-%d", i), Lot: "l"}
	r.Bucket, r.Fresh = b, true
	return r
}

func holdIn(b stock.Bucket, i int, seq engine.Seq) engine.HoldRow {
	r := nthHold(engine.Seq(i+1), engine.Seq(i+1))
	r.Key = stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("o-%d", i)}, Bucket: b}
	r.Open, r.Seq = i%3 != 0, seq
	return r
}

func keyIn(b stock.Bucket, i int, seq engine.Seq) engine.KeyRow {
	r := nthKey(engine.Seq(i + 1))
	r.ID[0], r.ID[1] = byte(b), byte(b>>8)
	r.Bucket, r.Seq, r.Index = b, seq, uint32(b)*each+uint32(i)
	return r
}

func unfresh(h engine.HoldRow) engine.HoldRow {
	h.Fresh = false
	return h
}

// sealedAt is the record that the bucket's row was stored with.
func sealedAt(t *testing.T, e engine.Engine, b stock.Bucket) engine.Seq {
	t.Helper()
	rows, _, err := e.Buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(r engine.BucketRow) bool { return r.Bucket == b })
	if i < 0 {
		t.Fatalf("bucket %d has no row", b)
	}
	return rows[i].Seq
}

// mustEmpty drops the bucket in steps of limit until nothing is left, and
// fails unless it was want rows.
func mustEmpty(t *testing.T, e engine.Engine, b stock.Bucket, limit, want int) {
	t.Helper()
	sealed := sealedAt(t, e, b)
	for {
		n, err := e.DropBucket(t.Context(), b, sealed, limit)
		if err != nil || n > limit || n > want {
			t.Fatalf("dropped %d of bucket %d, at most %d, %d to go: %v", n, b, limit, want, err)
		}
		if want -= n; n == 0 {
			break
		}
	}
	if n, err := e.DropBucket(t.Context(), b, sealed, limit); err != nil || n != 0 || want != 0 {
		t.Fatalf("dropped %d more of bucket %d, %d too few: %v", n, b, want, err)
	}
}

// mustHave fails unless the rows are those that populate made last in the
// buckets, whichever way they are read.
func mustHave(t *testing.T, e engine.Engine, buckets ...stock.Bucket) {
	t.Helper()
	h := head(t, e)
	at := map[stock.Bucket]engine.Seq{} // the record that filled a bucket
	rows, _, err := e.Buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		at[r.Bucket] = r.Seq
	}
	want := &engine.Loaded{Head: h}
	for _, b := range buckets {
		for i := range each {
			want.Items = append(want.Items, stored(itemIn(b, i)))
			want.Holds = append(want.Holds, unfresh(holdIn(b, i, at[b])))
			want.Keys = append(want.Keys, keyIn(b, i, at[b]))
		}
	}
	var w engine.Want
	for b := range at { // those that were dropped too
		for i := range each {
			w.Items = append(w.Items, itemIn(b, i).Key)
			w.Orders = append(w.Orders, holdIn(b, i, 0).Key.OrderKey)
			w.Keys = append(w.Keys, keyIn(b, i, 0).ID)
			w.Products = append(w.Products, engine.ProductKey{Tenant: "t", Product: itemIn(b, i).Key.Product})
		}
	}
	if d := diffLoaded(want, mustLoad(t, e, w)); d != "" {
		t.Fatalf("loaded (-want +got):\n%s", d)
	}
	low := slices.DeleteFunc(slices.Clone(want.Items), func(r engine.ItemRow) bool { return !r.Low })
	for _, s := range []engine.ItemScan{{All: true}, {Tenant: "t"}, {All: true, Low: true}} {
		rows := want.Items
		if s.Low {
			rows = low
		}
		if d := diff(rows, page(t, e, s)); d != "" {
			t.Fatalf("scan %+v (-want +got):\n%s", s, d)
		}
	}
	var holds []engine.HoldRow
	hh, err := e.ScanHolds(t.Context(), engine.HoldScan{}, collect(&holds))
	if err := same("holds", h, hh, err, want.Holds, holds, byHold); err != nil {
		t.Fatal(err)
	}
	var keys []engine.KeyRow
	hk, err := e.ScanKeys(t.Context(), 0, 0, collect(&keys))
	byID := func(a, b engine.KeyRow) int { return slices.Compare(a.ID[:], b.ID[:]) }
	if err := same("keys", h, hk, err, want.Keys, keys, byID); err != nil {
		t.Fatal(err)
	}
}
