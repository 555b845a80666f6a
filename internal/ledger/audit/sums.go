package audit

import (
	"encoding/binary"
	"hash/maphash"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// hashParts is into how many parts a table is cut, by the hash of a row's
// key. A part that differs is looked at row by row.
const hashParts = 4096

// rowSum stands for a set of rows whatever their order: the sum of their
// hashes. Rows can be taken out of it again.
type rowSum struct{ a, b uint64 }

// rowSet is the sum of each part of a table. Rows of a bucket that ever moved
// are a part of their own, behind the others.
type rowSet [hashParts + stock.Buckets]rowSum

// partOfBucket is the part of a bucket that moved; bucketOfPart is the bucket
// whose part it is, false when the part is of the hashes.
func partOfBucket(b stock.Bucket) int { return hashParts + int(b) }

func bucketOfPart(part int) (stock.Bucket, bool) {
	return stock.Bucket(part - hashParts), part >= hashParts
}

// clear makes the bucket's part empty.
func (s *rowSet) clear(b stock.Bucket) { s[partOfBucket(b)] = rowSum{} }

func (s *rowSet) put(r hashedRow) {
	s[r.part].a += r.a
	s[r.part].b += r.b
}

func (s *rowSet) take(r hashedRow) {
	s[r.part].a -= r.a
	s[r.part].b -= r.b
}

// differing returns the parts in which the sets differ.
func (s *rowSet) differing(o *rowSet) []int {
	var parts []int
	for i := range s {
		if s[i] != o[i] {
			parts = append(parts, i)
		}
	}
	return parts
}

// hashedRow stands for one row in a set.
type hashedRow struct {
	part int
	rowSum
}

// rowHasher hashes rows. The seeds are of this run, so no two rows can be made
// to look alike.
type rowHasher struct {
	seeds [2]maphash.Seed
	buf   []byte
	// moved are the buckets whose rows are a part of their own; nil: none.
	moved *[stock.Buckets]bool
}

func newRowHasher() *rowHasher {
	return &rowHasher{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// isApart reports whether the rows of the bucket are a part of their own.
func (s *rowHasher) isApart(b stock.Bucket) bool {
	return s.moved != nil && b < stock.Buckets && s.moved[b]
}

// rowIn is row for a row of the bucket.
func (s *rowHasher) rowIn(b stock.Bucket, key int) hashedRow {
	r := s.row(key)
	if s.isApart(b) {
		r.part = partOfBucket(b)
	}
	return r
}

// row hashes what was written to buf; its first key bytes are the row's key.
func (s *rowHasher) row(key int) hashedRow {
	return hashedRow{
		part:   int(maphash.Bytes(s.seeds[0], s.buf[:key]) % hashParts),
		rowSum: rowSum{maphash.Bytes(s.seeds[0], s.buf), maphash.Bytes(s.seeds[1], s.buf)},
	}
}

func (s *rowHasher) text(v string) {
	s.buf = binary.AppendUvarint(s.buf, uint64(len(v)))
	s.buf = append(s.buf, v...)
}

func (s *rowHasher) number(v int64) { s.buf = binary.AppendVarint(s.buf, v) }

func (s *rowHasher) flag(v bool) {
	if v {
		s.buf = append(s.buf, 1)
	} else {
		s.buf = append(s.buf, 0)
	}
}

func (s *rowHasher) itemKey(k stock.ItemKey) int {
	s.buf = s.buf[:0]
	s.text(k.Tenant)
	s.text(k.Product)
	s.text(k.Location)
	s.text(k.Lot)
	return len(s.buf)
}

func (s *rowHasher) item(r *engine.ItemRow) hashedRow {
	key := s.itemKey(r.Key)
	for _, q := range [...]stock.Qty{r.Available, r.Held, r.OnHand, r.Threshold} {
		s.number(int64(q))
	}
	s.number(int64(r.Bucket))
	s.number(int64(r.Version))
	s.number(int64(r.UpdatedAt))
	s.number(int64(r.LapsesAt))
	s.flag(r.Tracked)
	s.flag(r.OnSale)
	s.flag(r.Low)
	s.buf = append(s.buf, r.Packed...)
	return s.rowIn(r.Bucket, key)
}

func (s *rowHasher) holdKey(k stock.HoldKey) int {
	s.buf = s.buf[:0]
	s.text(k.Tenant)
	s.text(k.Order)
	s.number(int64(k.Bucket))
	return len(s.buf)
}

func (s *rowHasher) hold(r *engine.HoldRow) hashedRow {
	key := s.holdKey(r.Key)
	s.flag(r.Open)
	s.number(int64(r.Deadline))
	s.number(int64(r.Seq))
	s.buf = append(s.buf, r.Packed...)
	return s.rowIn(r.Key.Bucket, key)
}

// journal cuts long histories of one item into parts, too.
func (s *rowHasher) journal(r *engine.JournalRow) hashedRow {
	s.itemKey(r.Item)
	s.number(int64(r.Seq >> 10))
	key := len(s.buf)
	s.number(int64(r.Seq))
	return s.row(key)
}
