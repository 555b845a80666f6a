package sqlite

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
)

// Intact asks SQLite whether its trees and indexes are whole, and returns what
// is damaged as an engine.ErrBroken: a row that an index has lost is not found
// by reading the rows. It writes nothing and may run concurrently with
// everything else.
func (e *Engine) Intact(ctx context.Context) error {
	_, err := e.scan(ctx, "check the file", "PRAGMA integrity_check(5)", nil, func(_ *reader, s *sqlite.Stmt) error {
		if what := s.ColumnText(0); what != "ok" {
			return fmt.Errorf("%w: %s", engine.ErrBroken, what)
		}
		return nil
	})
	return err
}

// Verify reads the whole file and returns the damage in it, as an
// engine.ErrBroken. It checks what Intact checks, and the checksum of every
// row.
func (e *Engine) Verify(ctx context.Context) error {
	if err := e.Intact(ctx); err != nil {
		return err
	}
	_, items := e.ScanItems(ctx, engine.ItemScan{All: true}, func(*engine.ItemRow) error { return nil })
	_, holds := e.ScanHolds(ctx, engine.HoldScan{}, func(*engine.HoldRow) error { return nil })
	_, keys := e.ScanKeys(ctx, 0, 0, func(*engine.KeyRow) error { return nil })
	_, _, buckets := e.Buckets(ctx)
	return errors.Join(items, holds, keys, buckets, e.verifyLog(ctx))
}

// verifyLog reads the log from its first record.
func (e *Engine) verifyLog(ctx context.Context) error {
	var first engine.Seq
	if _, err := e.scan(ctx, "verify log", "SELECT coalesce(min(seq), 1) FROM log", nil, func(_ *reader, s *sqlite.Stmt) error {
		first = engine.Seq(s.ColumnInt64(0))
		return nil
	}); err != nil {
		return err
	}
	for after := first - 1; ; {
		recs, err := e.Read(ctx, after, 1000)
		if err != nil || len(recs) == 0 {
			return err
		}
		after = recs[len(recs)-1].Seq
	}
}
