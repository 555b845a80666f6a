package stock

import "errors"

// RecordHeader is what a record of the log says about itself.
type RecordHeader struct {
	// Seq numbers the records of a slot, dense from 1.
	Seq uint64
	// At is the slot time of the record.
	At Time
	// Writer is unique per process start, Nonce per group of that writer.
	Writer [16]byte
	Nonce  uint64
	// Prev is the hash of the record before.
	Prev [32]byte
}

// EntryRef names an entry of a record that is being built.
type EntryRef struct{ Block, Entry int }

// NoteRef names a note in the side text of a record: the block and the note
// in it, both from 0.
type NoteRef struct{ Block, Note int }

// TextReport says what VerifyText found: notes that were redacted, and notes
// that are not what was written.
type TextReport struct{ Redacted, Damaged []NoteRef }

// ErrDropped says that the entry's tenant was dropped from the record.
var ErrDropped = errors.New("the tenant's entries were dropped")
