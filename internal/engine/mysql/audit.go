package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ScanKeys reads the keys of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	sc := scan[engine.KeyRow]{
		table: e.tables.key, cols: keyCols, key: []string{"no"},
		from: []string{numLiteral(firstNo(first) - 1)},
		row:  keyRow,
		next: func(k engine.KeyRow) []string { return []string{numLiteral(keyNo(&k))} },
	}
	if last != 0 {
		sc.where = []string{"no<" + numLiteral(firstNo(last+1))}
	}
	return walk(ctx, e, "scan keys", sc, fn)
}

// journalRun is a row of the journal with its place in the table.
type journalRun struct {
	item int64
	engine.JournalRun
}

// ScanJournal reads the journal up to its cursor. A row whose item nobody
// knows comes with an empty key.
func (e *Engine) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (cursor engine.Seq, err error) {
	sc := scan[journalRun]{
		table: e.tables.journal + " j LEFT JOIN " + e.tables.item + " i ON i.no=j.item LEFT JOIN " + e.tables.gone + " g ON g.no=j.item",
		cols: "j.item,j.seq,COALESCE(i.tenant,g.tenant),COALESCE(i.product,g.product)," +
			"COALESCE(i.location,g.location),COALESCE(i.lot,g.lot),j.more",
		key: []string{"j.item", "j.seq"},
		row: func(r row) (journalRun, error) {
			return journalRun{r.num(0), engine.JournalRun{
				Item:  stock.ItemKey{Tenant: r.str(2), Product: r.str(3), Location: r.str(4), Lot: r.str(5)},
				First: engine.Seq(r.num(1)), More: r.bytes(6),
			}}, nil
		},
		next: func(j journalRun) []string { return []string{numLiteral(j.item), numLiteral(int64(j.First))} },
	}
	err = e.inSnapshot(ctx, "scan journal", func(ctx context.Context, c *conn, _ current) error {
		err := c.ask(ctx, new(text).cursorOf(e, journalName), func(r row) error {
			cursor = engine.Seq(r.num(0))
			return nil
		})
		if err != nil {
			return err
		}
		sc.where = []string{"j.seq<=" + numLiteral(int64(cursor))}
		return pages(ctx, c, sc, func(j *journalRun) error { return j.Each(fn) })
	})
	if err != nil {
		return 0, err
	}
	return cursor, nil
}
