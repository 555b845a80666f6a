package postgres

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// DropKeys drops the keys that lead to the entries, each range in a transaction of its
// own.
func (e *Engine) DropKeys(ctx context.Context, entries []engine.EntryRange) (n int, err error) {
	for _, r := range entries {
		first, last := r.KeyNos()
		some, err := e.erase(ctx, "drop keys", e.sql.dropKeysOf, func(p *params) {
			p.int8(first)
			p.int8(last)
		})
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

// DropTenant drops rows of the tenant, of each table in a transaction of its own.
func (e *Engine) DropTenant(ctx context.Context, tenant string, limit int) (n int, err error) {
	for _, sql := range e.sql.dropTenant {
		if n >= limit {
			break
		}
		some, err := e.erase(ctx, "drop tenant", sql, func(p *params) {
			p.text(tenant)
			p.int8(int64(limit - n))
		})
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

// erase runs a statement that answers how many rows it has deleted.
func (e *Engine) erase(ctx context.Context, op, sql string, bind func(*params)) (n int, err error) {
	err = e.read(ctx, op, func(ctx context.Context, s *session) error {
		n = 0
		return s.change(ctx, synced, step{sql: sql, bind: bind, row: func(r *row) error {
			n = int(r.int8())
			return r.err
		}})
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	return n, nil
}
