package slot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Items is Ledger.Items in this slot; ErrMoving when one of the buckets does not live
// there.
func (s *Slot) Items(ctx context.Context, keys []stock.ItemKey, buckets ...stock.Bucket) ([]Level, stock.Time, error) {
	var levels []Level
	var away error
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		levels, want, away = m.levelsOf(keys, buckets, now)
		return want
	})
	return levels, now, cmp.Or(err, away)
}

// levelsOf returns the levels of the items and what memory lacks of them; ErrMoving
// when one of the buckets does not live in the slot.
func (m *memory) levelsOf(keys []stock.ItemKey, buckets []stock.Bucket, now stock.Time) (levels []Level, want engine.Want, err error) {
	if m.stages != nil && slices.ContainsFunc(buckets, m.stages.Hides) {
		return nil, want, ErrMoving
	}
	for i := range buckets {
		if err := m.checkPlace(buckets[i], keys[i]); err != nil {
			return nil, want, err
		}
	}
	levels = make([]Level, len(keys))
	for i, k := range keys {
		e, ok := m.items.get(k)
		if !ok {
			want.Items = append(want.Items, k)
			continue
		}
		levels[i] = m.level(k, e, now)
	}
	return levels, want, nil
}

// Product is Ledger.Product in this slot.
func (s *Slot) Product(ctx context.Context, p engine.ProductKey) ([]Level, Sight, stock.Time, error) {
	var levels []Level
	var seen Sight
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		levels, seen, want = m.productLevels(p, now)
		return want
	})
	return levels, seen, now, err
}

// productLevels returns the levels of a product's items and what memory lacks of them.
func (m *memory) productLevels(p engine.ProductKey, now stock.Time) (levels []Level, seen Sight, want engine.Want) {
	seen = m.sight()
	keys, ok := m.products.get(p)
	if !ok {
		want.Products = append(want.Products, p)
		return nil, seen, want
	}
	levels = make([]Level, 0, len(keys))
	for _, k := range keys {
		e, ok := m.items.get(k)
		if !ok {
			want.Items = append(want.Items, k)
			continue
		}
		if e.cur == nil || seen.sees(e.cur.Bucket) {
			levels = append(levels, m.level(k, e, now))
		}
	}
	return levels, seen, want
}

// Ready reports why the slot cannot be used: its head cannot be read, or its store had no room
// lately. nil when it can.
func (s *Slot) Ready(ctx context.Context) error {
	if err := cmp.Or(s.stopped(), s.room.check(s.o.clock.Elapsed())); err != nil {
		return err
	}
	_, err := s.Head(ctx)
	return err
}

// look lets see read the memory at a moment when it shows every commit acknowledged
// before look was called. It repeats that until see wants nothing that memory
// lacks. see runs under the memory's lock.
func (s *Slot) look(ctx context.Context, see func(*memory, stock.Time) engine.Want) (stock.Time, error) {
	head, err := s.head.Head(ctx)
	s.At(ctx, PointShared)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	for range maxLooks {
		var want engine.Want
		s.m.mu.Lock()
		behind := s.m.seq < head
		now := max(s.clock.Now(), s.m.at)
		if !behind {
			want = see(s.m, now)
		}
		s.m.mu.Unlock()
		if !behind && isNothing(&want) {
			return now, nil
		}
		c := s.committer.queue.call(0)
		c.follow, c.want = behind, want
		if err := s.submit(ctx, c); err != nil {
			return 0, err
		}
		err := c.err
		s.committer.queue.drop(c)
		if err != nil {
			return 0, err
		}
	}
	return 0, errors.Join(ErrBusy, errors.New("memory is too small for this read"))
}

func isNothing(w *engine.Want) bool {
	return len(w.Items)+len(w.Products)+len(w.Orders)+len(w.Keys) == 0
}

// maxLooks bounds how often a read asks for rows that were forgotten meanwhile.
const maxLooks = 64
