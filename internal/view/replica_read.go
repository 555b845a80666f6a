package view

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// pick chooses a replica for each of the slots (nil: all) that has passed the
// place after, and returns them by slot and the time up to which they show
// everything.
func (r *Replicas) pick(ctx context.Context, slots []uint16, after feed.Cursors) (map[uint16]*pinned, time.Time, bool) {
	version, ok := r.layout()
	if !ok {
		return nil, time.Time{}, false
	}
	need := map[uint16]engine.Seq{}
	for _, slot := range slots {
		need[slot] = 0
	}
	if slots == nil {
		for slot := range r.slots {
			need[uint16(slot)] = 0
		}
	}
	for _, c := range after {
		need[c.Slot] = max(need[c.Slot], c.Seq)
	}
	picked := make(map[uint16]*pinned, len(need))
	var asOf time.Time
	for slot, seq := range need {
		p, at := r.choose(ctx, slot, max(seq, r.where.Since(slot)), version)
		if p == nil {
			return nil, time.Time{}, false
		}
		picked[slot] = p
		if asOf.IsZero() || at.Before(asOf) {
			asOf = at
		}
	}
	return picked, asOf, true
}

// choose takes the next replica that may answer for a slot, nil when there is
// none.
func (r *Replicas) choose(ctx context.Context, slot uint16, need engine.Seq, version int64) (*pinned, time.Time) {
	if int(slot) >= len(r.slots) {
		return nil, time.Time{}
	}
	o, turn, now := r.slots[slot], r.turn.Add(1), time.Now()
	for i := range o.copies {
		c := o.copies[(turn+uint64(i))%uint64(len(o.copies))]
		s, head := c.seat(slot)
		if s == nil {
			continue
		}
		at, ok := o.shownUntil(head, version, now, r.bound)
		if !ok {
			continue
		}
		p := &pinned{replica: c, seat: s, slot: slot, floor: head}
		if need > head {
			var err error
			if p.floor, err = p.Head(ctx); err != nil || need > p.floor {
				continue
			}
		}
		return p, at
	}
	return nil, time.Time{}
}

// Items returns the items, in the order of the keys, and the time up to which they show
// everything. An item that is missing may have been opened or moved a moment ago: only the
// books can tell.
func (r *Replicas) Items(ctx context.Context, keys []stock.ItemKey, after feed.Cursors) ([]*stock.Item, stock.Time, bool) {
	if len(keys) == 0 {
		return nil, 0, false
	}
	wants := map[uint16]engine.Want{}
	slots := []uint16{}
	for _, k := range keys {
		slot, err := r.where.SlotOf(ctx, k)
		if err != nil {
			return nil, 0, false
		}
		w, known := wants[slot]
		if !known {
			slots = append(slots, slot)
		}
		w.Items = append(w.Items, k)
		wants[slot] = w
	}
	loaded, known, asOf, ok := r.load(ctx, slots, after, func(slot uint16) engine.Want { return wants[slot] })
	if !ok {
		return nil, 0, false
	}
	found := map[stock.ItemKey]*stock.Item{}
	for n, l := range loaded {
		for i := range l.Items {
			// Where a location changes places the item may be in another bucket than
			// expected, which has since moved to a slot that was not asked.
			if b := l.Items[i].Bucket; known.isAway(int(slots[n]), b) || r.where.Slot(b) != slots[n] {
				return nil, 0, false
			}
			it, err := decodeRow(&l.Items[i])
			if err != nil {
				return nil, 0, false
			}
			found[it.Key] = it
		}
	}
	items := make([]*stock.Item, len(keys))
	for i, k := range keys {
		if items[i] = found[k]; items[i] == nil {
			return nil, 0, false
		}
	}
	return items, asOf, true
}

// Product returns the items of a product, by location and lot, and the time up
// to which they show everything.
func (r *Replicas) Product(ctx context.Context, p engine.ProductKey, after feed.Cursors) ([]*stock.Item, stock.Time, bool) {
	want := engine.Want{Products: []engine.ProductKey{p}}
	loaded, known, asOf, ok := r.load(ctx, r.numbers(), after, func(uint16) engine.Want { return want })
	if !ok {
		return nil, 0, false
	}
	var items []*stock.Item
	for slot, l := range loaded {
		for i := range l.Items {
			if !known.shows(slot, l.Items[i].Bucket) {
				continue
			}
			it, err := decodeRow(&l.Items[i])
			if err != nil {
				return nil, 0, false
			}
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b *stock.Item) int { return a.Key.Compare(b.Key) })
	return items, asOf, true
}

// Order returns the holds of an order by bucket, as the books do, and the time up to which they show
// everything. Lines that other slots decide for are left out. An order without holds may have been
// placed a moment ago: only the books can tell.
func (r *Replicas) Order(ctx context.Context, k stock.OrderKey, after feed.Cursors) ([]*stock.Hold, stock.Time, bool) {
	want := engine.Want{Orders: []stock.OrderKey{k}}
	loaded, known, asOf, ok := r.load(ctx, r.numbers(), after, func(uint16) engine.Want { return want })
	if !ok {
		return nil, 0, false
	}
	var holds, all []*stock.Hold
	for slot, l := range loaded {
		for i := range l.Holds {
			if !known.shows(slot, l.Holds[i].Key.Bucket) {
				continue
			}
			h, err := stock.DecodeHold(l.Holds[i].Key, l.Holds[i].Packed)
			if err != nil {
				return nil, 0, false
			}
			all = append(all, h.Clone())
			h.Lines = slices.DeleteFunc(h.Lines, func(l stock.Line) bool { return l.Follows() })
			if len(h.Lines) > 0 {
				holds = append(holds, h)
			}
		}
	}
	if len(holds) == 0 {
		return nil, 0, false
	}
	stock.ShowFilled(holds, all)
	slices.SortFunc(holds, func(a, b *stock.Hold) int { return cmp.Compare(a.Key.Bucket, b.Key.Bucket) })
	return holds, asOf, true
}

// load reads what is wanted of each of the slots, and then the slots' stages of their
// buckets. Only the books can answer about a bucket that has moved in between. asOf is the
// time up to which the answer shows everything.
func (r *Replicas) load(
	ctx context.Context, slots []uint16, after feed.Cursors, want func(slot uint16) engine.Want,
) (loaded []*engine.Loaded, known *stages, asOf stock.Time, ok bool) {
	picked, at, ok := r.pick(ctx, slots, after)
	if !ok {
		return nil, nil, 0, false
	}
	loaded = make([]*engine.Loaded, len(slots))
	of := make([]map[stock.Bucket]stage, len(r.slots))
	all, ctx := errgroup.WithContext(ctx)
	for i, slot := range slots {
		all.Go(func() (err error) {
			if loaded[i], err = picked[slot].Load(ctx, want(slot)); err != nil || len(r.slots) == 1 {
				return err
			}
			of[slot], _, err = stagesOf(ctx, picked[slot])
			for _, is := range of[slot] {
				if is.seq > loaded[i].Head && (is.Stage == stock.Here || is.Stage == stock.Left) {
					return errMovedOn
				}
			}
			return err
		})
	}
	if all.Wait() != nil {
		return nil, nil, 0, false
	}
	return loaded, newStages(of), millis(at), true
}

// numbers are the numbers of all slots.
func (r *Replicas) numbers() []uint16 {
	all := make([]uint16, len(r.slots))
	for i := range all {
		all[i] = uint16(i)
	}
	return all
}

func millis(t time.Time) stock.Time { return stock.Time(t.UnixMilli()) }
