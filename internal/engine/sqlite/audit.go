package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
	"holdfast.dev/holdfast/internal/stock"
)

// ScanKeys reads the keys of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	sql, args := "SELECT no, bucket, print, sum, hash FROM key WHERE no >= ?", []any{engine.FirstKeyNo(first)}
	if last != 0 {
		sql += " AND no < ?"
		args = append(args, engine.FirstKeyNo(last+1))
	}
	return scanRows(ctx, e, "scan keys", sql, args, func(r *reader, st *sqlite.Stmt) (engine.KeyRow, error) { return r.keyRow(st, nil) }, fn)
}

// ScanJournal reads the journal up to its cursor. A row whose item nobody knows
// comes with an empty key.
func (e *Engine) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (cursor engine.Seq, err error) {
	const sql = "SELECT j.seq, p.seq, j.more, coalesce(i.tenant, g.tenant), coalesce(i.product, g.product)," +
		" coalesce(i.location, g.location), coalesce(i.lot, g.lot) FROM progress p LEFT JOIN journal j ON j.seq <= p.seq" +
		" LEFT JOIN item i ON i.no = j.item LEFT JOIN gone g ON g.no = j.item WHERE p.name = 'journal'"
	_, err = e.scan(ctx, "scan journal", sql, nil, func(_ *reader, st *sqlite.Stmt) error {
		cursor = engine.Seq(st.ColumnInt64(1))
		if st.ColumnIsNull(0) {
			return nil // nothing in the journal yet
		}
		run := engine.JournalRun{
			Item: stock.ItemKey{
				Tenant: st.ColumnText(3), Product: st.ColumnText(4), Location: st.ColumnText(5), Lot: string(blob(st, 6)),
			},
			First: engine.Seq(st.ColumnInt64(0)), More: blob(st, 2),
		}
		return callback(run.Each(fn))
	})
	return cursor, err
}

// Schema returns the version of the slot in the file at path and the one this
// program works with. It changes nothing; have is 0 when there is no file or
// no slot in it.
func Schema(ctx context.Context, path string) (have, want int, err error) {
	all, err := migration.Steps(files)
	if err != nil {
		return 0, 0, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, len(all), nil
	}
	c, err := openConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return 0, 0, err
	}
	have, err = version(ctx, c)
	if err = errors.Join(err, c.close()); err != nil {
		return 0, 0, fmt.Errorf("open %s: %w", path, explain(err))
	}
	return have, len(all), nil
}
