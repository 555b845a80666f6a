package catalog

import (
	"sync"
	"sync/atomic"
)

// cache keeps a bounded number of rows in memory. A row that was read before
// an invalidation and put after it does not stay: put says at which
// generation its read began.
type cache[K comparable, V any] struct {
	gen    atomic.Uint64
	spread func(K) uint // says which share a key belongs to
	shares [shares]share[K, V]
}

// shares is into how many parts with a lock of their own a cache is cut.
const shares = 16

// share is a part of a cache. It is full when it has most rows. Then the next
// row replaces one that was not read since the clock hand last passed it
// (CLOCK).
type share[K comparable, V any] struct {
	mu    sync.RWMutex
	most  int
	rows  map[K]*cached[K, V]
	clock []*cached[K, V]
	hand  int
}

type cached[K comparable, V any] struct {
	key  K
	row  V
	at   int // its place on the clock
	read atomic.Bool
}

func newCache[K comparable, V any](most int, spread func(K) uint) *cache[K, V] {
	c := &cache[K, V]{spread: spread}
	for i := range c.shares {
		c.shares[i].most, c.shares[i].rows = max(1, most/shares), map[K]*cached[K, V]{}
	}
	return c
}

func (c *cache[K, V]) share(key K) *share[K, V] {
	return &c.shares[c.spread(key)%shares]
}

// spreadText spreads texts by their ends, where ids differ. A hash of all of it
// would take as long as the rest of get.
func spreadText(s string) uint {
	h := uint(len(s))
	for i := max(0, len(s)-4); i < len(s); i++ {
		h = h*31 + uint(s[i])
	}
	return h
}

func (k rowKey) spread() uint { return spreadText(k.id) }

func (c *cache[K, V]) get(key K) (V, bool) {
	s := c.share(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, ok := s.rows[key]
	if !ok {
		var none V
		return none, false
	}
	if !k.read.Load() { // most are marked: readers do not take the line of memory from each other
		k.read.Store(true)
	}
	return k.row, true
}

// generation must be called before the database is read.
func (c *cache[K, V]) generation() uint64 { return c.gen.Load() }

func (c *cache[K, V]) put(key K, row V, generation uint64) {
	s := c.share(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.gen.Load() == generation {
		s.put(key, row)
	}
}

func (s *share[K, V]) put(key K, row V) {
	if k, ok := s.rows[key]; ok {
		k.row = row
		return
	}
	k := &cached[K, V]{key: key, row: row, at: len(s.clock)}
	if len(s.clock) < s.most {
		s.clock = append(s.clock, k)
	} else {
		for s.hand %= s.most; s.clock[s.hand].read.Swap(false); s.hand = (s.hand + 1) % s.most {
		}
		k.at = s.hand
		delete(s.rows, s.clock[s.hand].key)
		s.clock[s.hand] = k
		s.hand++
	}
	s.rows[key] = k
}

// drop forgets one row, and makes the puts of reads under way void.
func (c *cache[K, V]) drop(key K) {
	c.gen.Add(1)
	s := c.share(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.rows[key]
	if !ok {
		return
	}
	last := s.clock[len(s.clock)-1]
	s.clock[k.at], last.at = last, k.at
	s.clock = s.clock[:len(s.clock)-1]
	delete(s.rows, key)
}

// clear forgets all rows, and makes the puts of reads under way void.
func (c *cache[K, V]) clear() {
	c.gen.Add(1)
	for i := range c.shares {
		s := &c.shares[i]
		s.mu.Lock()
		clear(s.rows)
		s.clock, s.hand = nil, 0
		s.mu.Unlock()
	}
}
