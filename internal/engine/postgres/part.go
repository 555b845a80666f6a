package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/engine"
)

// The log is a table partitioned by seq. Writers name the part, which spares
// every group the server's routing and the lock on the table, so that dropping
// a part never waits for a writer; everybody else reads SLOT.log. Parts are made
// ahead, in the background, by a process that writes in the second half of the
// one before.

// parts knows which parts of the log are there.
type parts struct {
	size int64
	// ready is how many parts, counted from the first, need not be looked for.
	ready  atomic.Int64
	making sync.WaitGroup
	busy   atomic.Bool
}

// partName is the name of part n in the slot's schema.
func partName(n int64) string { return "log_" + strconv.FormatInt(n, 10) }

// partsOf lists the parts of a log, oldest first.
func partsOf(ctx context.Context, q querier, schema string) (all []int64, err error) {
	rows, err := q.Query(ctx, "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"+
		" WHERE i.inhparent = $1::regclass", schema+".log")
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, err := strconv.ParseInt(strings.TrimPrefix(name, "log_"), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %s is no part of the log", engine.ErrBroken, name)
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all, nil
}

// number is the number of the part that holds the record.
func (p *parts) number(seq engine.Seq) int64 { return int64(seq) / p.size }

// partFor makes sure that the part for the record behind after is there. A
// writer with a head from nowhere must not make parts, so the head is looked
// at first.
func (e *Engine) partFor(ctx context.Context, after engine.Seq) error {
	n := e.parts.number(after + 1)
	if n < e.parts.ready.Load() {
		return nil
	}
	return e.withSession(ctx, func(ctx context.Context, s *session) error {
		head, err := e.readHead(ctx, s)
		if err != nil {
			return explain(ctx, err)
		}
		if head.seq != after {
			return engine.ErrMoved
		}
		return explain(ctx, e.makePart(ctx, s.conn, n))
	})
}

// partAhead makes the next part when the record is past the middle of its own.
// A failure occurs again, and is reported, for the record that needs the part.
func (e *Engine) partAhead(seq engine.Seq) {
	n := e.parts.number(seq + engine.Seq(e.parts.size/2))
	if n < e.parts.ready.Load() || !e.parts.busy.CompareAndSwap(false, true) {
		return
	}
	e.parts.making.Go(func() {
		defer e.parts.busy.Store(false)
		ctx, done, err := e.call(context.Background(), ddlFor)
		if err != nil {
			return
		}
		defer done()
		_ = e.withSession(ctx, func(ctx context.Context, s *session) error { return e.makePart(ctx, s.conn, n) })
	})
}

// ddlWait bounds the wait for a lock while a table is changed (FAULTS F24): a
// session that waits for such a lock makes all others wait behind it. ddlFor is
// how long it is tried.
const (
	ddlWait = "SET LOCAL lock_timeout = 500"
	ddlFor  = 20 * time.Second
)

// makePart makes part n if it is not there. It makes a table and then attaches
// it. Unlike creating it in place, that does not block reads and writes. But a
// statement that was planned before and gets its snapshot after does not see the
// rows of the part. A session that was just reading the list of parts may keep the
// old list for its later statements too (partdesc.c of PostgreSQL keeps the list
// that it made, even when the list was invalidated meanwhile). So a record that
// must be there is looked for in the part by its name.
func (e *Engine) makePart(ctx context.Context, conn *pgx.Conn, n int64) error {
	schema := e.sql.schema
	err := e.db.change(ctx, conn, schema, func(tx pgx.Tx) error {
		if there, err := hasTable(ctx, tx, schema, partName(n)); err != nil || there {
			return err
		}
		for _, sql := range []string{
			// Bodies of up to a page are stored in the row, not in the TOAST
			// table.
			fmt.Sprintf("CREATE TABLE %[1]s.%[2]s (LIKE %[1]s.log INCLUDING CONSTRAINTS INCLUDING STORAGE) WITH (toast_tuple_target = 8160)", schema, partName(n)),
			fmt.Sprintf("ALTER TABLE %[1]s.log ATTACH PARTITION %[1]s.%[2]s FOR VALUES FROM (%[3]d) TO (%[4]d)",
				schema, partName(n), n*e.parts.size, (n+1)*e.parts.size),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make part %d of the log: %w", n, err)
	}
	for ready := e.parts.ready.Load(); ready <= n; ready = e.parts.ready.Load() {
		if e.parts.ready.CompareAndSwap(ready, n+1) {
			break
		}
	}
	return nil
}

// change runs fn in a transaction that changes tables of a schema, alone among
// those that do, and again when it did not get a lock in time.
func (db *Database) change(ctx context.Context, conn *pgx.Conn, schema string, fn func(pgx.Tx) error) error {
	var lost error // there is no connection to try again with
	err := persist(ctx, ddlFor, func() error {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, ddlWait); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", schema); err != nil {
				return err
			}
			return fn(tx)
		})
		if err = explain(ctx, err); err != nil && conn.IsClosed() {
			lost = err
			return nil
		}
		return err
	})
	return errors.Join(err, lost)
}
