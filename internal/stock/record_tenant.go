package stock

import "slices"

// Hashed returns the input of the record's hash. It must not be changed.
func (r *Record) Hashed() []byte { return r.hashed }

// Block returns the tenant's block as it is kept and its index among the blocks of the
// record, from 0; nil where the tenant has none, or was dropped. It must not be changed.
func (r *Record) Block(tenant string) (block []byte, place int) {
	place = slices.IndexFunc(r.blocks, func(b recordBlock) bool { return !b.dropped() && b.tenant == tenant })
	if place < 0 {
		return nil, 0
	}
	return r.blocks[place].raw, place
}

// PackedNotes returns the notes of one block of a record from its side text, each behind
// its salt, empty where it was redacted. A record without a side text has none.
func PackedNotes(text []byte, block int) ([][]byte, error) {
	if len(text) == 0 {
		return nil, nil
	}
	blocks, err := parseText(text)
	if err != nil || block >= len(blocks) {
		return nil, err
	}
	return blocks[block], nil
}
