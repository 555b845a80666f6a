package ledger

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// seeker finds orders, and the keys of requests about them, over several slots.
type seeker struct {
	*strongReader
	legs *legs
}

// oldestLine is the time of the oldest line that is decided here.
func oldestLine(holds []*stock.Hold) stock.Time {
	var since stock.Time
	for _, h := range holds {
		for i := range h.Lines {
			if c := h.Lines[i].CreatedAt; !h.Lines[i].Follows() && (since == 0 || c < since) {
				since = c
			}
		}
	}
	return since
}

// decider is a slot that decides for lines of an order, with its holds there.
type decider struct {
	slot  *slot.Slot
	holds []*stock.Hold
}

// scope is where the key of a command about the whole order is in this slot.
func (d decider) scope() stock.Scope {
	all := stock.AppendOldestScopes(nil, d.holds)
	return all[len(all)-1]
}

// bucket is the first bucket with a line that is decided here.
func (d decider) bucket() stock.Bucket {
	at := slices.IndexFunc(d.holds, func(h *stock.Hold) bool {
		return slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return !l.Follows() })
	})
	return d.holds[at].Key.Bucket
}

// countBuckets counts the buckets with lines that are decided here.
func (d decider) countBuckets() (n int) {
	for _, h := range d.holds {
		if slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return !l.Follows() }) {
			n++
		}
	}
	return n
}

// seenOrder is an order as the slots show it.
type seenOrder struct {
	parts    []slot.OrderShare // by slot
	deciders []decider         // of its lines, by number
}

func (l *seeker) seeOrder(ctx context.Context, key stock.OrderKey) (*seenOrder, error) {
	parts, _, err := l.orderShares(ctx, key)
	if err != nil {
		return nil, err
	}
	o := &seenOrder{parts: parts}
	for i, s := range l.slots {
		if oldestLine(parts[i].Holds) != 0 {
			o.deciders = append(o.deciders, decider{s, parts[i].Holds})
		}
	}
	return o, nil
}

// slotOf is the slot in which the order was seen in the bucket, or else the one
// that the bucket lives in.
func (o *seenOrder) slotOf(l *routes, b stock.Bucket) (*slot.Slot, error) {
	for i := range o.parts {
		if stock.HeldIn(o.parts[i].Holds, b) {
			return l.slots[i], nil
		}
	}
	return l.slotOf(b)
}

// scattered reports whether decisions about the whole order under a key have no
// single place: several slots decide for it, or did so before buckets moved.
func (o *seenOrder) scattered() bool {
	if len(o.deciders) != 1 {
		return len(o.deciders) > 1
	}
	d := o.deciders[0]
	if !o.parts[d.slot.Number()].MayHaveMoved() {
		return false
	}
	homes := stock.HomesOf(d.holds)
	return len(homes) > 1 || !stock.HeldIn(d.holds, homes[0].Bucket) || d.countBuckets() > 1
}

// scattered is scattered of the order; it is also true when a line was in another
// bucket before, where the key may be.
func (l *seeker) scattered(o *seenOrder) bool {
	if o.scattered() {
		return true
	}
	for _, d := range o.deciders {
		for _, h := range d.holds {
			if slices.ContainsFunc(h.Lines, func(line stock.Line) bool {
				return len(o.parts[d.slot.Number()].OtherBucket(line.Item, h.Key.Bucket)) > 0
			}) {
				return true
			}
		}
	}
	return false
}

// bucketsOf are the buckets of the holds.
func bucketsOf(holds []*stock.Hold) []stock.Bucket {
	all := make([]stock.Bucket, len(holds))
	for i, h := range holds {
		all[i] = h.Key.Bucket
	}
	return all
}

// lines are the facts about an order that are known before it is decided about.
type lines struct {
	slots     []*slot.Slot // that decide for lines of it, by number
	items     []stock.ItemKey
	buckets   []stock.Bucket
	scattered bool // see seenOrder.scattered
	legs      bool // some of them have legs in other slots
}

func (l *seeker) linesOf(ctx context.Context, key stock.OrderKey) (all lines, err error) {
	o, err := l.seeOrder(ctx, key)
	if err != nil {
		return all, err
	}
	all.scattered = l.scattered(o)
	for _, d := range o.deciders {
		all.slots = append(all.slots, d.slot)
		all.buckets = append(all.buckets, bucketsOf(d.holds)...)
		for _, h := range d.holds {
			for i := range h.Lines {
				if !h.Lines[i].Follows() {
					all.items = append(all.items, h.Lines[i].Item)
					all.legs = all.legs || h.Lines[i].Copied()
				}
			}
		}
	}
	return all, nil
}

// prefetch lets the slots look the orders up together.
func (l *seeker) prefetch(ctx context.Context, orders []stock.OrderKey) {
	var all errgroup.Group
	for _, s := range l.slots {
		all.Go(func() error {
			_, _, err := s.Orders(s.Apart(ctx), orders)
			return err
		})
	}
	_ = all.Wait() // a caller that needs what could not be read meets the error again
}
