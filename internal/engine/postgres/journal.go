package postgres

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// JournalCursor reads how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (at engine.Seq, err error) {
	err = e.read(ctx, "journal cursor", func(ctx context.Context, s *session) error {
		return s.call(ctx, step{sql: e.sql.cursor, row: func(r *row) error { at = r.seq(); return r.err }})
	})
	return at, err
}

// AddJournal stores the rows without waiting for the disk, on a connection of
// its own: no Append waits for it. When the connection is lost on the way it is
// tried again; what was stored by then makes that an ErrMoved.
func (e *Engine) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	runs, err := engine.JournalRuns(from, to, rows)
	if err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	return e.read(ctx, "add journal", func(ctx context.Context, s *session) error {
		items, err := e.itemNumbers(ctx, s, runs)
		if err != nil {
			return err
		}
		moved := true
		err = s.pipe(ctx, step{sql: begin}, step{sql: unsynced}, step{
			sql: e.sql.addJournal,
			bind: func(p *params) {
				p.int8(int64(from))
				p.int8(int64(to))
				array(p, oidInt8, items, func(b []byte, no *int64) []byte { return elemInt8(b, *no) })
				array(p, oidInt8, runs, func(b []byte, r *engine.JournalRun) []byte { return elemInt8(b, int64(r.First)) })
				array(p, oidBytes, runs, func(b []byte, r *engine.JournalRun) []byte { return elem(b, r.More) })
			},
			row: func(r *row) error { moved = r.int8() == 0; return r.err },
		}, step{sql: commit})
		s.rollback()
		if err == nil && moved {
			return engine.ErrMoved
		}
		return err
	})
}

// itemNumbers returns the numbers of the runs' items.
func (e *Engine) itemNumbers(ctx context.Context, s *session, runs []engine.JournalRun) ([]int64, error) {
	nos := make([]int64, len(runs)) // the numbers count from 1
	var missing []stock.ItemKey
	e.numbers.with(func(n *numbers) {
		for i := range runs {
			if nos[i] = n.of(runs[i].Item); nos[i] == 0 {
				missing = append(missing, runs[i].Item)
			}
		}
	})
	if len(missing) == 0 {
		return nos, nil
	}
	missing = once(missing)
	found := make(map[stock.ItemKey]int64, len(missing))
	err := s.call(ctx, step{
		sql:  e.sql.numbers,
		bind: func(p *params) { bindItemKeys(p, missing) },
		row: func(r *row) error {
			at := r.int8() - 1
			found[missing[at]] = r.int8()
			return r.err
		},
	})
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if nos[i] == 0 {
			if nos[i] = found[runs[i].Item]; nos[i] == 0 {
				return nil, fmt.Errorf("item %q of the journal does not exist", runs[i].Item)
			}
		}
	}
	e.numbers.with(func(n *numbers) {
		for k, no := range found {
			n.keep(k, no)
		}
	})
	return nos, nil
}

// JournalSeqs reads which records touched the item.
func (e *Engine) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (seqs []engine.Seq, err error) {
	err = e.read(ctx, "journal", func(ctx context.Context, s *session) error {
		seqs, err = engine.ReadJournal(before, limit, func(before engine.Seq, limit int) (runs []engine.JournalRun, err error) {
			err = s.call(ctx, step{
				sql: e.sql.touched,
				bind: func(p *params) {
					p.text(item.Tenant)
					p.text(item.Product)
					p.text(item.Location)
					p.text(item.Lot)
					p.int8(int64(min(before, lastSeq)))
					p.int8(int64(limit))
				},
				row: func(r *row) error {
					runs = append(runs, engine.JournalRun{Item: item, First: r.seq(), More: r.bytes()})
					return r.err
				},
			})
			return runs, err
		})
		return err
	})
	return seqs, err
}
