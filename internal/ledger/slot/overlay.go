package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// overlay is what a group has changed, over what is remembered. It is the stock.Book
// by which the group is decided. Nobody else sees it before it joins the memory.
type overlay struct {
	m     *memory
	gen   uint64
	items []touchedItem
	holds []touchedOrder
	// below is the overlay of the group that this one is decided behind, nil: none;
	// joined says that the memory shows this one.
	below  *overlay
	joined bool

	// lastItem and lastOrder are those asked for last, which are most likely asked
	// for again.
	lastItem  touchedItem
	lastOrder touchedOrder

	// missing is what a decision needed and memory did not have: it is loaded and
	// the group is decided again.
	missing engine.Want
	// raw shows holds of buckets that do not live here, to the requests that bring
	// them.
	raw bool
}

// Item returns the item as the group would leave it.
func (v *overlay) Item(k stock.ItemKey) *stock.Item {
	if e := v.itemEntry(k); e != nil {
		return v.itemOf(e)
	}
	return nil
}

// itemOf is the entry's item as the group would leave it.
func (v *overlay) itemOf(e *itemEntry) *stock.Item {
	if e.gen == v.gen || v.follows(e.gen) {
		return e.next
	}
	return e.cur
}

// HoldsOf are the entry's holds as the group would leave them.
func (v *overlay) holdsOf(e *orderEntry) []seenHold {
	if e.gen == v.gen || v.follows(e.gen) {
		return e.next
	}
	return e.cur
}

// follows reports whether the generation is that of the group before this sketch,
// which is being stored.
func (v *overlay) follows(gen uint64) bool {
	return v.below != nil && !v.below.joined && gen == v.below.gen
}

// itemEntry finds the item's entry, nil when it is not remembered: then it is
// wanted.
func (v *overlay) itemEntry(k stock.ItemKey) *itemEntry {
	if v.lastItem.itemEntry != nil && v.lastItem.key == k {
		return v.lastItem.itemEntry
	}
	e, ok := v.m.items.get(k)
	if !ok {
		v.missing.Items = append(v.missing.Items, k)
		return nil
	}
	v.lastItem = touchedItem{k, e}
	return e
}

// Order returns the order's holds as the group would leave them. An order that is
// not remembered counts as unknown: a caller that has to be sure uses need.
func (v *overlay) Order(k stock.OrderKey) []*stock.Hold {
	e := v.orderEntry(k)
	if e == nil {
		return nil
	}
	return v.m.visible(v.holdsOf(e), v.raw)
}

// visible are the holds of an order but for those in buckets that do not live
// here; with raw all of them.
func (m *memory) visible(seen []seenHold, raw bool) []*stock.Hold {
	if len(seen) == 0 {
		return nil
	}
	holds := make([]*stock.Hold, 0, len(seen))
	for i := range seen {
		if raw || len(m.stages) == 0 || !m.stages.Hides(seen[i].Key.Bucket) {
			holds = append(holds, seen[i].Hold)
		}
	}
	return holds
}

func (v *overlay) orderEntry(k stock.OrderKey) *orderEntry {
	if v.lastOrder.key == k {
		return v.lastOrder.orderEntry
	}
	e, _ := v.m.orders.get(k)
	v.lastOrder = touchedOrder{k, e}
	return e
}

// need makes sure that all of the order is remembered, and the items of its
// lines. It reports false when something is missing.
func (v *overlay) need(k stock.OrderKey) bool {
	e := v.orderEntry(k)
	if e == nil || !e.complete {
		v.missing.Orders = append(v.missing.Orders, k)
		return false
	}
	ok := true
	for _, h := range v.holdsOf(e) {
		for i := range h.Lines {
			ok = v.itemEntry(h.Lines[i].Item) != nil && ok
			if k, uses := h.Lines[i].Allowance(); uses {
				ok = v.itemEntry(k) != nil && ok
			}
		}
	}
	return ok
}

// EditItem returns the item to be changed.
func (v *overlay) EditItem(k stock.ItemKey) *stock.Item {
	e := v.itemEntry(k)
	if e == nil {
		return &stock.Item{Key: k} // missing: the group is decided again
	}
	if e.gen != v.gen {
		was := v.itemOf(e)
		e.before = nil
		if v.follows(e.gen) {
			e.before = was
		}
		e.gen = v.gen
		if was == nil {
			e.next = &stock.Item{Key: k}
		} else {
			e.next = was.Clone()
		}
		v.items = append(v.items, touchedItem{k, e})
	}
	return e.next
}

