package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
)

// Head reads the newest record's seq.
func (e *Engine) Head(ctx context.Context) (head engine.Seq, err error) {
	err = e.withReader(ctx, "head", e.loads, func(r *reader) error {
		return patience(ctx, func() error {
			head, err = r.readHead()
			return err
		})
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
	sql, args := itemScan(s)
	return e.scan(ctx, "scan items", sql, args, func(r *reader, st *sqlite.Stmt) error {
		it, err := r.itemRow(st)
		if err != nil {
			return err
		}
		return callback(fn(&it))
	})
}

// itemScan is the statement of a scan. The names of its conditions are few, so
// that few statements are prepared.
func itemScan(s engine.ItemScan) (sql string, args []any) {
	var where []string
	and := func(cond string, values ...any) {
		where = append(where, cond)
		args = append(args, values...)
	}
	if !s.All {
		and("tenant = ?", s.Tenant)
	}
	if s.Product != "" {
		and("product = ?", s.Product)
	}
	if s.Location != "" {
		and("location = ?", s.Location)
	}
	if s.Low {
		and("low = 1")
	}
	if s.Lapsed != 0 {
		and("lapses_at > 0 AND lapses_at <= ?", int64(s.Lapsed))
	}
	if s.Bucket != nil {
		and("bucket = ?", int64(*s.Bucket))
	}
	if a := s.After; a != nil {
		if s.All {
			and("(tenant, product, location, lot) > (?, ?, ?, ?)", a.Tenant, a.Product, a.Location, []byte(a.Lot))
		} else {
			and("(product, location, lot) > (?, ?, ?)", a.Product, a.Location, []byte(a.Lot))
		}
	}
	sql = selectItem
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	sql += " ORDER BY tenant, product, location, lot"
	if s.Limit > 0 {
		sql += " LIMIT ?"
		args = append(args, int64(s.Limit))
	}
	return sql, args
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
	return e.scan(ctx, "scan holds", sql, args, func(r *reader, st *sqlite.Stmt) error {
		h, err := r.holdRow(st)
		if err != nil {
			return err
		}
		return callback(fn(&h))
	})
}

// scan runs fn for each row of a statement.
func (e *Engine) scan(ctx context.Context, op, sql string, args []any, fn func(*reader, *sqlite.Stmt) error) (head engine.Seq, err error) {
	ctx, done := e.untilClosed(ctx)
	defer done()
	err = e.withReader(ctx, op, e.scans, func(r *reader) error {
		return r.snapshot(ctx, func(h engine.Seq) error {
			head = h
			st, err := r.Prepare(sql)
			if err != nil {
				return err
			}
			bind(st, args)
			r.SetInterrupt(ctx.Done()) // a filter may pass over many rows
			defer r.SetInterrupt(nil)
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
		return 0, fmt.Errorf("%s: %w", op, cause(ctx))
	}
	return 0, err
}

// cause is why a context of untilClosed ended.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, engine.ErrClosed) {
		return err
	}
	return ctx.Err()
}

// untilClosed returns a context that ends with ctx and with the engine.
func (e *Engine) untilClosed(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-e.turn.Closed():
			cancel(engine.ErrClosed)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-gone
	}
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

// withReader runs fn with a connection of the pool.
func (e *Engine) withReader(ctx context.Context, op string, p *pool, fn func(*reader) error) error {
	r, err := p.take(ctx)
	if err != nil {
		return e.fail(op, err)
	}
	defer p.give(r)
	return e.fail(op, fn(r))
}
