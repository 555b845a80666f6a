package postgres

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ScanKeys reads the keys of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	sql := e.sql.scanKeys
	if last != 0 {
		sql += " AND no < $2"
	}
	bind := func(p *params) {
		p.int8(firstNo(first))
		if last != 0 {
			p.int8(firstNo(last + 1))
		}
	}
	return e.scan(ctx, "scan keys", sql, bind, func(r *row) (func() error, error) {
		k, err := r.key()
		return func() error { return fn(&k) }, err
	})
}

// ScanJournal reads the journal up to its cursor. A row whose item is gone
// comes with an empty key.
func (e *Engine) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	where := step{sql: e.sql.cursor}
	return e.scanAt(ctx, "scan journal", where, e.sql.scanJournal, nil, func(r *row) (func() error, error) {
		j := engine.JournalRow{
			Item: stock.ItemKey{Tenant: r.text(), Product: r.text(), Location: r.text(), Lot: r.text()},
			Seq:  r.seq(),
		}
		return func() error { return fn(&j) }, r.err
	})
}
