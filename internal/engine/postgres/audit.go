package postgres

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ScanKeys reads the keys of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	plan, sql, bind := e.keysOf(first, last)
	return e.scanAt(ctx, "scan keys", plan, step{sql: e.sql.head}, sql, bind, func(r *row) (func() error, error) {
		k, err := r.key()
		return func() error { return fn(&k) }, err
	})
}

// keysOf returns the statement that reads the keys of the records, and the
// planner setting that comes before it.
func (e *Engine) keysOf(first, last engine.Seq) (plan, sql string, bind func(*params)) {
	plan, sql = scanFreely, e.sql.scanKeys
	if first > 1 || last != 0 {
		plan = scanRange
	}
	if last != 0 {
		sql += " AND no < $2::bigint AND no >> 26 <= $2::bigint >> 26"
	}
	return plan, sql, func(p *params) {
		p.int8(engine.FirstKeyNo(first))
		if last != 0 {
			p.int8(engine.FirstKeyNo(last + 1))
		}
	}
}

// ScanJournal reads the journal up to its cursor. A row whose item nobody
// knows comes with an empty key.
func (e *Engine) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	where := step{sql: e.sql.cursor}
	return e.scanAt(ctx, "scan journal", scanFreely, where, e.sql.scanJournal, nil, func(r *row) (func() error, error) {
		j := engine.JournalRun{
			Item:  stock.ItemKey{Tenant: r.text(), Product: r.text(), Location: r.text(), Lot: r.text()},
			First: r.seq(), More: r.bytes(),
		}
		return func() error { return j.Each(fn) }, r.err
	})
}
