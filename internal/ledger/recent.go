package ledger

import (
	"context"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Recent answers reads that may be a little old from what this node remembers of
// the books. Decisions and strong reads must not ask here.
type Recent struct {
	*strongReader
	age time.Duration
}

// Recent returns the reader of what is remembered. age is how old an answer may be
// before the head of its slot is looked at again; while a slot does not answer it is
// slot.MaxAge.
func (l *Ledger) Recent(age time.Duration) *Recent { return &Recent{l.strongReader, age} }

// Items is Ledger.Items from memory alone. It shows what is at the positions after,
// and what was acknowledged before the time that it returns. It returns false when
// memory cannot answer: then the caller must read the books.
func (r *Recent) Items(ctx context.Context, keys []stock.ItemKey, after []slot.Position) ([]slot.Level, stock.Time, bool) {
	if !r.hasRecords(after) {
		return nil, 0, false
	}
	if len(r.slots) == 1 || len(keys) == 0 {
		return r.slots[0].RecentItems(ctx, r.age, keys)
	}
	parts := map[*slot.Slot][]int{}
	buckets := make([]stock.Bucket, len(keys))
	for i, k := range keys {
		s, b, err := r.slotOfItem(ctx, k)
		if err != nil {
			return nil, 0, false
		}
		parts[s], buckets[i] = append(parts[s], i), b
	}
	asked := make([]*slot.Slot, 0, len(parts))
	for s := range parts {
		asked = append(asked, s)
	}
	r.refresh(ctx, asked)
	levels := make([]slot.Level, len(keys))
	var moment earliest
	for _, s := range asked {
		numbers := parts[s]
		own := make([]stock.ItemKey, len(numbers))
		lie := make([]stock.Bucket, len(numbers))
		for i, n := range numbers {
			own[i], lie[i] = keys[n], buckets[n]
		}
		got, at, ok := s.RecentItems(ctx, r.age, own, lie...)
		if !ok {
			return nil, 0, false
		}
		for i := range got {
			levels[numbers[i]] = got[i]
		}
		moment.take(at)
	}
	return levels, moment.time(), true
}

// Product is Ledger.Product from memory alone; otherwise as Items.
func (r *Recent) Product(ctx context.Context, p engine.ProductKey, after []slot.Position) ([]slot.Level, stock.Time, bool) {
	if !r.hasRecords(after) {
		return nil, 0, false
	}
	r.refresh(ctx, r.slots)
	var levels []slot.Level
	seen := make([]slot.Sight, len(r.slots))
	var moment earliest
	for i, s := range r.slots {
		part, sight, at, ok := s.RecentProduct(ctx, r.age, p)
		if !ok {
			return nil, 0, false
		}
		levels, seen[i] = append(levels, part...), sight
		moment.take(at)
	}
	slot.SortLevels(levels)
	if len(r.slots) > 1 && (slot.CheckArrived(seen) != nil || haveTwice(levels)) {
		return nil, 0, false
	}
	return levels, moment.time(), true
}

// hasRecords reports whether memory has the records at the positions.
func (r *Recent) hasRecords(after []slot.Position) bool {
	for _, p := range after {
		if int(p.Slot) >= len(r.slots) || r.slots[p.Slot].Seen() < p.Seq {
			return false
		}
	}
	return true
}

// refresh looks at the heads of several slots together. The outcome is seen when
// they are read.
func (r *Recent) refresh(ctx context.Context, slots []*slot.Slot) {
	if len(slots) == 1 {
		return
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, s := range slots {
		if !s.IsRecent(r.age) {
			all.Go(func() { s.Refresh(ctx, r.age) })
		}
	}
}

// haveTwice reports whether an item is among the sorted levels twice: one slot was
// seen before its bucket left, another one after it had arrived.
func haveTwice(levels []slot.Level) bool {
	for i := 1; i < len(levels); i++ {
		if levels[i-1].Key == levels[i].Key {
			return true
		}
	}
	return false
}
