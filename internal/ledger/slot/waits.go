package slot

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// waiter is an order line that waits for units.
type waiter struct {
	created stock.Time
	order   string
	bucket  stock.Bucket
	channel string
	units   stock.Qty
}

// compare orders waiters as they are served: by the time of their reserve.
func (w waiter) compare(o waiter) int {
	return cmp.Or(cmp.Compare(w.created, o.created), cmp.Compare(w.order, o.order))
}

// waitIndex keeps the lines of a slot that wait for units by item, in the order in
// which they are served. The log updates it, as it does the index of due lines.
type waitIndex struct {
	items map[stock.ItemKey][]waiter
	// behind are items for which units were set aside, and when; readers find out
	// whether any still are.
	behind map[stock.ItemKey]stock.Time
}

func newWaitIndex() *waitIndex {
	return &waitIndex{items: map[stock.ItemKey][]waiter{}, behind: map[stock.ItemKey]stock.Time{}}
}

// note makes the index agree with the line as it is now.
func (x *waitIndex) note(order string, b stock.Bucket, l *stock.Line) {
	units := countWaiting(l)
	if l.Copied() || units == 0 && len(x.items) == 0 { // the leg of a copy may be here, too
		return
	}
	queue := x.items[l.Item]
	if units == 0 && len(queue) == 0 {
		return
	}
	w := waiter{l.CreatedAt, order, b, l.Channel, units}
	at, has := slices.BinarySearchFunc(queue, w, waiter.compare)
	switch {
	case has && units > 0:
		queue[at] = w
		return
	case has && at == 0:
		queue = queue[1:] // usually the first is served
	case has:
		queue = slices.Delete(queue, at, at+1)
	case units > 0:
		queue = slices.Insert(queue, at, w)
	}
	x.store(l.Item, queue)
}

func (x *waitIndex) store(k stock.ItemKey, queue []waiter) {
	if len(queue) == 0 {
		delete(x.items, k)
		delete(x.behind, k)
		return
	}
	x.items[k] = queue
}

// countWaiting counts the units that the line waits for.
func countWaiting(l *stock.Line) stock.Qty {
	if l.End != stock.Open || l.Copied() {
		return 0
	}
	return l.Waiting()
}

// noteItems remembers the items that the event has set units aside for.
func (x *waitIndex) noteItems(ev *stock.Event, at stock.Time) {
	for i := range ev.Items {
		c := &ev.Items[i]
		if _, waits := x.items[c.Key]; waits && setsAside(c) {
			x.behind[c.Key] = at
		}
	}
}

func setsAside(c *stock.ItemChange) bool {
	return slices.ContainsFunc(c.Touched, func(b stock.Balance) bool { return b.Qty > 0 && b.Account.ForWaiting() })
}

// dropBucket removes the lines of all holds in the bucket.
func (x *waitIndex) dropBucket(b stock.Bucket) {
	for k, queue := range x.items {
		x.store(k, slices.DeleteFunc(queue, func(w waiter) bool { return w.bucket == b }))
	}
}

// WaitingAt returns the first product of the location, in byte order, that orders
// wait for, and how many orders and units wait; no orders when there is none.
func (s *Slot) WaitingAt(ctx context.Context, tenant, location string) (first stock.ItemKey, orders int, units stock.Qty, err error) {
	_, err = s.look(ctx, func(m *memory, _ stock.Time) engine.Want {
		m.dues()
		orders, units = 0, 0
		for k, queue := range m.waits.items {
			if k.Tenant != tenant || k.Location != location || len(queue) == 0 || orders > 0 && first.Compare(k) < 0 {
				continue
			}
			first, orders, units = k, len(queue), 0
			for _, w := range queue {
				units += w.units
			}
		}
		return engine.Want{}
	})
	return first, orders, units, err
}

// queue iterates over the lines that wait for the item as the group would leave
// them: those that are remembered and, in between, those that the group has
// changed.
func (v *overlay) queue(k stock.ItemKey) iter.Seq[waiter] {
	v.m.dues()
	var own []waiter
	for _, t := range v.holds {
		if t.key.Tenant != k.Tenant {
			continue
		}
		for i := range t.next {
			if l := t.next[i].Find(k); l != nil && countWaiting(l) > 0 {
				own = append(own, waiter{l.CreatedAt, t.key.Order, t.next[i].Key.Bucket, l.Channel, l.Waiting()})
			}
		}
	}
	slices.SortFunc(own, waiter.compare)
	return func(yield func(waiter) bool) {
		for _, w := range v.m.waits.items[k] {
			if e, _ := v.m.orders.get(stock.OrderKey{Tenant: k.Tenant, Order: w.order}); e != nil && e.gen == v.gen {
				continue
			}
			for len(own) > 0 && own[0].compare(w) < 0 {
				if !yield(own[0]) {
					return
				}
				own = own[1:]
			}
			if !yield(w) {
				return
			}
		}
		for _, w := range own {
			if !yield(w) {
				return
			}
		}
	}
}
