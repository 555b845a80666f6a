package postgres

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"
)

// params are the parameters of one statement in PostgreSQL's binary form. They
// are written into one piece of memory that is used again and again: a group
// of a thousand rows costs no more allocations than one of three.
type params struct {
	buf   []byte
	spans []boundValue
	vals  [][]byte
}

// boundValue is one parameter: a part of buf, bytes of the caller, or NULL.
type boundValue struct {
	from, to int
	own      []byte
	null     bool
}

func (p *params) reset() {
	p.buf, p.spans = p.buf[:0], p.spans[:0]
}

// values returns the parameters, good until the next reset.
func (p *params) values() [][]byte {
	p.vals = p.vals[:0]
	for _, s := range p.spans {
		switch {
		case s.null:
			p.vals = append(p.vals, nil)
		case s.own != nil:
			p.vals = append(p.vals, s.own)
		default:
			p.vals = append(p.vals, p.buf[s.from:s.to:s.to])
		}
	}
	return p.vals
}

// forget lets go of the caller's bytes.
func (p *params) forget() {
	clear(p.spans[:cap(p.spans)])
	clear(p.vals[:cap(p.vals)])
}

func (p *params) open()  { p.spans = append(p.spans, boundValue{from: len(p.buf)}) }
func (p *params) close() { p.spans[len(p.spans)-1].to = len(p.buf) }

// bytes adds bytes that are not copied; nil is an empty value.
func (p *params) bytes(b []byte) {
	if b == nil {
		b = []byte{}
	}
	p.spans = append(p.spans, boundValue{own: b})
}

func (p *params) null() { p.spans = append(p.spans, boundValue{null: true}) }

func (p *params) int8(n int64) {
	p.open()
	p.buf = binary.BigEndian.AppendUint64(p.buf, uint64(n))
	p.close()
}

func (p *params) int2(n uint16) {
	p.open()
	p.buf = binary.BigEndian.AppendUint16(p.buf, n)
	p.close()
}

func (p *params) bool(b bool) {
	p.open()
	p.buf = append(p.buf, bit(b))
	p.close()
}

// tid adds the place of the first row of a page.
func (p *params) tid(page uint32) {
	p.open()
	p.buf = binary.BigEndian.AppendUint32(p.buf, page)
	p.buf = binary.BigEndian.AppendUint16(p.buf, 0)
	p.close()
}

func (p *params) text(s string) {
	p.open()
	p.buf = append(p.buf, s...)
	p.close()
}

func (p *params) uuid(id [16]byte) {
	p.open()
	p.buf = append(p.buf, id[:]...)
	p.close()
}

// array adds an array parameter of n elements, which fn appends with the elem
// functions below.
func array[R any](p *params, oid uint32, rows []R, fn func(buf []byte, row *R) []byte) {
	p.open()
	dims := uint32(1)
	if len(rows) == 0 {
		dims = 0
	}
	p.buf = binary.BigEndian.AppendUint32(p.buf, dims)
	p.buf = binary.BigEndian.AppendUint32(p.buf, 0) // no NULLs among them
	p.buf = binary.BigEndian.AppendUint32(p.buf, oid)
	if dims > 0 {
		p.buf = binary.BigEndian.AppendUint32(p.buf, uint32(len(rows)))
		p.buf = binary.BigEndian.AppendUint32(p.buf, 1) // counted from 1
	}
	for i := range rows {
		p.buf = fn(p.buf, &rows[i])
	}
	p.close()
}

func elemInt8(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(n))
}

func elemInt2(b []byte, n uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(b, 2), n)
}

func elemBool(b []byte, v bool) []byte {
	return append(binary.BigEndian.AppendUint32(b, 1), bit(v))
}

func elemUUID(b []byte, id [16]byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, 16), id[:]...)
}

func elem[S ~string | ~[]byte](b []byte, s S) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// The types of array elements.
const (
	oidBool  = pgtype.BoolOID
	oidBytes = pgtype.ByteaOID
	oidInt8  = pgtype.Int8OID
	oidInt2  = pgtype.Int2OID
	oidText  = pgtype.TextOID
	oidUUID  = pgtype.UUIDOID
	oidTid   = pgtype.TIDOID
)
