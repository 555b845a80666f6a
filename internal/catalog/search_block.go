package catalog

import (
	"encoding/binary"
	"errors"
	"iter"
	"math/bits"
)

// SearchBlock is how many numbers are in a block of an index.
const SearchBlock = 1024

// SearchSet is numbers of one block, as their places in it.
type SearchSet [SearchBlock / 64]uint64

// BlockOf returns the block that a number is in, and its place there.
func BlockOf(number int64) (block int64, place int) {
	return number / SearchBlock, int(number % SearchBlock)
}

// Add adds a place.
func (s *SearchSet) Add(place int) { s[place/64] |= 1 << (place % 64) }

// Len is how many places are in the set.
func (s *SearchSet) Len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// And keeps what is in both sets.
func (s *SearchSet) And(o *SearchSet) {
	for i := range s {
		s[i] &= o[i]
	}
}

// Or adds what is in the other set.
func (s *SearchSet) Or(o *SearchSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Without takes out what is in the other set.
func (s *SearchSet) Without(o *SearchSet) {
	for i := range s {
		s[i] &^= o[i]
	}
}

// Shared is how many places both sets have.
func (s *SearchSet) Shared(o *SearchSet) (n int) {
	for i := range s {
		n += bits.OnesCount64(s[i] & o[i])
	}
	return n
}

// All returns the places in order.
func (s *SearchSet) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(i*64 + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}

// bitmapSize is how many bytes a bitmap has. A list of places is shorter.
const bitmapSize = SearchBlock / 8

var errSearchSet = errors.New("numbers of a search index are in a form that is not known here")

// pack writes the set: few places as a list of 16 bits each, others as a bitmap, both
// little-endian.
func (s *SearchSet) pack() []byte {
	packed := make([]byte, 0, bitmapSize)
	if 2*s.Len() < bitmapSize {
		for place := range s.All() {
			packed = binary.LittleEndian.AppendUint16(packed, uint16(place))
		}
		return packed
	}
	for _, w := range s {
		packed = binary.LittleEndian.AppendUint64(packed, w)
	}
	return packed
}

// unpack reads what pack has written.
func (s *SearchSet) unpack(packed []byte) error {
	*s = SearchSet{}
	switch n := len(packed); {
	case n == bitmapSize:
		for i := range s {
			s[i] = binary.LittleEndian.Uint64(packed[8*i:])
		}
	case n > bitmapSize || n%2 != 0:
		return errSearchSet
	default:
		for ; len(packed) > 0; packed = packed[2:] {
			place := binary.LittleEndian.Uint16(packed)
			if place >= SearchBlock {
				return errSearchSet
			}
			s.Add(int(place))
		}
	}
	return nil
}
