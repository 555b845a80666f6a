package stock

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// This file holds what all formats of this package are made of; they are
// described byte by byte in docs/protocol/log.md. Each value has exactly one
// encoding, and a source refuses every other.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumSize is the size of a CRC-32C, little-endian.
const sumSize = 4

func appendUint(dst []byte, v uint64) []byte { return binary.AppendUvarint(dst, v) }
func appendInt(dst []byte, v int64) []byte   { return binary.AppendVarint(dst, v) }
func appendQty(dst []byte, q Qty) []byte     { return binary.AppendVarint(dst, int64(q)) }

// appendTime writes t as its difference to base. Differences wrap around, so
// every pair of times has one.
func appendTime(dst []byte, base, t Time) []byte {
	return binary.AppendVarint(dst, int64(t-base))
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// uintSize is how many bytes appendUint writes.
func uintSize(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// bit returns the mask when it is to be set among the flags.
func bit[T byte | uint64](on bool, mask T) T {
	if on {
		return mask
	}
	return 0
}

// source reads values off the front of p. The first one that is not as the
// append functions write it spoils the source: from then on it is bad, empty
// and gives zero values.
type source struct {
	p   []byte
	bad bool
}

func (s *source) spoil() { s.p, s.bad = nil, true }

// done reports whether everything was read and all of it was good.
func (s *source) done() bool { return !s.bad && len(s.p) == 0 }

// want spoils the source unless ok.
func (s *source) want(ok bool) {
	if !ok {
		s.spoil()
	}
}

func (s *source) byte() byte {
	if len(s.p) == 0 {
		s.spoil()
		return 0
	}
	b := s.p[0]
	s.p = s.p[1:]
	return b
}

func (s *source) bool() bool {
	b := s.byte()
	s.want(b <= 1)
	return b == 1
}

func (s *source) uint() uint64 {
	if len(s.p) > 0 && s.p[0] < 0x80 {
		v := s.p[0]
		s.p = s.p[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(s.p)
	// A last byte of 0 is a longer spelling of a shorter number.
	if n <= 0 || s.p[n-1] == 0 {
		s.spoil()
		return 0
	}
	s.p = s.p[n:]
	return v
}

func (s *source) int() int64 {
	u := s.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (s *source) qty() Qty            { return Qty(s.int()) }
func (s *source) time(base Time) Time { return base + Time(s.int()) }

// take returns the next n bytes, which stay part of the input.
func (s *source) take(n uint64) []byte {
	if n > uint64(len(s.p)) {
		s.spoil()
		return nil
	}
	b := s.p[:n:n]
	s.p = s.p[n:]
	return b
}

func (s *source) string() string { return string(s.take(s.uint())) }

// count reads how many elements follow. It is never more than the input has
// room for when each takes at least size bytes, so it is safe to allocate.
func (s *source) count(size int) int {
	n := s.uint()
	if n > uint64(len(s.p)/size) {
		s.spoil()
		return 0
	}
	return int(n)
}

func (s *source) bucket() Bucket {
	n := s.uint()
	s.want(n < Buckets)
	return Bucket(n % Buckets)
}

// index reads a small number that is an index somewhere.
func (s *source) index() int {
	n := s.uint()
	s.want(n <= math.MaxInt32)
	return int(n & math.MaxInt32)
}

func (s *source) end() End {
	e := End(s.byte())
	s.want(e <= EndExpired)
	return e
}
