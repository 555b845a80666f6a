package mysql

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// JournalCursor reads how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return e.Cursor(ctx, journalName)
}

// AddJournal stores the rows in a transaction that compares the cursor, as an
// Append does the head. It uses a connection for reading and is in nobody's
// way: no row of it is one of a group's.
func (e *Engine) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	runs, err := engine.JournalRuns(from, to, rows)
	if err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	return e.chore(ctx, "add journal", func(c *conn) error {
		nos, err := e.numbers.Of(runs, func(items []stock.ItemKey) (map[stock.ItemKey]int64, error) {
			return e.askNumbers(ctx, c, items)
		})
		if err != nil {
			return err
		}
		var t text
		t.writeSQL("START TRANSACTION").end().moveCursor(e, journalName, from, to)
		for i := range runs {
			if i%pageRows == 0 {
				if i > 0 {
					t.end()
				}
				t.writeSQL("INSERT INTO ", e.tables.journal, " (item,seq,more) VALUES ")
			}
			t.row(i % pageRows).num(nos[i]).comma().num(int64(runs[i].First)).comma().bytes(runs[i].More).close()
		}
		if len(runs) > 0 {
			t.end()
		}
		return e.moved(ctx, c, c.send(ctx, t.writeSQL("COMMIT").end(), e.d.dialect.block))
	})
}

// askNumbers asks for the numbers of items.
func (e *Engine) askNumbers(ctx context.Context, c *conn, items []stock.ItemKey) (map[stock.ItemKey]int64, error) {
	found := make(map[stock.ItemKey]int64, len(items))
	var t text
	var fns []func(row) error
	// One that was gone has its journal under the number it had then.
	for _, table := range []string{e.tables.item, e.tables.gone} {
		for range list(&t, "SELECT no,tenant,product,location,lot FROM "+table+" WHERE (tenant,product,location,lot) IN ", items,
			func(k stock.ItemKey) { t.itemKey(k) }) {
			fns = append(fns, func(r row) error {
				found[itemKeyRow(r, 1)] = r.num(0)
				return nil
			})
		}
	}
	return found, c.ask(ctx, &t, fns...)
}

// JournalSeqs reads which records touched the item.
func (e *Engine) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (seqs []engine.Seq, err error) {
	err = e.reading(ctx, "journal", e.d.loads, func(c *conn) error {
		seqs, err = engine.ReadJournal(before, limit, func(before engine.Seq, limit int) (runs []engine.JournalRun, err error) {
			var t text
			t.writeSQL("SELECT seq,more FROM ", e.tables.journal, " WHERE item=COALESCE((SELECT no FROM ", e.tables.gone, " WHERE (tenant,product,location,lot)=(")
			t.itemKey(item).writeSQL(")),(SELECT no FROM ", e.tables.item, " WHERE (tenant,product,location,lot)=(")
			t.itemKey(item).writeSQL("))) AND seq<").num(int64(min(before, 1<<62))).writeSQL(" ORDER BY seq DESC LIMIT ").num(int64(limit))
			err = c.ask(ctx, &t, func(r row) error {
				runs = append(runs, engine.JournalRun{Item: item, First: engine.Seq(r.num(0)), More: r.bytes(1)})
				return nil
			})
			return runs, err
		})
		return err
	})
	return seqs, err
}

// chore runs fn, which writes something other than the log, with a connection
// for reading. fn can be repeated when its answer got lost.
func (e *Engine) chore(ctx context.Context, op string, fn func(*conn) error) error {
	return e.repeat(ctx, op, func() error {
		if err := e.turn.Writable(); err != nil {
			return err
		}
		return e.withConn(ctx, e.d.loads, fn)
	}, func(err error) bool { return codeOf(err).isRetryable() })
}
