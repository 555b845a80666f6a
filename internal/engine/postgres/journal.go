package postgres

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// JournalCursor reads how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (engine.Seq, error) {
	at, err := e.readNumber(ctx, "journal cursor", e.sql.cursor, nil)
	return engine.Seq(at), err
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
		items, err := e.numbers.Of(runs, func(items []stock.ItemKey) (map[stock.ItemKey]int64, error) {
			return e.askNumbers(ctx, s, items)
		})
		if err != nil {
			return err
		}
		return s.moveCursor(ctx, step{sql: e.sql.addJournal, bind: func(p *params) {
			p.int8(int64(from))
			p.int8(int64(to))
			array(p, oidInt8, items, func(b []byte, no *int64) []byte { return elemInt8(b, *no) })
			array(p, oidInt8, runs, func(b []byte, r *engine.JournalRun) []byte { return elemInt8(b, int64(r.First)) })
			array(p, oidBytes, runs, func(b []byte, r *engine.JournalRun) []byte { return elem(b, r.More) })
		}})
	})
}

// askNumbers asks for the numbers of items. One that was gone has the number it
// had then.
func (e *Engine) askNumbers(ctx context.Context, s *session, items []stock.ItemKey) (map[stock.ItemKey]int64, error) {
	found := make(map[stock.ItemKey]int64, len(items))
	return found, s.call(ctx, step{
		sql:  e.sql.numbers,
		bind: func(p *params) { bindItemKeys(p, items) },
		row: func(r *row) error {
			at := r.int8() - 1
			found[items[at]] = r.int8()
			return r.err
		},
	})
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
