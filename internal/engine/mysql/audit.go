package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// ScanKeys reads the keys of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	sc := scan[engine.KeyRow]{
		table: e.tables.key, cols: keyCols, key: []string{"no"},
		from: []string{numLiteral(engine.FirstKeyNo(first) - 1)},
		row:  keyRow,
		next: func(k engine.KeyRow) []string { return []string{numLiteral(k.No())} },
	}
	if last != 0 {
		sc.where = []string{"no<" + numLiteral(engine.FirstKeyNo(last+1))}
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
				Item:  itemKeyRow(r, 2),
				First: engine.Seq(r.num(1)), More: r.bytes(6),
			}}, nil
		},
		next: func(j journalRun) []string { return []string{numLiteral(j.item), numLiteral(int64(j.First))} },
	}
	err = e.runInSnapshot(ctx, "scan journal", func(ctx context.Context, c *conn, _ current) error {
		if cursor, err = e.cursor(ctx, c, journalName); err != nil {
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
