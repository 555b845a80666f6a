package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A group is a stock.Book: it shows its own changes over what is remembered.

// Item returns the item as the group would leave it.
func (g *group) Item(k stock.ItemKey) *stock.Item {
	if e := g.itemEntry(k); e != nil {
		return g.itemOf(e)
	}
	return nil
}

// itemOf is the entry's item as the group would leave it.
func (g *group) itemOf(e *itemEntry) *stock.Item {
	if e.gen == g.gen || g.follows(e.gen) {
		return e.next
	}
	return e.cur
}

// HoldsOf are the entry's holds as the group would leave them.
func (g *group) holdsOf(e *orderEntry) []seenHold {
	if e.gen == g.gen || g.follows(e.gen) {
		return e.next
	}
	return e.cur
}

// follows reports whether the generation is that of the group before this sketch,
// which is being stored.
func (g *group) follows(gen uint64) bool {
	return g.after != nil && !g.after.joined && gen == g.after.gen
}

// itemEntry finds the item's entry, nil when it is not remembered: then it is
// wanted.
func (g *group) itemEntry(k stock.ItemKey) *itemEntry {
	if g.lastItem.itemEntry != nil && g.lastItem.key == k {
		return g.lastItem.itemEntry
	}
	e, ok := g.m.items.get(k)
	if !ok {
		g.missing.Items = append(g.missing.Items, k)
		return nil
	}
	g.lastItem = touchedItem{k, e}
	return e
}

// Order returns the order's holds as the group would leave them. An order
// that is not remembered counts as unknown: who needs to be sure says so with need.
func (g *group) Order(k stock.OrderKey) []*stock.Hold {
	e := g.orderEntry(k)
	if e == nil {
		return nil
	}
	return g.m.visible(g.holdsOf(e), g.raw)
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

func (g *group) orderEntry(k stock.OrderKey) *orderEntry {
	if g.lastOrder.key == k {
		return g.lastOrder.orderEntry
	}
	e, _ := g.m.orders.get(k)
	g.lastOrder = touchedOrder{k, e}
	return e
}

// need makes sure that all of the order is remembered, and the items of its
// lines. It reports false when something is missing.
func (g *group) need(k stock.OrderKey) bool {
	e := g.orderEntry(k)
	if e == nil || !e.complete {
		g.missing.Orders = append(g.missing.Orders, k)
		return false
	}
	ok := true
	for _, h := range g.holdsOf(e) {
		for i := range h.Lines {
			ok = g.itemEntry(h.Lines[i].Item) != nil && ok
			if k, uses := h.Lines[i].Allowance(); uses {
				ok = g.itemEntry(k) != nil && ok
			}
		}
	}
	return ok
}

// EditItem returns the item to be changed.
func (g *group) EditItem(k stock.ItemKey) *stock.Item {
	e := g.itemEntry(k)
	if e == nil {
		return &stock.Item{Key: k} // missing: the group is decided again
	}
	if e.gen != g.gen {
		was := g.itemOf(e)
		e.before = nil
		if g.follows(e.gen) {
			e.before = was
		}
		e.gen = g.gen
		if was == nil {
			e.next = &stock.Item{Key: k}
		} else {
			e.next = was.Clone()
		}
		g.items = append(g.items, touchedItem{k, e})
	}
	return e.next
}

// EditHold returns the hold to be changed.
func (g *group) EditHold(k stock.HoldKey) *stock.Hold {
	e := g.orderEntry(k.OrderKey)
	if e == nil {
		return g.newOrder(k)
	}
	if e.gen != g.gen {
		was := g.holdsOf(e)
		e.before = nil
		if g.follows(e.gen) {
			e.before = was
		}
		e.gen = g.gen
		e.next = g.m.storedNext(slices.Clone(was))
		g.holds = append(g.holds, touchedOrder{k.OrderKey, e})
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

// newOrder remembers an order nobody knew and returns its first hold. Most
// orders are like that and have one line: what they need comes in one piece.
func (g *group) newOrder(k stock.HoldKey) *stock.Hold {
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
	e.gen, e.next = g.gen, room.seen[:]
	g.m.orders.add(k.OrderKey, e)
	g.lastOrder = touchedOrder{k.OrderKey, e}
	g.holds = append(g.holds, g.lastOrder)
	return h
}

// storedNext marks what the group that is being stored has changed as what its
// record will have changed.
func (m *memory) storedNext(holds []seenHold) []seenHold {
	for i := range holds {
		if holds[i].changed {
			holds[i].seq, holds[i].changed = m.seq+1, false
		}
	}
	return holds
}

// seqOf returns the record that last changed the hold before this group.
func (g *group) seqOf(k stock.HoldKey) engine.Seq {
	e := g.orderEntry(k.OrderKey)
	if e == nil {
		return 0
	}
	was := e.cur
	switch {
	case g.follows(e.gen):
		was = e.next
	case e.before != nil && e.gen == g.gen:
		was = e.before
	}
	for i := range was {
		switch {
		case was[i].Key.Bucket != k.Bucket:
		case was[i].changed:
			return g.m.seq + 1
		default:
			return was[i].seq
		}
	}
	return 0
}
