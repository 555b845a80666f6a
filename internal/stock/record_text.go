package stock

import (
	"crypto/sha256"
	"fmt"
)

// The free text of a record is kept next to it, each distinct note of a block once. The
// block has a salted hash of each note. A note's salt is kept with the note only: when the
// note is redacted its salt goes too, and nobody can try out what the note may have been.

// textVersion is the first byte of a side text.
const textVersion = 1

const (
	saltOfBlock byte = 'b'
	saltOfNote  byte = 'n'
)

// deriveSalt makes a separate salt for each use of the record's salt, which itself is
// stored nowhere.
func deriveSalt(salt [saltSize]byte, use byte, block, note int) [saltSize]byte {
	var room [64]byte
	b := append(room[:0], use)
	b = append(b, salt[:]...)
	b = appendUint(b, uint64(block))
	b = appendUint(b, uint64(note))
	sum := sha256.Sum256(b)
	return [saltSize]byte(sum[:saltSize])
}

// appendNote writes what the side text keeps of a note: salt and texts.
func appendNote(dst []byte, salt [saltSize]byte, n Note) []byte {
	dst = append(dst, salt[:]...)
	dst = appendString(dst, n.Reason)
	dst = appendString(dst, n.Reference)
	return appendString(dst, n.Operator)
}

// noteSum is the hash of a packed note in its place.
func noteSum(packed []byte, tenant string, note int) [noteSumSize]byte {
	b := make([]byte, 0, len(packed)+len(tenant)+16)
	b = append(b, packed[:saltSize]...)
	b = appendString(b, tenant)
	b = appendUint(b, uint64(note))
	b = append(b, packed[saltSize:]...)
	sum := sha256.Sum256(b)
	return [noteSumSize]byte(sum[:noteSumSize])
}

// text writes the side text of the record and returns it with the hashes of
// each block's notes.
func (b *RecordBuilder) text(salt [saltSize]byte) (text []byte, sums [][]byte) {
	sums = make([][]byte, b.used)
	room := 0
	for _, blk := range b.blocks[:b.used] {
		room += blk.noteBytes
	}
	if room == 0 {
		return nil, sums
	}
	text = make([]byte, 0, room+16+4*b.used)
	text = append(text, textVersion)
	text = appendUint(text, uint64(b.used))
	for i, blk := range b.blocks[:b.used] {
		text = appendUint(text, uint64(len(blk.notes)))
		for j, n := range blk.notes {
			b.scratch = appendNote(b.scratch[:0], deriveSalt(salt, saltOfNote, i, j), n)
			sum := noteSum(b.scratch, blk.tenant, j)
			sums[i] = append(sums[i], sum[:]...)
			text = appendUint(text, uint64(len(b.scratch)))
			text = append(text, b.scratch...)
		}
	}
	return text, sums
}

// sideText is a parsed side text: per block the packed notes, empty when
// redacted.
type sideText [][][]byte

func parseText(text []byte) (sideText, error) {
	s := byteReader{p: text}
	s.want(s.byte() == textVersion)
	blocks := make(sideText, s.count(1))
	for i := range blocks {
		blocks[i] = make([][]byte, s.count(1))
		for j := range blocks[i] {
			packed := s.take(s.uint())
			blocks[i][j] = packed
			if _, ok := unpackNote(packed); !ok && len(packed) > 0 {
				s.spoil()
			}
		}
	}
	if !s.done() {
		return nil, fmt.Errorf("side text: %w", ErrMalformed)
	}
	return blocks, nil
}

func unpackNote(packed []byte) (Note, bool) {
	s := byteReader{p: packed}
	s.take(saltSize)
	n := Note{Reason: s.string(), Reference: s.string(), Operator: s.string()}
	return n, s.done()
}

func (t sideText) append(dst []byte) []byte {
	dst = append(dst, textVersion)
	dst = appendUint(dst, uint64(len(t)))
	for _, notes := range t {
		dst = appendUint(dst, uint64(len(notes)))
		for _, packed := range notes {
			dst = appendUint(dst, uint64(len(packed)))
			dst = append(dst, packed...)
		}
	}
	return dst
}

// RedactText returns the side text without the texts of the notes. Every entry that shares
// one of them loses it. The record is not touched and still passes its check. A note that
// was redacted before stays so.
func RedactText(text []byte, refs ...NoteRef) ([]byte, error) {
	t, err := parseText(text)
	if err != nil {
		return nil, fmt.Errorf("redact: %w", err)
	}
	for _, ref := range refs {
		if ref.Block < 0 || ref.Block >= len(t) || ref.Note < 0 || ref.Note >= len(t[ref.Block]) {
			return nil, fmt.Errorf("redact: the side text has no note %d in block %d", ref.Note, ref.Block)
		}
		t[ref.Block][ref.Note] = nil
	}
	return t.append(nil), nil
}

// VerifyText compares the side text with the record it belongs to. An empty text
// counts as one in which every note was redacted. The error says that record
// or text cannot be read, or that they do not belong together.
func VerifyText(body, text []byte) (TextReport, error) {
	r, err := ParseRecord(body)
	if err != nil {
		return TextReport{}, fmt.Errorf("verify text: %w", err)
	}
	return r.VerifyText(text)
}

// VerifyText compares the side text with the record, as the function does.
func (r *Record) VerifyText(text []byte) (TextReport, error) {
	_, report, err := r.match(text)
	if err != nil {
		return TextReport{}, fmt.Errorf("verify text: %w", err)
	}
	return report, nil
}

// match returns the notes of the record that the text proves, per block, and what is wrong
// with the others.
func (r *Record) match(text []byte) (notes [][]Note, report TextReport, err error) {
	var t sideText
	if len(text) > 0 {
		if t, err = parseText(text); err != nil {
			return nil, report, err
		}
		if len(t) != len(r.blocks) {
			return nil, report, fmt.Errorf("%d blocks in the side text, %d in the record: %w", len(t), len(r.blocks), ErrMalformed)
		}
	}
	notes = make([][]Note, len(r.blocks))
	for i := range r.blocks {
		b := &r.blocks[i]
		var packed [][]byte
		switch {
		case len(text) == 0:
			packed = make([][]byte, b.noteCount())
		case b.dropped() || len(t[i]) == b.noteCount():
			packed = t[i]
		default:
			return nil, report, fmt.Errorf("%d notes in the side text, %d in block %d: %w", len(t[i]), b.noteCount(), i, ErrMalformed)
		}
		notes[i] = make([]Note, len(packed))
		for j, p := range packed {
			switch ref := (NoteRef{i, j}); {
			case len(p) == 0:
				report.Redacted = append(report.Redacted, ref)
			case b.dropped() || noteSum(p, b.tenant, j) != [noteSumSize]byte(b.sums[j*noteSumSize:]):
				report.Damaged = append(report.Damaged, ref)
			default:
				notes[i][j], _ = unpackNote(p)
			}
		}
	}
	return notes, report, nil
}
