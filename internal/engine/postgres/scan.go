package postgres

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
)

// ScanItems reads item rows in key order.
func (e *Engine) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	sql, bind := e.itemScan(s)
	return e.scan(ctx, "scan items", sql, bind, func(r *row) (func() error, error) {
		it, err := r.item()
		return func() error { return fn(&it) }, err
	})
}

// itemScan is the statement of a scan.
func (e *Engine) itemScan(s engine.ItemScan) (sql string, bind func(*params)) {
	var binds []func(*params)
	param := func(kind string, bind func(*params)) string {
		binds = append(binds, bind)
		return fmt.Sprintf("$%d::%s", len(binds), kind)
	}
	sql = e.sql.scanItems + table.Selection(&s, func(v any) string {
		switch v := v.(type) {
		case string:
			return param("text", func(p *params) { p.text(v) })
		case []byte:
			return param("bytea", func(p *params) { p.bytes(v) })
		}
		return fmt.Sprint(v)
	})
	return sql, func(p *params) {
		for _, b := range binds {
			b(p)
		}
	}
}

// ScanHolds reads hold rows in the physical order of the table.
func (e *Engine) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	sql := e.sql.scanHolds + " WHERE true"
	if s.Open {
		sql += " AND o.open"
	}
	if s.Bucket != nil {
		sql += fmt.Sprintf(" AND o.bucket = %d", *s.Bucket)
	}
	return e.scan(ctx, "scan holds", sql, nil, func(r *row) (func() error, error) {
		h, err := r.hold()
		return func() error { return fn(&h) }, err
	})
}

const (
	// scanRows is how many rows a scan fetches at a time.
	scanRows = 500
	// scanWait bounds the server's work for scanRows rows: a filter may pass
	// over many.
	scanWait = "SET LOCAL statement_timeout = 600000"
	// A scan reads most of a table: the planner may do as it thinks best.
	scanFreely = "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true)," +
		" set_config('enable_mergejoin', 'on', true)"
	// The keys of a range of records are found by their number (key_no),
	// whatever the planner assumes about a table that it has not analyzed yet.
	scanRange = "SET LOCAL enable_bitmapscan = on"
	declare   = "DECLARE rows NO SCROLL CURSOR FOR "
)

// scan runs fn for each row of a statement, all from one snapshot, and returns
// the head in it. The rows come in portions through a cursor; while fn has one
// the connection does nothing, so fn may take its time.
func (e *Engine) scan(ctx context.Context, op, sql string, bind func(*params), fn func(*row) (func() error, error)) (head engine.Seq, err error) {
	return e.scanAt(ctx, op, scanFreely, step{sql: e.sql.head}, sql, bind, fn)
}

// scanAt is scan with the setting for the planner (plan), and with the
// statement that reads the position of the snapshot (where).
func (e *Engine) scanAt(
	ctx context.Context, op, plan string, where step, sql string, bind func(*params), fn func(*row) (func() error, error),
) (at engine.Seq, err error) {
	ctx, done, err := e.call(ctx, 0)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	defer done()
	if err := e.settle(ctx); err != nil {
		return 0, e.fail(ctx, op, err)
	}
	select {
	case e.db.scans <- struct{}{}:
		defer func() { <-e.db.scans }()
	case <-ctx.Done():
		return 0, e.fail(ctx, op, cause(ctx))
	}
	where.row = func(r *row) error { at = r.seq(); return r.err }
	began := false
	err = e.retry(ctx, func(ctx context.Context, s *session) error {
		return e.portions(ctx, s, plan, where, sql, bind, func(r *row) (func() error, error) {
			began = true
			return fn(r)
		})
	}, func() bool { return !began })
	if err != nil {
		return 0, e.fail(ctx, op, err)
	}
	return at, nil
}

// portions fetches the rows of a statement until there are no more.
func (e *Engine) portions(
	ctx context.Context, s *session, plan string, where step, sql string, bind func(*params), fn func(*row) (func() error, error),
) error {
	defer s.rollback()
	err := s.pipe(ctx, step{sql: snapshot}, step{sql: scanWait}, step{sql: plan}, where, step{sql: declare + sql, bind: bind, once: true})
	if err != nil {
		return err
	}
	var portion []func() error
	fetch := fmt.Sprintf("FETCH %d FROM rows", scanRows)
	for {
		portion = portion[:0]
		rr := s.conn.PgConn().ExecParams(ctx, fetch, nil, nil, nil, inBinary)
		err := rows(rr, func(r *row) error {
			call, err := fn(r)
			portion = append(portion, call)
			return err
		})
		if err != nil {
			return err
		}
		for _, call := range portion {
			if err := ctx.Err(); err != nil {
				return cause(ctx)
			}
			if err := call(); err != nil {
				return callbackError{err}
			}
		}
		if len(portion) < scanRows {
			return nil
		}
	}
}
