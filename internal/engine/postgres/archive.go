package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/engine"
)

// First reads the seq of the oldest record.
func (e *Engine) First(ctx context.Context) (first engine.Seq, err error) {
	err = e.read(ctx, "first", func(ctx context.Context, s *session) error {
		first, err = e.first(ctx, s)
		return err
	})
	return first, err
}

func (e *Engine) first(ctx context.Context, s *session) (first engine.Seq, err error) {
	err = s.call(ctx, step{sql: e.sql.first, row: func(r *row) error { first = r.seq(); return r.err }})
	return first, err
}

// DropRecords drops the parts of the log whose records are all up to upTo and
// before the head. Readers wait for it for as long as it takes to drop a table,
// writers not at all.
func (e *Engine) DropRecords(ctx context.Context, upTo engine.Seq) (gone engine.Seq, err error) {
	err = e.read(ctx, "drop records", func(ctx context.Context, s *session) error {
		head, err := e.readHead(ctx, s)
		if err != nil {
			return err
		}
		if head > 0 {
			if err := e.dropParts(ctx, s.conn, min(upTo, head-1)); err != nil {
				return err
			}
		}
		first, err := e.first(ctx, s)
		gone = max(first, 1) - 1
		return err
	})
	return gone, err
}

// dropParts drops the parts that end at upTo or before, oldest first.
func (e *Engine) dropParts(ctx context.Context, conn *pgx.Conn, upTo engine.Seq) error {
	return e.db.change(ctx, conn, e.sql.schema, func(tx pgx.Tx) error {
		names, err := tx.Query(ctx, "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"+
			" WHERE i.inhparent = $1::regclass", e.sql.schema+".log")
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(names, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range all {
			n, err := strconv.ParseInt(strings.TrimPrefix(name, "log_"), 10, 64)
			if err != nil {
				return fmt.Errorf("%w: %s is no part of the log", engine.ErrBroken, name)
			}
			if last := engine.Seq((n+1)*e.parts.size - 1); last > upTo {
				continue
			}
			if _, err := tx.Exec(ctx, fmt.Sprintf("DROP TABLE %s.log_%d", e.sql.schema, n)); err != nil {
				return err
			}
		}
		return nil
	})
}
