package memory

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// DropKeys drops the keys that lead to the entries.
func (e *Engine) DropKeys(ctx context.Context, entries []engine.EntryRange) (n int, err error) {
	err = e.changing(ctx, "drop keys", func() {
		for _, r := range entries {
			n += drop(e.keys, len(e.keys), func(k engine.KeyRow) bool { return k.Seq == r.Seq && k.Index >= r.First && k.Index <= r.Last })
		}
	})
	return n, err
}

// DropTenant drops rows of the tenant.
func (e *Engine) DropTenant(ctx context.Context, tenant string, limit int) (n int, err error) {
	err = e.changing(ctx, "drop tenant", func() {
		for k, seqs := range e.journal {
			if k.Tenant != tenant {
				continue
			}
			some := min(limit-n, len(seqs))
			n += some
			if e.journal[k] = seqs[some:]; some == len(seqs) {
				delete(e.journal, k)
			}
		}
		n += drop(e.holds, limit-n, func(r engine.HoldRow) bool { return r.Key.Tenant == tenant })
		n += drop(e.items, limit-n, func(r engine.ItemRow) bool { return r.Key.Tenant == tenant })
	})
	return n, err
}

// changing runs fn while nobody else reads or writes.
func (e *Engine) changing(ctx context.Context, op string, fn func()) error {
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	fn()
	return nil
}
