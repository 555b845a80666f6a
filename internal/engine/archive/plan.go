package archive

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// MinKeep is how many of the newest records always stay in the database: a
// server looks at a thousand of them when it starts, and one that was held up
// follows the log from where it was.
const MinKeep = 1000

// ErrYoung says that a record that was named is younger than records may be
// that are archived.
var ErrYoung = errors.New("too young to be archived")

// Plan says which records Run moves. All bounds hold at once.
type Plan struct {
	// Before bounds them by age: only records before that time. 0: no bound.
	Before stock.Time
	// UpTo is the last record to move, 0: no bound.
	UpTo engine.Seq
	// NotYoung is a time from which on nothing may be moved: when UpTo names
	// such a record, Run is refused with ErrYoung. 0: everything may.
	NotYoung stock.Time
	// Keep is how many of the newest records stay; less than MinKeep is MinKeep.
	Keep engine.Seq
	// KeepKeys leaves the idempotency keys of the records that are dropped.
	// Without it they are dropped too: a key is of no use without its record.
	KeepKeys bool
	// Entries writes what the records say into files of their own.
	Entries bool
	// Begin allows an archive that is empty to begin with a record other than
	// the first of the log.
	Begin bool
	// DryRun only tells what would be moved.
	DryRun bool
	// Progress, when set, receives from time to time how many records were
	// copied, and how many there are to copy.
	Progress func(done, total int64)
}

// These reasons say what limited how far Run may go.
const (
	ReasonAge     = "age"     // the next record is too young
	ReasonAsked   = "asked"   // UpTo
	ReasonKept    = "kept"    // Keep
	ReasonJournal = "journal" // the journal view has not read further
)

// scope is what Run may move.
type scope struct {
	first, head engine.Seq // of the database
	upTo        engine.Seq // the last record that may be moved; 0: none
	why         string
}

// scope finds out how far the plan goes.
func (p *Plan) scope(ctx context.Context, eng engine.Engine, least engine.Seq) (s scope, err error) {
	if s.head, err = eng.Head(ctx); err != nil {
		return s, err
	}
	if s.first, err = eng.First(ctx); err != nil {
		return s, err
	}
	keep := max(p.Keep, least)
	s.upTo, s.why = s.head-min(s.head, keep), ReasonKept
	lower := func(to engine.Seq, why string) {
		if to < s.upTo {
			s.upTo, s.why = to, why
		}
	}
	cursor, err := eng.JournalCursor(ctx)
	if err != nil {
		return s, err
	}
	lower(cursor, ReasonJournal)
	if p.Before != 0 {
		to, err := engine.LastBefore(ctx, eng, p.Before)
		if err != nil {
			return s, err
		}
		lower(to, ReasonAge)
	}
	if p.UpTo != 0 {
		if p.NotYoung != 0 {
			old, err := engine.LastBefore(ctx, eng, p.NotYoung)
			if err != nil {
				return s, err
			}
			if p.UpTo > old {
				return s, fmt.Errorf("record %d: %w; the newest that is old enough is record %d", p.UpTo, ErrYoung, old)
			}
		}
		lower(p.UpTo, ReasonAsked)
	}
	return s, nil
}
