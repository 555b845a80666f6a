package sqlite

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// journalName is the journal's among the cursors.
const journalName = "journal"

// JournalCursor reads how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return e.Cursor(ctx, journalName)
}

// AddJournal stores the rows without waiting for the disk. It uses the
// writer's connection: another would make both drop their page cache at each
// commit of the other. Append waits for it, so keep the rows few: 2,000 take
// some 5 ms.
func (e *Engine) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	runs, err := engine.JournalRuns(from, to, rows)
	if err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	return e.lazily(ctx, "add journal", func(w *writer) error {
		if err := w.moveCursor(journalName, from, to); err != nil {
			return err
		}
		for len(runs) > 0 {
			n := journalsAtOnce
			if len(runs) < n {
				n = 1
			}
			if err := w.addJournal(runs[:n]); err != nil {
				return err
			}
			runs = runs[n:]
		}
		return nil
	})
}

// addJournal stores one run or journalsAtOnce.
func (w *writer) addJournal(runs []engine.JournalRun) error {
	s := w.journal
	if len(runs) > 1 {
		s = w.journals
	}
	for i := range runs {
		r := &runs[i]
		no, err := w.journalNo(r.Item)
		if err != nil {
			return err
		}
		at := i * journalCols
		s.BindInt64(at+1, no)
		s.BindInt64(at+2, int64(r.First))
		if len(r.More) == 0 {
			s.BindNull(at + 3)
		} else {
			s.BindBytes(at+3, r.More)
		}
	}
	return run(s)
}

// journalNo is the number of an item of the journal.
func (w *writer) journalNo(item stock.ItemKey) (int64, error) {
	no, known := w.nos[item]
	if known {
		return no, nil
	}
	no, known, err := w.findItem(item)
	if err == nil && !known {
		no, known, err = number(w.goneNo, item)
	}
	if err != nil {
		return 0, err
	}
	if !known {
		return 0, fmt.Errorf("item %q of the journal does not exist", item)
	}
	w.remember(item, no)
	return no, nil
}

// durably runs fn in a transaction of the writer.
func (e *Engine) durably(ctx context.Context, op string, fn func(*writer) error) error {
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer e.turn.Give()
	return e.change(ctx, op, fn)
}

// lazily runs fn in a transaction of the writer that is not synced. That
// cannot weaken Append: the log of SQLite is one file, and the sync of the
// next Append takes everything before it along.
func (e *Engine) lazily(ctx context.Context, op string, fn func(*writer) error) (err error) {
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer e.turn.Give()
	if err := e.w.exec("PRAGMA synchronous = NORMAL"); err != nil {
		return e.fail(op, err)
	}
	defer func() {
		if serr := e.w.exec("PRAGMA synchronous = FULL"); serr != nil {
			// An Append that returns without a sync would break its promise.
			err = e.fail(op, errors.Join(err, fmt.Errorf("%w: syncing cannot be switched on again: %w", engine.ErrBroken, serr)))
		}
	}()
	return e.change(ctx, op, fn)
}

// change runs fn in a transaction. It is called with the turn.
func (e *Engine) change(ctx context.Context, op string, fn func(*writer) error) error {
	if err := e.w.lock(ctx); err != nil {
		return e.fail(op, err)
	}
	if err := fn(e.w); err != nil {
		return e.fail(op, errors.Join(err, e.w.leave()))
	}
	// Without a sync of its own it still syncs the header of a log that begins anew.
	if err := e.file.Sync(func() error { return explain(run(e.w.end)) }); err != nil {
		return e.fail(op, errors.Join(err, e.w.leave()))
	}
	e.ckpt.wake()
	return nil
}

// JournalSeqs reads which records touched the item.
func (e *Engine) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (seqs []engine.Seq, err error) {
	err = e.ask(ctx, "journal", e.loads, func(r *reader) error {
		bindItemKey(r.touched, item)
		seqs, err = engine.ReadJournal(before, limit, func(before engine.Seq, limit int) (runs []engine.JournalRun, err error) {
			r.touched.BindInt64(5, int64(min(before, 1<<62)))
			r.touched.BindInt64(6, int64(limit))
			err = r.rows(r.touched, func() error {
				runs = append(runs, engine.JournalRun{Item: item, First: engine.Seq(r.touched.ColumnInt64(0)), More: blob(r.touched, 1)})
				return nil
			})
			return runs, err
		})
		return err
	})
	return seqs, err
}
