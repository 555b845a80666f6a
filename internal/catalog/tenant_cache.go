package catalog

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/singleflight"
)

// tenantCache keeps what a tenant has of one kind in memory, all of it together,
// read at once. All callers share what it returns, so nobody may change it.
type tenantCache[T any] struct {
	*core
	title  string // for people
	load   func(r *read, tenant string) (T, error)
	tables *cache[string, T] // by tenant
	reads  atomic.Pointer[singleflight.Group]
}

func newTenantCache[T any](c *core, title string, load func(*read, string) (T, error)) (*tenantCache[T], error) {
	s := &tenantCache[T]{core: c, title: title, load: load, tables: newCache[string, T](maxTables, spreadText)}
	s.reads.Store(new(singleflight.Group))
	return s, nil
}

// get returns what the tenant has, read when memory does not have it. Those who
// wait for the same table wait for one read. An answer is never older than a drop
// before the call.
func (s *tenantCache[T]) get(ctx context.Context, tenant string) (none T, err error) {
	if err := s.refresh(ctx); err != nil {
		return none, err
	}
	if table, ok := s.tables.get(tenant); ok {
		return table, nil
	}
	read := s.reads.Load().DoChan(tenant, func() (any, error) {
		generation := s.tables.generation()
		// One who goes away must not fail the others; the read has a bound.
		table, err := snapshot(context.WithoutCancel(ctx), s.store, func(r *read) (T, error) { return s.load(r, tenant) })
		if err == nil {
			s.tables.put(tenant, table, generation)
		}
		return table, err
	})
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case got := <-read:
		if got.Err != nil {
			return none, fmt.Errorf("read %s: %w", s.title, got.Err)
		}
		return got.Val.(T), nil
	}
}

// drop forgets what the tenant has. No later caller joins a read that is under
// way.
func (s *tenantCache[T]) drop(tenant string) {
	s.tables.drop(tenant)
	s.reads.Load().Forget(tenant)
}

// clear forgets what all tenants have.
func (s *tenantCache[T]) clear() {
	s.tables.clear()
	s.reads.Store(new(singleflight.Group))
}
