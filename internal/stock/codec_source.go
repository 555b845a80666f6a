package stock

import (
	"encoding/binary"
	"math"
)

// byteReader reads values off the front of p. The first value that is not as the append
// functions write it makes the source bad: from then on it is empty and returns zero
// values.
type byteReader struct {
	p   []byte
	bad bool
	// newer says that the source is bad because of a bit that this program does not know.
	newer bool
}

func (s *byteReader) spoil() { s.p, s.bad = nil, true }

// done reports whether everything was read and all of it was good.
func (s *byteReader) done() bool { return !s.bad && len(s.p) == 0 }

// fault says why a source that is not done could not be read.
func (s *byteReader) fault() error {
	if s.newer {
		return ErrNewer
	}
	return ErrMalformed
}

// want makes the source bad unless ok.
func (s *byteReader) want(ok bool) {
	if !ok {
		s.spoil()
	}
}

// bitmap reads which parts follow; known has the bits that may be set here.
func (s *byteReader) bitmap(known uint64) uint64 {
	bits := s.uint()
	if bits&^known != 0 {
		*s = byteReader{bad: true, newer: true}
	}
	return bits & known
}

func (s *byteReader) byte() byte {
	if len(s.p) == 0 {
		s.spoil()
		return 0
	}
	b := s.p[0]
	s.p = s.p[1:]
	return b
}

func (s *byteReader) bool() bool {
	b := s.byte()
	s.want(b <= 1)
	return b == 1
}

func (s *byteReader) uint() uint64 {
	// Most numbers take one byte, buckets and versions two.
	switch p := s.p; {
	case len(p) > 0 && p[0] < 0x80:
		s.p = p[1:]
		return uint64(p[0])
	case len(p) > 1 && p[1] < 0x80 && p[1] != 0:
		s.p = p[2:]
		return uint64(p[0]&0x7f) | uint64(p[1])<<7
	}
	v, n := binary.Uvarint(s.p)
	// A last byte of 0 is a longer spelling of a smaller number.
	if n <= 0 || s.p[n-1] == 0 {
		s.spoil()
		return 0
	}
	s.p = s.p[n:]
	return v
}

// uint32 reads a number that fits.
func (s *byteReader) uint32() uint32 {
	n := s.uint()
	s.want(n <= math.MaxUint32)
	return uint32(n & math.MaxUint32)
}

func (s *byteReader) int() int64 {
	u := s.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (s *byteReader) qty() Qty            { return Qty(s.int()) }
func (s *byteReader) time(base Time) Time { return base + Time(s.int()) }

// readOptionalQty reads a quantity that is left out when it is 0.
func (s *byteReader) readOptionalQty() Qty {
	q := s.qty()
	s.want(q != 0)
	return q
}

// readOptionalTime reads a time that is left out when it is 0.
func (s *byteReader) readOptionalTime(base Time) Time {
	t := s.time(base)
	s.want(t != 0)
	return t
}

// take returns the next n bytes, which stay part of the input.
func (s *byteReader) take(n uint64) []byte {
	if n > uint64(len(s.p)) {
		s.spoil()
		return nil
	}
	b := s.p[:n:n]
	s.p = s.p[n:]
	return b
}

// fill reads bytes until dst is full.
func (s *byteReader) fill(dst []byte) { copy(dst, s.take(uint64(len(dst)))) }

func (s *byteReader) string() string { return string(s.take(s.uint())) }

// count reads how many elements follow. It is never more than the input has
// room for when each takes at least size bytes, so it is safe to allocate.
func (s *byteReader) count(size int) int {
	n := s.uint()
	if n > uint64(len(s.p)/size) {
		s.spoil()
		return 0
	}
	return int(n)
}

// optionalCount is count of a list that is left out when it is empty.
func (s *byteReader) optionalCount(size int) int {
	n := s.count(size)
	s.want(n > 0)
	return n
}

// names reads how many names follow, and each with name.
func (s *byteReader) names(name func() string) []string {
	n := s.count(1)
	if n == 0 {
		return nil
	}
	names := make([]string, n)
	for i := range names {
		names[i] = name()
	}
	return names
}

// readOptionalNames reads the names of a list that is left out when it is empty.
func (s *byteReader) readOptionalNames(name func() string) []string {
	names := s.names(name)
	s.want(len(names) > 0)
	return names
}

func (s *byteReader) bucket() Bucket {
	n := s.uint()
	s.want(n < Buckets)
	return Bucket(n % Buckets)
}

func (s *byteReader) slot() uint16 {
	n := s.uint()
	s.want(n < 1<<16)
	return uint16(n)
}

// index reads a small number that is an index somewhere.
func (s *byteReader) index() int {
	n := s.uint()
	s.want(n <= math.MaxInt32)
	return int(n & math.MaxInt32)
}
