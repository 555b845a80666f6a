package sheet

import (
	"hash/maphash"
)

// index maps millions of texts to numbers in some 20 bytes each, without keeping the texts:
// it mistakes two of them for the same with a chance of 2^-95.
type index struct {
	slots []indexSlot
	n     int
	seeds [2]maphash.Seed
}

// indexSlot is the hash of a text, and its number.
type indexSlot struct {
	sum   [3]uint32 // [0] is 0 where nothing is
	value uint32
}

func newIndex() *index {
	return &index{slots: make([]indexSlot, 1024), seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// put stores value for the pair, unless there is a value already, which it
// returns.
func (x *index) put(a, b string, value uint32) (before uint32, had bool) {
	if x.n*5 >= len(x.slots)*4 {
		x.grow()
	}
	first, second := x.hash(0, a, b), x.hash(1, a, b)
	s := indexSlot{sum: [3]uint32{uint32(first) | 1, uint32(first >> 32), uint32(second)}, value: value}
	at := x.find(s)
	if x.slots[at].sum[0] != 0 {
		return x.slots[at].value, true
	}
	x.slots[at] = s
	x.n++
	return 0, false
}

// hash covers both texts and the end of the first; 0xff is in no UTF-8 text.
// A hash accepts every write.
func (x *index) hash(seed int, a, b string) uint64 {
	var h maphash.Hash
	h.SetSeed(x.seeds[seed])
	_, _ = h.WriteString(a)
	_ = h.WriteByte(0xff)
	_, _ = h.WriteString(b)
	return h.Sum64()
}

// find returns the place of s, or where it belongs.
func (x *index) find(s indexSlot) int {
	at := int(uint64(s.sum[1]) * uint64(len(x.slots)) >> 32)
	for x.slots[at].sum[0] != 0 && x.slots[at].sum != s.sum {
		if at++; at == len(x.slots) {
			at = 0
		}
	}
	return at
}

// grow makes room for half as many more.
func (x *index) grow() {
	old := x.slots
	x.slots = make([]indexSlot, len(old)+len(old)/2)
	for _, s := range old {
		if s.sum[0] != 0 {
			x.slots[x.find(s)] = s
		}
	}
}