// EditHold returns the hold to be changed.
func (v *overlay) EditHold(k stock.HoldKey) *stock.Hold {
	e := v.orderEntry(k.OrderKey)
	if e == nil {
		return v.newOrder(k)
	}
	if e.gen != v.gen {
		was := v.holdsOf(e)
		e.before = nil
		if v.follows(e.gen) {
			e.before = was
		}
		e.gen = v.gen
		e.next = v.m.storedNext(slices.Clone(was))
		v.holds = append(v.holds, touchedOrder{k.OrderKey, e})
	}
	for i := range e.next {
		h := &e.next[i]
		if h.Key.Bucket != k.Bucket {
			continue
		}
		if !h.changed {
			h.Hold, h.changed = h.Clone(), true
		}
		return h.Hold
	}
	h := &stock.Hold{Key: k}
	at := 0
	for at < len(e.next) && e.next[at].Key.Bucket < k.Bucket {
		at++
	}
	e.next = slices.Insert(e.next, at, seenHold{Hold: h, changed: true})
	return h
}

// newOrder remembers an order that was not known and returns its first hold. Most
// orders are new and have one line: the memory for it is allocated in one piece.
func (v *overlay) newOrder(k stock.HoldKey) *stock.Hold {
	room := new(struct {
		entry orderEntry
		seen  [1]seenHold
		hold  stock.Hold
		calls [1]stock.Call
		lines [1]stock.Line
	})
	e, h := &room.entry, &room.hold
	*h = stock.Hold{Key: k, Calls: room.calls[:0], Lines: room.lines[:0]}
	room.seen[0] = seenHold{Hold: h, changed: true}
	e.gen, e.next = v.gen, room.seen[:]
	v.m.orders.add(k.OrderKey, e)
	v.lastOrder = touchedOrder{k.OrderKey, e}
	v.holds = append(v.holds, v.lastOrder)
	return h
}

// storedNext marks the changes of the group that is being stored as changes of its
// record.
func (m *memory) storedNext(holds []seenHold) []seenHold {
	for i := range holds {
		if holds[i].changed {
			holds[i].seq, holds[i].changed = m.seq+1, false
		}
	}
	return holds
}

// seqOf returns the record that last changed the hold before this group.
func (v *overlay) seqOf(k stock.HoldKey) engine.Seq {
	e := v.orderEntry(k.OrderKey)
	if e == nil {
		return 0
	}
	was := e.cur
	switch {
	case v.follows(e.gen):
		was = e.next
	case e.before != nil && e.gen == v.gen:
		was = e.before
	}
	for i := range was {
		switch {
		case was[i].Key.Bucket != k.Bucket:
		case was[i].changed:
			return v.m.seq + 1
		default:
			return was[i].seq
		}
	}
	return 0
}

type touchedItem struct {
	key stock.ItemKey
	*itemEntry
}

type touchedOrder struct {
	key stock.OrderKey
	*orderEntry
}

func (v *overlay) isIncomplete() bool {
	return len(v.missing.Items)+len(v.missing.Orders)+len(v.missing.Keys) > 0
}

// peek is the item as far as it is remembered. Unlike Item it wants nothing: the
// code that judges a command asks for what it needs, and the group is then decided
// again. An item in another slot must not be remembered as one that does not exist.
func (v *overlay) peek(k stock.ItemKey) *stock.Item {
	if _, ok := v.m.items.get(k); !ok {
		return nil
	}
	return v.Item(k)
}

// fullReach is the reach with the items of its order's lines.
func (v *overlay) fullReach(r *stock.Reach) stock.Reach {
	e := v.orderEntry(r.Order)
	switch {
	case e == nil:
		return *r
	case e.gen == v.gen:
		return addLines(*r, e.next)
	}
	return addLines(*r, e.cur)
}

// forgot reports whether something is wanted that the group has changed and that is
// no longer remembered: what is stored now would be remembered in its place.
func (v *overlay) forgot(w *engine.Want) bool {
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	for i := range v.items {
		k := v.items[i].key
		if !slices.Contains(w.Items, k) && !slices.Contains(w.Products, engine.ProductKey{Tenant: k.Tenant, Product: k.Product}) {
			continue
		}
		if e, ok := v.m.items.get(k); !ok || e != v.items[i].itemEntry {
			return true
		}
	}
	for i := range v.holds {
		if !slices.Contains(w.Orders, v.holds[i].key) {
			continue
		}
		if e, ok := v.m.orders.get(v.holds[i].key); !ok || e != v.holds[i].orderEntry || !e.complete {
			return true
		}
	}
	return len(w.Keys) > 0
}
