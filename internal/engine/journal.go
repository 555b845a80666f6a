package engine

import (
	"context"
	"encoding/binary"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// Journal keeps the journal view: which records touched which item. It can be
// rebuilt from the log at any time.
type Journal interface {
	// JournalCursor returns the seq up to which the journal is complete.
	JournalCursor(ctx context.Context) (Seq, error)
	// AddJournal stores the rows and moves the cursor from the seq from to
	// to, all or nothing; ErrMoved when the cursor is not at from. The rows are
	// all there are for the records behind from and up to to, sorted by item,
	// then seq; the items must have rows of their own. It need not survive a
	// crash of the machine, but cursor and rows go together. Append may have to
	// wait for it, so keep it to a few thousand items.
	AddJournal(ctx context.Context, from, to Seq, rows []JournalRow) error
	// JournalSeqs returns, newest first, up to limit records < before that
	// touched the item, as far as the journal is complete.
	JournalSeqs(ctx context.Context, item stock.ItemKey, before Seq, limit int) ([]Seq, error)
}

// JournalRow says that the record at Seq touched the item.
type JournalRow struct {
	Item stock.ItemKey
	Seq  Seq
}

// Most rows of a journal are about the same few items. So engines with tables
// store the rows of one item that come together as one row: a JournalRun.

// JournalRun is the records that touched an item. It has the first one, and for
// each later one its distance from the one before, as uvarints; empty when
// there are none.
type JournalRun struct {
	Item  stock.ItemKey
	First Seq
	More  []byte
}

// maxRun bounds the records of a run, so that reading a few records of a hot
// item does not return thousands.
const maxRun = 256

// JournalRuns returns the rows of an AddJournal that moves the cursor from from
// to to as runs; an error when they are not as they must be.
func JournalRuns(from, to Seq, rows []JournalRow) ([]JournalRun, error) {
	var runs []JournalRun
	var room []byte // that all runs share
	began, n := 0, 0
	last := func() *JournalRun { return &runs[len(runs)-1] }
	for i := range rows {
		r := &rows[i]
		if r.Seq <= from || r.Seq > to {
			return nil, fmt.Errorf("journal row of record %d is not behind %d and up to %d", r.Seq, from, to)
		}
		if i > 0 {
			prev := &rows[i-1]
			order := prev.Item.Compare(r.Item)
			if order > 0 || order == 0 && prev.Seq >= r.Seq {
				return nil, fmt.Errorf("journal rows %d and %d are not in order", i-1, i)
			}
			if order == 0 && n < maxRun {
				room = binary.AppendUvarint(room, uint64(r.Seq-prev.Seq))
				last().More = room[began:]
				n++
				continue
			}
		}
		runs = append(runs, JournalRun{Item: r.Item, First: r.Seq})
		began, n = len(room), 1
	}
	return runs, nil
}

// Seqs appends the records of the run to all, the oldest first.
func (r *JournalRun) Seqs(all []Seq) ([]Seq, error) {
	seq, more := r.First, r.More
	all = append(all, seq)
	for len(more) > 0 {
		d, n := binary.Uvarint(more)
		if n <= 0 || d == 0 || Seq(d) > 1<<62-seq {
			return all, fmt.Errorf("the journal's run from record %d on cannot be read", r.First)
		}
		seq, more = seq+Seq(d), more[n:]
		all = append(all, seq)
	}
	return all, nil
}

// Each calls fn for each row of the run.
func (r *JournalRun) Each(fn func(*JournalRow) error) error {
	seqs, err := r.Seqs(nil)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := fn(&JournalRow{Item: r.Item, Seq: seq}); err != nil {
			return err
		}
	}
	return nil
}

// runPage is how many runs of an item are read at a time: most have one
// record, some have many.
const runPage = 64

// ReadJournal answers JournalSeqs from runs: page reads up to limit of those
// of the item that begin before a record, the newest first.
func ReadJournal(before Seq, limit int, page func(before Seq, limit int) ([]JournalRun, error)) (seqs []Seq, err error) {
	var run []Seq
	for at := before; len(seqs) < limit; {
		most := min(runPage, limit-len(seqs))
		runs, err := page(at, most)
		if err != nil {
			return nil, err
		}
		for i := range runs {
			at = runs[i].First
			if run, err = runs[i].Seqs(run[:0]); err != nil {
				return nil, err
			}
			for n := len(run) - 1; n >= 0 && len(seqs) < limit; n-- {
				if run[n] < before {
					seqs = append(seqs, run[n])
				}
			}
		}
		if len(runs) < most {
			break
		}
	}
	return seqs, nil
}
