package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// Head reads the newest record's seq.
func (e *Engine) Head(ctx context.Context) (head engine.Seq, err error) {
	err = e.ask(ctx, "head", e.loads, func(r *reader) error {
		head, err = r.readHead()
		return err
	})
	return head, err
}

// Load reads the wanted rows in one snapshot.
func (e *Engine) Load(ctx context.Context, w engine.Want) (l *engine.Loaded, err error) {
	err = e.withReader(ctx, "load", e.loads, func(r *reader) error {
		return r.snapshot(ctx, func(head engine.Seq) error {
			l, err = r.load(ctx, head, w)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Read reads records.
func (e *Engine) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = e.withReader(ctx, "read", e.loads, func(r *reader) error {
		return r.snapshot(ctx, func(head engine.Seq) error {
			recs, err = r.records(ctx, head, after, limit)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

// ScanItems reads item rows in key order.
func (e *Engine) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	// Values are parameters, so that few statements are prepared.
	var args []any
	sql := selectItem + table.Selection(&s, func(v any) string {
		if v == true {
			return "1"
		}
		args = append(args, v)
		return "?"
	})
	return scanRows(ctx, e, "scan items", sql, args, (*reader).itemRow, fn)
}

// ScanHolds reads hold rows, in the order of their order ids.
func (e *Engine) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	sql, args := selectHold+" WHERE true", []any(nil)
	if s.Open {
		sql += " AND open = 1"
	}
	if s.Bucket != nil {
		sql += " AND bucket = ?"
		args = append(args, int64(*s.Bucket))
	}
	return scanRows(ctx, e, "scan holds", sql, args, (*reader).holdRow, fn)
}

// scanRows runs fn for each row of a statement as row reads it.
func scanRows[R any](
	ctx context.Context, e *Engine, op, sql string, args []any, row func(*reader, *sqlite.Stmt) (R, error), fn func(*R) error,
) (engine.Seq, error) {
	return e.scan(ctx, op, sql, args, func(r *reader, st *sqlite.Stmt) error {
		v, err := row(r, st)
		if err != nil {
			return err
		}
		return callback(fn(&v))
	})
}

// scan runs fn for each row of a statement.
func (e *Engine) scan(ctx context.Context, op, sql string, args []any, fn func(*reader, *sqlite.Stmt) error) (head engine.Seq, err error) {
	ctx, done := e.turn.UntilClosed(ctx)
	defer done()
	err = e.withReader(ctx, op, e.scans, func(r *reader) error {
		return r.snapshot(ctx, func(h engine.Seq) error {
			head = h
			st, err := r.db.Prepare(sql)
			if err != nil {
				return err
			}
			bind(st, args)
			r.db.SetInterrupt(ctx.Done()) // a filter may pass over many rows
			defer r.db.SetInterrupt(nil)
			return r.rows(st, func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return fn(r, st)
			})
		})
	})
	if err == nil {
		return head, nil
	}
	if c, ok := errors.AsType[callbackError](err); ok {
		return 0, c.error
	}
	if ctx.Err() != nil { // SQLite only says that it was interrupted
		return 0, fmt.Errorf("%s: %w", op, turn.Cause(ctx))
	}
	return 0, err
}

func bind(st *sqlite.Stmt, args []any) {
	for i, a := range args {
		switch v := a.(type) {
		case string:
			st.BindText(i+1, v)
		case []byte:
			st.BindBytes(i+1, v)
		case int64:
			st.BindInt64(i+1, v)
		}
	}
}

// callbackError is an error of the caller's function: it goes back as it is.
type callbackError struct{ error }

func (c callbackError) Unwrap() error { return c.error }

func callback(err error) error {
	if err == nil {
		return nil
	}
	return callbackError{err}
}
