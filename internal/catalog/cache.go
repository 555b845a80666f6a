package catalog

import (
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// cache keeps a bounded number of rows in memory. A row that was read before
// an invalidation and put after it does not stay: put says at which
// generation its read began.
type cache[K comparable, V any] struct {
	rows *otter.Cache[K, V]
	gen  atomic.Uint64
}

func newCache[K comparable, V any](most int) (*cache[K, V], error) {
	rows, err := otter.New(&otter.Options[K, V]{MaximumSize: most})
	if err != nil {
		return nil, err
	}
	return &cache[K, V]{rows: rows}, nil
}

func (c *cache[K, V]) get(key K) (V, bool) { return c.rows.GetIfPresent(key) }

// generation is asked for before the database is.
func (c *cache[K, V]) generation() uint64 { return c.gen.Load() }

func (c *cache[K, V]) put(key K, row V, generation uint64) {
	c.rows.Set(key, row)
	if c.gen.Load() != generation {
		c.rows.Invalidate(key)
	}
}

// drop forgets one row, and what readers on their way would put.
func (c *cache[K, V]) drop(key K) {
	c.gen.Add(1)
	c.rows.Invalidate(key)
}

// clear forgets all rows, and what readers on their way would put.
func (c *cache[K, V]) clear() {
	c.gen.Add(1)
	c.rows.InvalidateAll()
}
