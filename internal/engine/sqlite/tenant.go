package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/engine"
)

// DropKeys drops the keys that lead to the entries, in one transaction.
func (e *Engine) DropKeys(ctx context.Context, entries []engine.EntryRange) (n int, err error) {
	err = e.erasing(ctx, "drop keys", func(w *writer) error {
		n = 0
		for _, r := range entries {
			first, last := r.KeyNos()
			some, err := w.erase("DELETE FROM key WHERE no BETWEEN ? AND ?", first, last)
			if n += some; err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// tenantRows drop rows of a tenant, at most so many: the journal first, which is
// found by the items.
var tenantRows = []string{
	`DELETE FROM journal WHERE (item, seq) IN (SELECT item, seq FROM journal WHERE item IN
		(SELECT no FROM item WHERE tenant = ?1 UNION ALL SELECT no FROM gone WHERE tenant = ?1) LIMIT ?2)`,
	`DELETE FROM hold WHERE (order_id, tenant, bucket) IN (SELECT order_id, tenant, bucket FROM hold WHERE tenant = ?1 LIMIT ?2)`,
	`DELETE FROM gone WHERE no IN (SELECT no FROM gone WHERE tenant = ?1 LIMIT ?2)`,
	`DELETE FROM item WHERE no IN (SELECT no FROM item WHERE tenant = ?1 LIMIT ?2)`,
}

// DropTenant drops rows of the tenant, in one transaction.
func (e *Engine) DropTenant(ctx context.Context, tenant string, limit int) (n int, err error) {
	err = e.erasing(ctx, "drop tenant", func(w *writer) error {
		n = 0
		for _, sql := range tenantRows {
			if n >= limit {
				break
			}
			some, err := w.erase(sql, tenant, limit-n)
			if n += some; err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// erasing runs fn in a transaction that overwrites in the file what it deletes.
func (e *Engine) erasing(ctx context.Context, op string, fn func(*writer) error) error {
	err := e.durably(ctx, op, func(w *writer) error {
		if err := w.exec("PRAGMA secure_delete = ON"); err != nil {
			return err
		}
		return fn(w)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// erase runs a statement and returns how many rows it has changed.
func (w *writer) erase(sql string, args ...any) (int, error) {
	if err := sqlitex.Execute(w.db, sql, &sqlitex.ExecOptions{Args: args}); err != nil {
		return 0, err
	}
	return w.db.Changes(), nil
}
