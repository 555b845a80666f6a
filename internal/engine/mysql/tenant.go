package mysql

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// DropKeys drops the keys that lead to the entries.
func (e *Engine) DropKeys(ctx context.Context, entries []engine.EntryRange) (n int, err error) {
	for _, r := range entries {
		first, last := r.KeyNos()
		some, err := e.erase(ctx, "drop keys", new(text).writeSQL("DELETE FROM ", e.tables.key, " WHERE no BETWEEN ").num(first).writeSQL(" AND ").num(last))
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

// DropTenant drops rows of the tenant, of each table with a statement of its own: the
// journal first, which is found by the items.
func (e *Engine) DropTenant(ctx context.Context, tenant string, limit int) (n int, err error) {
	for _, table := range []string{e.tables.journal, e.tables.hold, e.tables.gone, e.tables.item} {
		if n >= limit {
			break
		}
		t := new(text).writeSQL("DELETE FROM ", table, " WHERE ")
		if table == e.tables.journal {
			t.writeSQL("item IN (SELECT no FROM ", e.tables.item, " WHERE tenant=").str(tenant)
			t.writeSQL(" UNION ALL SELECT no FROM ", e.tables.gone, " WHERE tenant=").str(tenant).writeSQL(")")
		} else {
			t.writeSQL("tenant=").str(tenant)
		}
		some, err := e.erase(ctx, "drop tenant", t.writeSQL(" LIMIT ").num(int64(limit-n)))
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

// erase runs a statement and returns how many rows it has deleted.
func (e *Engine) erase(ctx context.Context, op string, t *text) (n int, err error) {
	err = e.chore(ctx, op, func(c *conn) (err error) {
		n, err = c.affect(ctx, string(t.b), 1)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	return n, nil
}
