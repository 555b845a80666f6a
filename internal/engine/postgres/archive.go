package postgres

import (
	"context"
	"errors"

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

// first looks into the parts, oldest first, each by its name (part.go). A part
// that is dropped meanwhile is no longer the first.
func (e *Engine) first(ctx context.Context, s *session) (first engine.Seq, err error) {
	all, err := partsOf(ctx, s.conn, e.sql.schema)
	if err != nil {
		return 0, err
	}
	for _, n := range all {
		err := s.conn.QueryRow(ctx, "SELECT seq FROM "+e.sql.schema+"."+partName(n)+" ORDER BY seq LIMIT 1").Scan(&first)
		if pe, ok := pgError(err); ok && pe.Code == codeNoTable || errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		return first, err
	}
	return 0, nil
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
		if head.seq > 0 {
			if err := e.dropParts(ctx, s.conn, min(upTo, head.seq-1)); err != nil {
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
		all, err := partsOf(ctx, tx, e.sql.schema)
		if err != nil {
			return err
		}
		for _, n := range all {
			if last := engine.Seq((n+1)*e.parts.size - 1); last > upTo {
				continue
			}
			if _, err := tx.Exec(ctx, "DROP TABLE "+e.sql.schema+"."+partName(n)); err != nil {
				return err
			}
		}
		return nil
	})
}
