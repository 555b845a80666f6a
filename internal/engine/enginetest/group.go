package enginetest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// items is how many items the groups of Nth take turns on.
const items = 7

// bucketRows is how many groups of Nth come to one that has the row of a bucket.
const bucketRows = 9

// Nth returns the group for seq n when a case does not care about its content.
// Everything in it follows from n, so the head h determines what all the rows
// must be. It changes item n%7, opens a hold, ends the hold opened three groups
// before, and has a key and now and then a text or the row of a bucket.
func Nth(n engine.Seq) *engine.Group {
	g := &engine.Group{
		Record: Record(n),
		Items:  []engine.ItemRow{nthItem(n)},
		Holds:  []engine.HoldRow{nthHold(n, n)},
		Keys:   []engine.KeyRow{nthKey(n)},
	}
	if n > 1 {
		g.Prev = Record(n - 1).Hash
	}
	if n > 3 {
		g.Holds = append(g.Holds, nthHold(n-3, n))
	}
	if n%5 == 0 {
		g.Text = fmt.Appendf(nil, "text %d", n)
		g.Ask = true
	}
	if n%bucketRows == 0 {
		g.Buckets = []engine.BucketRow{nthBucketRow(n)}
	}
	return g
}

// Record returns the record of Nth.
func Record(n engine.Seq) engine.Record {
	r := engine.Record{
		Seq:    n,
		At:     stock.Time(1_700_000_000_000 + n),
		Writer: [16]byte{1, 2, 3},
		Nonce:  uint64(n) * 0x9e3779b97f4a7c15,
		Body:   noise(n, 40+int(n%300)*13),
	}
	copy(r.Hash[:], noise(n+1<<40, 32))
	return r
}

func nthItem(n engine.Seq) engine.ItemRow {
	return engine.ItemRow{
		Key:       itemKey(n),
		Bucket:    stock.Bucket(n % items),
		Fresh:     n <= items,
		Available: stock.Qty(n * 3),
		Held:      stock.Qty(n),
		OnHand:    stock.Qty(n * 4),
		Threshold: stock.Qty(n % 100),
		Tracked:   n%3 == 0,
		OnSale:    n%5 != 0,
		Low:       n%4 == 0,
		Version:   uint64(n),
		UpdatedAt: stock.Time(1_700_000_000_000 + n),
		LapsesAt:  nthLapse(n),
		Packed:    noise(n+2<<40, 20+int(n%50)),
	}
}

// nthLapse gives every third item a time at which it lapses.
func nthLapse(n engine.Seq) stock.Time {
	if n%3 != 0 {
		return 0
	}
	return stock.Time(1_750_000_000_000 + n)
}

func itemKey(n engine.Seq) stock.ItemKey {
	return stock.ItemKey{Tenant: "t", Location: "default", Product: fmt.Sprintf("p-%d", n%items)}
}

// nthHold is the hold opened by record n as record by leaves it.
func nthHold(n, by engine.Seq) engine.HoldRow {
	h := engine.HoldRow{
		Key:    holdKey(n),
		Fresh:  by == n,
		Open:   by == n,
		Seq:    by,
		Packed: noise(n+by+3<<40, 30+int(n%60)),
	}
	if h.Open {
		h.Deadline = stock.Time(1_800_000_000_000 + n)
	}
	return h
}

func holdKey(n engine.Seq) stock.HoldKey {
	return stock.HoldKey{
		OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("order-%d", n)},
		Bucket:   stock.Bucket(n % stock.Buckets),
	}
}

func nthKey(n engine.Seq) engine.KeyRow {
	k := engine.KeyRow{ID: keyID(n), Bucket: stock.Bucket(n % stock.Buckets), Seq: n, Index: uint32(n % 1000)}
	copy(k.Print[:], noise(n+4<<40, 16))
	return k
}

// nthBucketRow is the row of a bucket of record n, one that has one.
func nthBucketRow(n engine.Seq) engine.BucketRow {
	return engine.BucketRow{Bucket: stock.Bucket(n / bucketRows % 5), Seq: n, Packed: noise(n+6<<40, int(n%40))}
}

func keyID(n engine.Seq) (id engine.KeyID) {
	copy(id[:], noise(n+5<<40, 16))
	return id
}

// noise is bytes that follow from n, every value among them.
func noise(n engine.Seq, size int) []byte {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(n))
	b := make([]byte, size)
	if _, err := rand.NewChaCha8(seed).Read(b); err != nil {
		panic(err) // it never fails
	}
	return b
}

// recordGroup is a group that holds only a record.
func recordGroup(n engine.Seq) *engine.Group { return &engine.Group{Record: Record(n)} }
