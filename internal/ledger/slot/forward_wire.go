package slot

import "encoding/binary"

// wire reads values off the front of b. The first missing value spoils it: then it
// is bad and empty and gives zero values.
type wire struct {
	b   []byte
	bad bool
}

func (s *wire) want(ok bool) {
	if !ok {
		s.b, s.bad = nil, true
	}
}

func (s *wire) byte() byte {
	if len(s.b) == 0 {
		s.want(false)
		return 0
	}
	v := s.b[0]
	s.b = s.b[1:]
	return v
}

// uint reads a number up to most.
func (s *wire) uint(most uint64) uint64 {
	v, n := binary.Uvarint(s.b)
	if n <= 0 || v > most {
		s.want(false)
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *wire) int() int64 {
	v, n := binary.Varint(s.b)
	if n <= 0 {
		s.want(false)
		return 0
	}
	s.b = s.b[n:]
	return v
}

// count reads how many elements of at least size bytes follow.
func (s *wire) count(size int) int { return int(s.uint(uint64(len(s.b) / size))) }

func (s *wire) copy(to []byte) {
	if len(s.b) < len(to) {
		s.want(false)
		return
	}
	copy(to, s.b)
	s.b = s.b[len(to):]
}

// bytes reads a length and that many bytes, which stay part of the input.
func (s *wire) bytes() []byte {
	n := s.uint(1 << 32)
	if n > uint64(len(s.b)) {
		s.want(false)
		return nil
	}
	v := s.b[:n:n]
	s.b = s.b[n:]
	return v
}

func appendBytes[T string | []byte](dst []byte, v T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// cut shortens a text for people.
func cut(s string) string { return s[:min(len(s), 300)] }
