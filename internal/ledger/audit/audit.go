// Package audit checks the books against their log. It reads what an engine
// keeps of a slot, follows the log by itself and names each invariant that does
// not hold: CheckSlot checks one slot, CheckAcross what several slots share.
// It shares no code with package ledger, which writes the log: a mistake there
// is not one here too.
package audit

import (
	"cmp"
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Options says what CheckSlot compares with besides the slot itself.
type Options struct {
	// Anchor is a head the log is known to have had: it must still be in it.
	Anchor *Anchor
	// JournalKeys names the keys under which the journal keeps an event; nil
	// leaves the journal out.
	JournalKeys func(e *stock.Event, fn func(stock.ItemKey))
	// Now is the time by which ended holds may have outlived their keeping:
	// their rows may be there or not. 0: none has.
	Now stock.Time
	// Named is how many violations the report names; 0 is 20.
	Named int
	// Bounds of what is remembered; tests make them small.
	ended, keySpan int
	// Progress, when set, is called at intervals with the record that was read last
	// and with the last one.
	Progress func(at, last engine.Seq)
}

// Report is what CheckSlot found.
type Report struct {
	// Head is the newest record that was read, the next anchor.
	Head Anchor
	// Counts of what was read: records and their entries, items, and rows of holds,
	// keys and the journal.
	Records, Entries, Items, Holds, Keys, JournalRows int
	// Tenants counts the rows and entries of each tenant. Keys name none.
	Tenants map[string]int
	// Redacted is how many notes of the log were redacted, Dropped how many of
	// its entries were dropped with their tenants. The chain holds without them.
	Redacted, Dropped int
	// Mended is how many items had figures that were not those of their open lines, or had
	// units for sale that they owed, and were repaired.
	Mended int
	// Violations names the first broken invariants, More counts the others.
	Violations []Violation
	More       int
	// Unchecked says in words what could not be compared.
	Unchecked []string
}

// OK reports whether every invariant holds.
func (r *Report) OK() bool { return len(r.Violations) == 0 }

// Violation is one broken invariant.
type Violation struct {
	// Seq is the record it shows in, 0 when it shows in rows only; Entry is
	// the entry in it, -1 when it is about the whole record.
	Seq   engine.Seq
	Entry int
	What  string
}

// String names the place and what is wrong there.
func (v Violation) String() string {
	switch {
	case v.Seq == 0:
		return v.What
	case v.Entry < 0:
		return fmt.Sprintf("record %d: %s", v.Seq, v.What)
	}
	return fmt.Sprintf("record %d, entry %d: %s", v.Seq, v.Entry, v.What)
}

// audit is one run of CheckSlot. It reads the rows first, each table from one
// snapshot that names its head. Then it reads the log from its beginning, and
// compares a table when the log has reached the head of its snapshot. So it needs
// no lock. It remembers items, open holds and sums, but neither records nor holds
// that have ended.
type audit struct {
	eng    engine.Engine
	opts   Options
	report *Report

	items *table
	holds *table
	lines *table // of the journal, nil when it is left out
	keys  *keyCheck
	gone  engine.Seq // ended holds up to here may have been dropped
	steps *bucketRows

	hasher *rowHasher
	books  *books
}

// CheckSlot checks the slot's log against all its invariants, and its rows against
// its log. It only reads, and a server may run at the same time. The report lists
// the faults of the books; an error means that they could not be read.
func CheckSlot(ctx context.Context, e engine.Engine, opts Options) (*Report, error) {
	opts.Named = cmp.Or(opts.Named, 20)
	opts.ended = cmp.Or(opts.ended, maxEnded)
	opts.keySpan = cmp.Or(opts.keySpan, maxKeySpan)
	a := &audit{eng: e, opts: opts, report: &Report{}, hasher: newRowHasher()}
	a.books = newBooks(a)
	if err := a.run(ctx); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return a.report, nil
}

func (a *audit) run(ctx context.Context) error {
	if err := a.scanTables(ctx); err != nil {
		return err
	}
	head, err := a.eng.Head(ctx)
	if err != nil {
		return err
	}
	a.compareTables(0)
	whole, err := a.replay(ctx, head)
	if err != nil {
		return err
	}
	a.books.reportDrifts()
	if !whole {
		a.report.Unchecked = append(a.report.Unchecked, "rows: the log cannot be followed to its end")
		return nil
	}
	a.books.checkEscrows()
	if anchor := a.opts.Anchor; anchor != nil && anchor.Seq > head {
		a.violation(0, -1, "the log ends with record %d, the anchor knows record %d: the end of the log is missing", head, anchor.Seq)
	}
	for _, t := range []*table{a.items, a.holds, a.lines} {
		if t != nil && !t.done {
			a.violation(0, -1, "table %s is as of record %d, the log ends with record %d", t.name, t.at, head)
		}
	}
	if err := a.keys.finish(ctx, a); err != nil {
		return err
	}
	return a.nameRows(ctx)
}

// replay reads the log up to the record to and checks it on the way. whole is false
// when a record cannot be read: the records behind it prove nothing then.
func (a *audit) replay(ctx context.Context, to engine.Seq) (whole bool, err error) {
	from := a.report.Head
	return walkLog(ctx, a.eng, from, to, func(r *walkedRecord) error {
		for _, fault := range r.faults {
			a.violation(r.seq, -1, "%s", fault)
		}
		if r.unreadable {
			return nil
		}
		if anchor := a.opts.Anchor; anchor != nil && anchor.Seq == r.seq && anchor.Hash != r.hash {
			a.violation(r.seq, -1, "its hash is %x, the anchor says %x: the log was rewritten", r.hash[:8], anchor.Hash[:8])
		}
		a.report.Records++
		a.report.Entries += r.count
		a.report.Redacted += r.redacted
		a.report.Dropped += r.count - len(r.events)
		if err := a.keys.addRecord(ctx, a, r); err != nil {
			return err
		}
		if err := a.books.followRecord(ctx, r); err != nil {
			return err
		}
		a.addJournal(r)
		for _, e := range r.events {
			a.countTenant(e.Tenant)
		}
		a.report.Head = Anchor{Seq: r.seq, Hash: r.hash}
		a.compareTables(r.seq)
		if a.opts.Progress != nil && (r.seq%256 == 0 || r.seq == to) {
			a.opts.Progress(r.seq, to)
		}
		return nil
	})
}

// countTenant counts a row or an entry of the tenant. Entries about buckets have none.
func (a *audit) countTenant(id string) {
	if id != "" {
		a.report.Tenants[id]++
	}
}

func (a *audit) violation(seq engine.Seq, entry int, format string, args ...any) {
	if len(a.report.Violations) == a.opts.Named {
		a.report.More++
		return
	}
	a.report.Violations = append(a.report.Violations, Violation{Seq: seq, Entry: entry, What: fmt.Sprintf(format, args...)})
}
