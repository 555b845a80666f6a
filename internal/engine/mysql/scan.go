package mysql

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/stock"
)

// A scan is one transaction that sees one state and reads page after page in
// the order of a key: no statement runs for long, a page is all that is in
// memory, and while the caller's function works the connection is idle.

// pageRows is how many rows one statement of a scan looks at.
const pageRows = 2048

// scan is a walk through a table in the order of a key.
type scan[R any] struct {
	table, cols string
	// key are the columns of the key that differ from row to row.
	key []string
	// within is a condition that goes along with the key, where are others;
	// sparse says that those may pass over many rows.
	within string
	where  []string
	sparse bool
	limit  int
	// from are the values of the key behind which the scan begins, nil for
	// the first; next makes them from a row.
	from []string
	next func(R) []string
	row  func(row) (R, error)
}

// literal writes a value as text's methods do.
func literal(write func(*text)) string {
	var t text
	write(&t)
	return string(t.b)
}

func strLiteral(v string) string { return literal(func(t *text) { t.str(v) }) }

func numLiteral(n int64) string { return literal(func(t *text) { t.num(n) }) }

// beyond is the condition that the key is greater than the values, written so
// that both servers use the index: they do not for (a, b) > (x, y).
func beyond(key, values []string) string { return compare(key, values, ">", ">") }

// atMost is the condition that the key is at most the values.
func atMost(key, values []string) string { return compare(key, values, "<", "<=") }

func compare(key, values []string, strict, last string) string {
	n := len(key) - 1
	cond := key[n] + last + values[n]
	for i := n - 1; i >= 0; i-- {
		cond = key[i] + strict + values[i] + " OR " + key[i] + "=" + values[i] + " AND (" + cond + ")"
	}
	return "(" + cond + ")"
}

// ScanItems reads item rows in key order.
func (e *Engine) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	sc := scan[engine.ItemRow]{
		table: e.tables.item, cols: itemCols, key: itemKey,
		limit: s.Limit,
		row:   func(r row) (engine.ItemRow, error) { return itemRow(r), nil },
	}
	fixed := 0
	if !s.All {
		fixed, s.All = 1, true
		sc.within = " AND tenant=" + strLiteral(s.Tenant)
		sc.sparse = s.Product == "" && (s.Location != "" || s.Bucket != nil)
	} else {
		sc.sparse = s.Product != "" || s.Location != "" || s.Bucket != nil
	}
	sc.sparse = sc.sparse && !s.Low && s.Lapsed == 0 // these have an index
	sc.next = func(it engine.ItemRow) []string { return itemLiterals(it.Key)[fixed:] }
	sc.key = sc.key[fixed:]
	if s.After != nil {
		sc.from = itemLiterals(*s.After)[fixed:]
	}
	sc.where = table.Conditions(&s, func(v any) string {
		switch v := v.(type) {
		case string:
			return strLiteral(v)
		case int64:
			return numLiteral(v)
		}
		return "1"
	})
	return walk(ctx, e, "scan items", sc, fn)
}

// ScanHolds reads hold rows, in the order of their order ids.
func (e *Engine) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	sc := scan[engine.HoldRow]{
		table: e.tables.hold, cols: holdCols, key: holdKey,
		row:  func(r row) (engine.HoldRow, error) { return holdRow(r), nil },
		next: func(h engine.HoldRow) []string { return holdLiterals(h.Key) },
	}
	if s.Open {
		sc.where = append(sc.where, "open=1")
	}
	if s.Bucket != nil {
		sc.where = append(sc.where, inBucket(*s.Bucket))
	}
	sc.sparse = len(sc.where) > 0
	return walk(ctx, e, "scan holds", sc, fn)
}

func itemLiterals(k stock.ItemKey) []string {
	return []string{strLiteral(k.Tenant), strLiteral(k.Product), strLiteral(k.Location), strLiteral(k.Lot)}
}

func holdLiterals(k stock.HoldKey) []string {
	return []string{strLiteral(k.Order), strLiteral(k.Tenant), numLiteral(int64(k.Bucket))}
}

func inBucket(b stock.Bucket) string { return "bucket=" + numLiteral(int64(b)) }

