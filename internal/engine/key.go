package engine

// MaxIndex is one more than the largest KeyRow.Index: No packs it with the seq.
const MaxIndex = 1 << 20

// No numbers the key by the record that it came with, for engines that keep keys
// in the order of their age.
func (k *KeyRow) No() int64 { return int64(k.Seq)<<20 | int64(k.Index) }

// SetNo sets the record and the index of the key from its number.
func (k *KeyRow) SetNo(no int64) { k.Seq, k.Index = Seq(no>>20), uint32(no&(MaxIndex-1)) }

// FirstKeyNo is the smallest number of a key that came with seq or later.
func FirstKeyNo(seq Seq) int64 {
	const last = 1<<43 - 1 // as many as can be numbered, 278 years of 1,000 a second
	return int64(min(seq, last)) << 20
}
