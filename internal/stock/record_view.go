package stock

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"sort"
)

// Record is a record of the log that was read. It reads from the body it was
// parsed from, which must not be changed. Once parsed and attached it is safe
// for concurrent use.
type Record struct {
	head   RecordHeader
	hashed []byte // the input of the record's hash
	blocks []recordBlock
	count  int
	notes  [][]Note
}

// ParseRecord reads a record: version, checksum and structure. It does not
// decode the entries; Check does, and compares the hashes of the blocks. The
// error wraps ErrMalformed, and is a VersionError when another version wrote it.
func ParseRecord(body []byte) (*Record, error) {
	end := len(body) - sumSize
	if end < 0 || crc32.Checksum(body[:end], castagnoli) != binary.LittleEndian.Uint32(body[end:]) {
		return nil, fmt.Errorf("parse record: checksum: %w", ErrMalformed)
	}
	if err := checkVersion("record", body[:end], recordVersion); err != nil {
		return nil, fmt.Errorf("parse record: %w", err)
	}
	r := &Record{}
	if !r.parse(body[:end]) {
		return nil, fmt.Errorf("parse record: %w", ErrMalformed)
	}
	return r, nil
}

func (r *Record) parse(body []byte) bool {
	s := byteReader{p: body}
	s.byte()
	r.head.Seq = s.uint()
	r.head.At = Time(s.int())
	s.fill(r.head.Writer[:])
	r.head.Nonce = s.uint()
	s.fill(r.head.Prev[:])
	r.blocks = make([]recordBlock, s.count(1+sha256.Size))
	for i := range r.blocks {
		b := &r.blocks[i]
		b.first, b.count = r.count, s.index()
		s.fill(b.hash[:])
		s.want(b.count > 0 && b.count <= math.MaxInt32-r.count)
		r.count += b.count
	}
	if s.bad {
		return false
	}
	r.hashed = body[:len(body)-len(s.p)]
	sizes := make([]uint64, len(r.blocks))
	for i := range sizes {
		sizes[i] = s.uint()
	}
	tenants := make(map[string]bool, len(r.blocks))
	for i := range r.blocks {
		b := &r.blocks[i]
		b.raw = s.take(sizes[i])
		if b.dropped() {
			continue
		}
		if !b.open() || tenants[b.tenant] {
			return false
		}
		tenants[b.tenant] = true
	}
	return s.done()
}

// Header returns what the record says about itself.
func (r *Record) Header() RecordHeader { return r.head }

// Hash returns the hash of the record. Its input is the header, which has the hash of the
// record before and of each block.
func (r *Record) Hash() [32]byte { return sha256.Sum256(r.hashed) }

// Len returns how many entries the record was written with; those of dropped
// tenants count.
func (r *Record) Len() int { return r.count }

// Attach gives the entries their notes from the record's side text. Notes that were
// redacted, or that differ from what was written, stay empty. The error names the first
// note that differs and wraps ErrMalformed.
func (r *Record) Attach(text []byte) error {
	notes, report, err := r.match(text)
	if err != nil {
		return fmt.Errorf("attach text: %w", err)
	}
	r.notes = notes
	if len(report.Damaged) > 0 {
		return fmt.Errorf("attach text: note %d of block %d: %w", report.Damaged[0].Note, report.Damaged[0].Block, ErrMalformed)
	}
	return nil
}

// Event decodes entry i. The error wraps ErrDropped when its tenant was
// dropped, else ErrMalformed, and is ErrNewer when a newer program wrote the entry.
func (r *Record) Event(i int) (*Event, error) {
	e, _, err := r.entry(i)
	return e, err
}

// NoteOf returns where the note of entry i is in the side text; ok is false
// when the entry has none.
func (r *Record) NoteOf(i int) (ref NoteRef, ok bool, err error) {
	_, ref, err = r.entry(i)
	return ref, err == nil && ref.Note >= 0, err
}

// Events calls fn for each entry in order with its index, without those of
// dropped tenants. It ends with the first error, fn's or of decoding.
func (r *Record) Events(fn func(i int, e *Event) error) error {
	for i := range r.blocks {
		if r.blocks[i].dropped() {
			continue
		}
		for j := range r.blocks[i].count {
			e, _, err := r.decode(i, j)
			if err != nil {
				return err
			}
			if err := fn(r.blocks[i].first+j, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Record) entry(i int) (*Event, NoteRef, error) {
	if i < 0 || i >= r.count {
		return nil, NoteRef{}, fmt.Errorf("record %d has %d entries and no entry %d: %w", r.head.Seq, r.count, i, ErrMalformed)
	}
	block := sort.Search(len(r.blocks), func(n int) bool { return r.blocks[n].first > i }) - 1
	return r.decode(block, i-r.blocks[block].first)
}

func (r *Record) decode(block, i int) (*Event, NoteRef, error) {
	b := &r.blocks[block]
	if b.dropped() {
		return nil, NoteRef{}, fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+i, ErrDropped)
	}
	e, note, err := b.decode(i, &r.head)
	if err != nil {
		return nil, NoteRef{}, fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+i, err)
	}
	if note > 0 && r.notes != nil {
		code := e.Note.Code
		e.Note = r.notes[block][note-1]
		e.Note.Code = code
	}
	return e, NoteRef{block, note - 1}, nil
}

// Check compares each block with its hash in the header and reads every
// entry. The error names what does not fit and wraps ErrMalformed.
func (r *Record) Check() error { return r.CheckEvents(func(int, *Event) {}) }

// CheckEvents is Check that also calls fn for each entry, as Events does, but without
// notes: a caller that needs both decodes once. The events that fn received may be wrong
// when there is an error in the end.
func (r *Record) CheckEvents(fn func(i int, e *Event)) error {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.dropped() {
			continue
		}
		if sha256.Sum256(b.raw) != b.hash {
			return fmt.Errorf("record %d: block %d is not what its hash says: %w", r.head.Seq, i, ErrMalformed)
		}
		if err := b.check(&r.head, fn); err != nil {
			return fmt.Errorf("record %d: block %d: %w", r.head.Seq, i, err)
		}
	}
	return nil
}

// EntriesOf returns which entries are the tenant's: the first and how many. They are
// consecutive; there are none once the tenant was dropped.
func (r *Record) EntriesOf(tenant string) (first, count int) {
	for i := range r.blocks {
		if b := &r.blocks[i]; !b.dropped() && b.tenant == tenant {
			return b.first, b.count
		}
	}
	return 0, 0
}
