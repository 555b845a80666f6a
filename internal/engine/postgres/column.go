package postgres

import (
	"encoding/binary"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// row is one row of an answer in binary form. Its columns are taken one after
// another; what is taken is copied, because the row is gone with the next one.
type row struct {
	cols [][]byte
	err  error
}

// next returns the column as it is; nil when it is NULL.
func (r *row) next() []byte {
	c := r.cols[0]
	r.cols = r.cols[1:]
	return c
}

// sized returns the next column, which must have size bytes.
func (r *row) sized(size int) []byte {
	c := r.next()
	if len(c) != size {
		if r.err == nil {
			r.err = fmt.Errorf("%w: %d bytes where there must be %d", engine.ErrBroken, len(c), size)
		}
		return make([]byte, size)
	}
	return c
}

func (r *row) int8() int64      { return int64(binary.BigEndian.Uint64(r.sized(8))) }
func (r *row) seq() engine.Seq  { return engine.Seq(r.int8()) }
func (r *row) qty() stock.Qty   { return stock.Qty(r.int8()) }
func (r *row) time() stock.Time { return stock.Time(r.int8()) }
func (r *row) bool() bool       { return r.sized(1)[0] != 0 }
func (r *row) text() string     { return string(r.next()) }
func (r *row) tid() tid         { return tid(r.sized(len(tid{}))) }
func (r *row) uuid() [16]byte   { return [16]byte(r.sized(16)) }
func (r *row) bytes() []byte    { return append([]byte{}, r.next()...) }
func (r *row) skip(n int)       { r.cols = r.cols[n:] }
func (r *row) null() bool       { return r.cols[0] == nil }
func (r *row) bucket() (b stock.Bucket) {
	return stock.Bucket(binary.BigEndian.Uint16(r.sized(2)))
}

// ints reads an array of bigint.
func (r *row) ints() []int64 {
	const head, one = 20, 12
	c := r.next()
	if len(c) < head {
		return nil // no element
	}
	var all []int64
	for c = c[head:]; len(c) >= one; c = c[one:] {
		all = append(all, int64(binary.BigEndian.Uint64(c[4:])))
	}
	return all
}

// The columns that the functions below read, in their order.
const (
	itemCols = "i.tenant, i.product, i.location, i.lot, i.bucket, i.available, i.held, i.on_hand, i.threshold, i.tracked, " +
		"i.on_sale, i.low, i.version, i.updated_at, i.lapses_at, i.packed"
	holdCols   = "o.tenant, o.order_id, o.bucket, o.open, o.deadline, o.seq, o.packed"
	keyCols    = "k.hash, k.bucket, k.print, k.no"
	recordCols = "seq, at, writer, nonce, hash, text, body"
)

func (r *row) item() (engine.ItemRow, error) {
	it := engine.ItemRow{
		Key:       stock.ItemKey{Tenant: r.text(), Product: r.text(), Location: r.text(), Lot: r.text()},
		Bucket:    r.bucket(),
		Available: r.qty(),
		Held:      r.qty(),
		OnHand:    r.qty(),
		Threshold: r.qty(),
		Tracked:   r.bool(),
		OnSale:    r.bool(),
		Low:       r.bool(),
		Version:   uint64(r.int8()),
		UpdatedAt: r.time(),
		LapsesAt:  r.time(),
		Packed:    r.bytes(),
	}
	return it, r.err
}

func (r *row) hold() (engine.HoldRow, error) {
	h := engine.HoldRow{
		Key:      stock.HoldKey{OrderKey: stock.OrderKey{Tenant: r.text(), Order: r.text()}, Bucket: r.bucket()},
		Open:     r.bool(),
		Deadline: r.time(),
		Seq:      r.seq(),
		Packed:   r.bytes(),
	}
	return h, r.err
}

func (r *row) key() (engine.KeyRow, error) {
	k := engine.KeyRow{ID: r.uuid(), Bucket: r.bucket(), Print: r.uuid()}
	k.SetNo(r.int8())
	return k, r.err
}

func (r *row) record() (engine.Record, error) {
	rec := engine.Record{
		Seq: r.seq(), At: r.time(), Writer: r.uuid(), Nonce: uint64(r.int8()), Hash: [32]byte(r.sized(32)),
	}
	if r.null() {
		r.skip(1)
	} else {
		rec.Text = r.bytes()
	}
	rec.Body = r.bytes()
	return rec, r.err
}