// walk runs a scan in a snapshot and returns the head it was read at.
func walk[R any](ctx context.Context, e *Engine, op string, s scan[R], fn func(*R) error) (head engine.Seq, err error) {
	err = e.runInSnapshot(ctx, op, func(ctx context.Context, c *conn, at current) error {
		head = at.seq
		return pages(ctx, c, s, fn)
	})
	if err != nil {
		return 0, err
	}
	return head, nil
}

// pages reads page after page.
func pages[R any](ctx context.Context, c *conn, s scan[R], fn func(*R) error) error {
	var t text
	from, left := s.from, s.limit
	for {
		n := pageRows
		if s.limit > 0 {
			n = min(n, left)
		}
		end, err := s.end(ctx, c, &t, from)
		if err != nil {
			return err
		}
		page, err := s.page(ctx, c, &t, from, end, n)
		if err != nil {
			return err
		}
		for i := range page {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(&page[i]); err != nil {
				return callbackError{err}
			}
		}
		left -= len(page)
		switch {
		case s.limit > 0 && left == 0:
			return nil
		case len(page) == n:
			from = s.next(page[n-1])
		case end != nil:
			from = end
		default:
			return nil
		}
	}
}

// end returns the key of the row up to which the next page looks, nil when it
// may look to the end.
func (s *scan[R]) end(ctx context.Context, c *conn, t *text, from []string) (end []string, err error) {
	if !s.sparse {
		return nil, nil
	}
	t.reset().writeSQL("SELECT ")
	for i, k := range s.key {
		if i > 0 {
			t.comma()
		}
		t.writeSQL(k)
	}
	t.writeSQL(" FROM ", s.table, " WHERE 1=1", s.within)
	if from != nil {
		t.writeSQL(" AND ", beyond(s.key, from))
	}
	s.order(t).writeSQL(" LIMIT 1 OFFSET ").num(pageRows - 1).end()
	err = c.ask(ctx, t, func(r row) error {
		for i := range s.key {
			if v, ok := r[i].([]byte); ok {
				end = append(end, literal(func(t *text) { t.bytes(v) }))
			} else {
				end = append(end, numLiteral(r.num(i)))
			}
		}
		return nil
	})
	return end, err
}

// page reads the rows behind from and up to end, at most n.
func (s *scan[R]) page(ctx context.Context, c *conn, t *text, from, end []string, n int) (page []R, err error) {
	t.reset().writeSQL("SELECT ", s.cols, " FROM ", s.table, " WHERE 1=1", s.within)
	for _, w := range s.where {
		t.writeSQL(" AND ", w)
	}
	if from != nil {
		t.writeSQL(" AND ", beyond(s.key, from))
	}
	if end != nil {
		t.writeSQL(" AND ", atMost(s.key, end))
	}
	s.order(t).writeSQL(" LIMIT ").num(int64(n)).end()
	err = c.ask(ctx, t, func(r row) error {
		v, err := s.row(r)
		page = append(page, v)
		return err
	})
	return page, err
}

func (s *scan[R]) order(t *text) *text {
	t.writeSQL(" ORDER BY ")
	for i, k := range s.key {
		if i > 0 {
			t.comma()
		}
		t.writeSQL(k)
	}
	return t
}

// runInSnapshot runs fn in a transaction that sees one state. It is not tried
// again once fn has been called: a caller does not want to see rows twice.
func (e *Engine) runInSnapshot(ctx context.Context, op string, fn func(context.Context, *conn, current) error) error {
	ctx, done := e.turn.UntilClosed(ctx)
	defer done()
	var told error
	err := e.reading(ctx, op, e.d.scans, func(c *conn) error {
		at, err := e.askHead(ctx, c, new(text).writeSQL(snapshot).end().headOf(e).end(), true)
		if err != nil {
			return errors.Join(err, c.close())
		}
		told = fn(ctx, c, at)
		if !c.dead && (ctx.Err() != nil || c.exec(ctx, "COMMIT") != nil) {
			_ = c.close()
		}
		return nil
	})
	if err == nil {
		err = told
	}
	if c, ok := errors.AsType[callbackError](err); ok {
		return c.error
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, turn.Cause(ctx))
	}
	if told != nil {
		return e.fail(op, told)
	}
	return err
}

// callbackError is an error of the caller's function: it goes back as it is.
type callbackError struct{ error }

func (c callbackError) Unwrap() error { return c.error }
