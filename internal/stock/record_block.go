package stock

import "crypto/sha256"

const (
	saltSize = 16
	// noteSumSize is the size of a note's salted hash in a block.
	noteSumSize = 16
)

// entryBlock collects the entries of one tenant.
type entryBlock struct {
	number  int // its place in the record
	tenant  string
	dict    dictionary
	entries []byte
	sizes   []byte // the length of each entry
	count   int

	notes   []Note
	numbers map[Note]int // a note's place in notes, from 1
	// noteBytes is roughly how much the notes take in the side text.
	noteBytes int
}

func (b *entryBlock) reset(tenant string) {
	b.tenant = tenant
	b.dict.reset()
	b.entries, b.sizes, b.count = b.entries[:0], b.sizes[:0], 0
	clear(b.notes)
	b.notes, b.noteBytes = b.notes[:0], 0
	if b.numbers == nil || len(b.numbers) > keepRefs {
		b.numbers = make(map[Note]int)
	}
	clear(b.numbers)
}

func (b *entryBlock) add(e *Event, in *RecordHeader) {
	b.addNumbered(e, b.note(e.Note), in)
}

func (b *entryBlock) addNumbered(e *Event, note int, in *RecordHeader) {
	start := len(b.entries)
	b.entries = b.dict.appendEntry(b.entries, e, note, in)
	b.sizes = appendUint(b.sizes, uint64(len(b.entries)-start))
	b.count++
}

// note returns the note's number, 0 for the empty one.
func (b *entryBlock) note(n Note) int {
	if n = n.text(); n == (Note{}) {
		return 0
	}
	// Most entries have the note of the entry before.
	if last := len(b.notes); last > 0 && b.notes[last-1] == n {
		return last
	}
	if i, ok := b.numbers[n]; ok {
		return i
	}
	b.notes = append(b.notes, n)
	b.numbers[n] = len(b.notes)
	b.noteBytes += len(n.Reason) + len(n.Reference) + len(n.Operator) + saltSize + noteSumSize + 8
	return len(b.notes)
}

func (b *entryBlock) size() int {
	words, notes := len(b.dict.refs), len(b.notes)
	return saltSize + uintSize(uint64(len(b.tenant))) + len(b.tenant) +
		uintSize(uint64(words)) + len(b.dict.raw) +
		uintSize(uint64(notes)) + notes*noteSumSize + len(b.sizes) + len(b.entries)
}

// append writes the block. Sums are the salted hashes of its notes.
func (b *entryBlock) append(dst []byte, salt [saltSize]byte, sums []byte) []byte {
	dst = append(dst, salt[:]...)
	dst = appendString(dst, b.tenant)
	dst = appendUint(dst, uint64(len(b.dict.refs)))
	dst = append(dst, b.dict.raw...)
	dst = appendUint(dst, uint64(len(sums)/noteSumSize))
	dst = append(dst, sums...)
	dst = append(dst, b.sizes...)
	return append(dst, b.entries...)
}

// recordBlock is a block of a parsed record.
type recordBlock struct {
	first, count int // its entries in the record
	hash         [sha256.Size]byte
	raw          []byte // empty when the tenant was dropped

	tenant  string
	words   []string
	sums    []byte
	entries []byte
	ends    []uint32 // where each entry ends in entries
}

func (b *recordBlock) dropped() bool { return len(b.raw) == 0 }

func (b *recordBlock) noteCount() int { return len(b.sums) / noteSumSize }

// open reads everything of the block but its entries.
func (b *recordBlock) open() bool {
	s := byteReader{p: b.raw}
	s.take(saltSize)
	b.tenant = s.string()
	b.words = make([]string, s.count(2))
	for i := range b.words {
		b.words[i] = s.string()
		s.want(b.words[i] != "")
	}
	b.sums = s.take(uint64(s.count(noteSumSize)) * noteSumSize)
	if b.count > len(s.p) {
		return false
	}
	b.ends = make([]uint32, b.count)
	var end uint64
	for i := range b.ends {
		n := s.uint()
		if n > uint64(len(s.p))-end {
			return false
		}
		end += n
		b.ends[i] = uint32(end)
	}
	b.entries = s.p
	return !s.bad && end == uint64(len(s.p))
}

func (b *recordBlock) source(i int) entrySource {
	start := uint32(0)
	if i > 0 {
		start = b.ends[i-1]
	}
	return entrySource{byteReader: byteReader{p: b.entries[start:b.ends[i]]}, words: b.words}
}

// decode returns entry i and the number of its note.
func (b *recordBlock) decode(i int, in *RecordHeader) (e *Event, note int, err error) {
	s := b.source(i)
	e, note = s.entry(b.tenant, in)
	if s.bad || note > b.noteCount() {
		return nil, 0, s.fault()
	}
	return e, note, nil
}

// check reports when the block is not exactly as its entries make it. Each entry must be
// right by itself; strings and notes must be in the order of their first use, each once. It
// calls fn for each entry it has read.
func (b *recordBlock) check(in *RecordHeader, fn func(i int, e *Event)) error {
	var words uint64
	notes := 0
	for i := range b.count {
		s := b.source(i)
		s.used = words
		e, note := s.entry(b.tenant, in)
		if s.bad || s.unordered || note > notes+1 {
			return s.fault()
		}
		fn(b.first+i, e)
		words, notes = s.used, max(notes, note)
	}
	seen := make(map[string]bool, len(b.words))
	for _, w := range b.words {
		seen[w] = true
	}
	if words != uint64(len(b.words)) || len(seen) != len(b.words) || notes != b.noteCount() {
		return ErrMalformed
	}
	return nil
}
