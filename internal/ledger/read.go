package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// strongReader answers strong reads, of one slot or over several.
type strongReader struct{ *routes }

// Items returns the levels of the items, in the order of the keys, as they
// were at one moment after the call began, and that moment. Items in different
// slots are seen at moments of their own; the first of them is returned.
func (l *strongReader) Items(ctx context.Context, keys []stock.ItemKey) ([]slot.Level, stock.Time, error) {
	if len(l.slots) == 1 || len(keys) == 0 {
		return l.slots[0].Items(ctx, keys)
	}
	var levels []slot.Level
	var now stock.Time
	err := l.retryWhileMoving(ctx, func() (err error) {
		levels, now, err = l.itemsOver(ctx, keys)
		return err
	})
	if errors.Is(err, slot.ErrSealed) {
		return l.itemsAnywhere(ctx, keys)
	}
	return levels, now, err
}

// itemsOver is Items in several slots; ErrMoving when a bucket is between two.
func (l *strongReader) itemsOver(ctx context.Context, keys []stock.ItemKey) ([]slot.Level, stock.Time, error) {
	parts := map[*slot.Slot][]int{}
	buckets := make([]stock.Bucket, len(keys))
	for i, k := range keys {
		s, b, err := l.slotOfItem(ctx, k)
		if err != nil {
			return nil, 0, err
		}
		parts[s], buckets[i] = append(parts[s], i), b
	}
	levels := make([]slot.Level, len(keys))
	var moment earliest
	all, ctx := errgroup.WithContext(ctx)
	for s, numbers := range parts {
		all.Go(func() error {
			own := make([]stock.ItemKey, len(numbers))
			lie := make([]stock.Bucket, len(numbers))
			for i, n := range numbers {
				own[i], lie[i] = keys[n], buckets[n]
			}
			got, now, err := s.Items(s.Apart(ctx), own, lie...)
			for i := range got {
				levels[numbers[i]] = got[i]
			}
			moment.take(now)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, 0, err
	}
	return levels, moment.time(), nil
}

// Product returns the levels of all items of a product, by location and lot,
// as they were at one moment after the call began, and that moment; over
// several slots as Items does.
func (l *strongReader) Product(ctx context.Context, p engine.ProductKey) ([]slot.Level, stock.Time, error) {
	if len(l.slots) == 1 {
		levels, _, now, err := l.slots[0].Product(ctx, p)
		slot.SortLevels(levels)
		return levels, now, err
	}
	var levels []slot.Level
	var now stock.Time
	err := l.retryWhileMoving(ctx, func() (err error) {
		levels, now, err = l.productOver(ctx, p)
		return err
	})
	return levels, now, err
}

// productOver is Product in several slots; ErrMoving when a bucket is between two.
func (l *strongReader) productOver(ctx context.Context, p engine.ProductKey) ([]slot.Level, stock.Time, error) {
	parts := make([][]slot.Level, len(l.slots))
	seen := make([]slot.Sight, len(l.slots))
	var moment earliest
	all, ctx := errgroup.WithContext(ctx)
	for i, s := range l.slots {
		all.Go(func() (err error) {
			var now stock.Time
			parts[i], seen[i], now, err = s.Product(s.Apart(ctx), p)
			moment.take(now)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, 0, err
	}
	if err := slot.CheckWhole(seen); err != nil {
		return nil, 0, err
	}
	levels := slices.Concat(parts...)
	slot.SortLevels(levels)
	if haveTwice(levels) {
		return nil, 0, slot.ErrMoving
	}
	return levels, moment.time(), nil
}

// Order returns the holds of an order, by bucket, nil when there are none. Lines
// past their deadline are shown as stock.Line.AsOf does at the returned time. The
// units of a line may be in another slot than its home. Such a line is shown once, as
// its home has it, with the units that have arrived for it.
func (l *strongReader) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	if len(l.slots) == 1 {
		return l.slots[0].Holds(ctx, k)
	}
	var holds []*stock.Hold
	var moment earliest
	err := l.retryWhileMoving(ctx, func() error {
		holds, moment = nil, earliest{}
		parts, times, err := l.orderShares(ctx, k)
		var all []*stock.Hold
		for i := range parts {
			all = append(all, parts[i].Holds...)
			if shown := dropLegs(parts[i].Holds); len(shown) > 0 {
				holds = append(holds, shown...)
				moment.take(times[i])
			}
		}
		stock.ShowFilled(holds, all)
		return err
	})
	slices.SortFunc(holds, func(a, b *stock.Hold) int { return int(a.Key.Bucket) - int(b.Key.Bucket) })
	return holds, moment.time(), err
}

// Facts returns levels of items, holds of orders, and which keys were used. Where there is one slot, all of it costs as much as one
// read.
func (l *strongReader) Facts(ctx context.Context, items []stock.ItemKey, orders []stock.OrderKey, keys []engine.KeyID) (f slot.Facts, err error) {
	if len(l.slots) == 1 {
		return l.slots[0].Facts(ctx, items, orders, keys)
	}
	if f.Levels, f.At, err = l.Items(ctx, items); err != nil {
		return f, err
	}
	f.Holds, f.Used = make([][]*stock.Hold, len(orders)), make([]bool, len(keys))
	all, ctx := errgroup.WithContext(ctx)
	for i, k := range orders {
		all.Go(func() (err error) {
			f.Holds[i], _, err = l.Order(ctx, k)
			return err
		})
	}
	found := make([]map[engine.KeyID]slot.StoredKey, len(l.slots))
	for i, s := range l.slots {
		all.Go(func() (err error) {
			if len(keys) > 0 {
				found[i], err = s.Keys(s.Apart(ctx), keys, nil)
			}
			return err
		})
	}
	err = all.Wait()
	for i, id := range keys {
		for _, of := range found {
			_, used := of[id]
			f.Used[i] = f.Used[i] || used
		}
	}
	return f, err
}

// orderShares returns what each slot has of an order, and its time; ErrMoving
// when a part of the order is between two slots.
func (l *routes) orderShares(ctx context.Context, k stock.OrderKey) ([]slot.OrderShare, []stock.Time, error) {
	parts := make([]slot.OrderShare, len(l.slots))
	times := make([]stock.Time, len(l.slots))
	all, ctx := errgroup.WithContext(ctx)
	for i, s := range l.slots {
		all.Go(func() (err error) {
			parts[i], times[i], err = s.Order(s.Apart(ctx), k)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, nil, err
	}
	seen := make([]slot.Sight, len(parts))
	shown := map[stock.Bucket]bool{}
	for i := range parts {
		seen[i] = parts[i].Sight
		for _, h := range parts[i].Holds {
			if shown[h.Key.Bucket] {
				return nil, nil, slot.ErrMoving // it was seen before it left one slot, and after it arrived in another
			}
			shown[h.Key.Bucket] = true
		}
	}
	return parts, times, slot.CheckWhole(seen)
}

// dropLegs leaves out the lines that other slots decide for.
func dropLegs(holds []*stock.Hold) []*stock.Hold {
	var shown []*stock.Hold
	for _, h := range holds {
		if slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return l.Follows() }) {
			h = h.Clone()
			h.Lines = slices.DeleteFunc(h.Lines, func(l stock.Line) bool { return l.Follows() })
		}
		if len(h.Lines) > 0 {
			shown = append(shown, h)
		}
	}
	return shown
}

// earliest is the first of several moments.
type earliest struct {
	mu  sync.Mutex
	now stock.Time
}

func (e *earliest) take(now stock.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == 0 || now < e.now {
		e.now = now
	}
}

func (e *earliest) time() stock.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// itemsAnywhere is Items of locations whose present placement is not known: all
// slots are asked for their products.
func (l *strongReader) itemsAnywhere(ctx context.Context, keys []stock.ItemKey) ([]slot.Level, stock.Time, error) {
	levels := make([]slot.Level, len(keys))
	var moment earliest
	asked := map[engine.ProductKey][]slot.Level{}
	for i, k := range keys {
		if k.Hidden() {
			return nil, 0, slot.ErrSealed // no product lists it
		}
		p := engine.ProductKey{Tenant: k.Tenant, Product: k.Product}
		of, ok := asked[p]
		if !ok {
			all, now, err := l.Product(ctx, p)
			if err != nil {
				return nil, 0, err
			}
			moment.take(now)
			of, asked[p] = all, all
		}
		levels[i].Key = k
		if at := slices.IndexFunc(of, func(l slot.Level) bool { return l.Key == k }); at >= 0 {
			levels[i] = of[at]
		}
	}
	return levels, moment.time(), nil
}
