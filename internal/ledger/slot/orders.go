package slot

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Holds returns the order's holds in the slot, as a strong read does; ErrMoving
// when one of the given buckets does not live there.
func (s *Slot) Holds(ctx context.Context, k stock.OrderKey, meant ...stock.Bucket) ([]*stock.Hold, stock.Time, error) {
	part, now, err := s.Order(ctx, k)
	if err == nil && slices.ContainsFunc(meant, part.stages.Hides) {
		err = ErrMoving
	}
	return part.Holds, now, err
}

// OrderShare is what a slot has of an order.
type OrderShare struct {
	Holds []*stock.Hold
	Sight
}

// Order returns what the slot has of an order, as a strong read does.
func (s *Slot) Order(ctx context.Context, k stock.OrderKey) (OrderShare, stock.Time, error) {
	parts, now, err := s.Orders(ctx, []stock.OrderKey{k})
	if err != nil {
		return OrderShare{}, now, err
	}
	return parts[0], now, nil
}

// Orders is Order of several at one moment, each at its place. Later reads find them
// in memory.
func (s *Slot) Orders(ctx context.Context, keys []stock.OrderKey) ([]OrderShare, stock.Time, error) {
	parts := make([]OrderShare, len(keys))
	now, err := s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		for n, k := range keys {
			var known bool
			if parts[n], known = m.part(k); !known {
				want.Orders = append(want.Orders, k)
			}
		}
		return want
	})
	return parts, now, err
}

// part returns what the slot has of an order; false: memory does not know it.
func (m *memory) part(k stock.OrderKey) (p OrderShare, known bool) {
	e, ok := m.orders.get(k)
	if !ok || !e.complete {
		return p, false
	}
	p.Sight = m.sight()
	for i := range e.cur {
		if p.sees(e.cur[i].Key.Bucket) {
			p.Holds = append(p.Holds, e.cur[i].Hold)
		}
	}
	return p, true
}

// Facts are what the slot knows at one moment about items, orders and keys, each in the order in which they were named.
type Facts struct {
	Levels []Level
	Holds  [][]*stock.Hold
	Used   []bool
	At     stock.Time // of the levels
}

// Facts returns them, as a strong read does.
func (s *Slot) Facts(ctx context.Context, items []stock.ItemKey, orders []stock.OrderKey, keys []engine.KeyID) (Facts, error) {
	f := Facts{Holds: make([][]*stock.Hold, len(orders)), Used: make([]bool, len(keys))}
	asked := -1 // a missing key means something only once it was asked for
	var err error
	f.At, err = s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		f.Levels, want, _ = m.levelsOf(items, nil, now) // only a bucket has an error
		for n, k := range orders {
			p, known := m.part(k)
			if f.Holds[n] = p.Holds; !known {
				want.Orders = append(want.Orders, k)
			}
		}
		for n, id := range keys {
			if _, f.Used[n] = m.keys.get(id); !f.Used[n] && asked != m.forgotten {
				want.Keys = append(want.Keys, id)
			}
		}
		asked = m.forgotten
		return want
	})
	return f, err
}

// Outcome returns what is stored in the slot under a key.
func (s *Slot) Outcome(ctx context.Context, id engine.KeyID, fingerprint [16]byte) (_ Result, ok bool) {
	asked := -1 // a missing entry means something only once it was asked for
	var k StoredKey
	now, err := s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		if k, ok = m.keys.get(id); !ok && asked != m.forgotten {
			asked = m.forgotten
			want.Keys = append(want.Keys, id)
		}
		return want
	})
	switch {
	case err != nil:
		return Result{Err: err}, true
	case !ok:
		return Result{}, false
	case k.Print != fingerprint:
		return Result{Err: ErrKeyReused, At: now}, true
	}
	return s.Replay(ctx, k), true
}

// Keys returns those of the keys that are stored in the slot, as a strong read
// does; ErrMoving when one of the buckets does not live there.
func (s *Slot) Keys(ctx context.Context, ids []engine.KeyID, buckets []stock.Bucket) (map[engine.KeyID]StoredKey, error) {
	found, moving := map[engine.KeyID]StoredKey{}, false
	asked := -1 // a missing entry means something only once it was asked for
	_, err := s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		if moving = slices.ContainsFunc(buckets, m.stages.Hides); moving {
			return want
		}
		for _, id := range ids {
			if k, ok := m.keys.get(id); ok {
				found[id] = k
			} else if asked != m.forgotten {
				want.Keys = append(want.Keys, id)
			}
		}
		asked = m.forgotten
		return want
	})
	if err == nil && moving {
		err = ErrMoving
	}
	return found, err
}

// OtherBucket returns the bucket in which a line of the item may have been before
// it came to its present one; nothing when its location was not changed lately.
func (p *OrderShare) OtherBucket(k stock.ItemKey, in stock.Bucket) []stock.Bucket {
	if row := p.steps[in]; row == nil || row.Placement(k.Tenant, k.Location) == nil {
		return nil
	}
	both := []stock.Bucket{stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)}
	return slices.DeleteFunc(both, func(b stock.Bucket) bool { return b == in })
}

// Replay returns the outcome that is stored under a key of this slot.
func (s *Slot) Replay(ctx context.Context, k StoredKey) Result {
	res := Result{Replayed: true}
	s.past.answer(ctx, &k, &res)
	return res
}
