package world

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// books are the content of all slots, in the terms of the contract, up to the current record.
type books struct {
	w    *world
	shop *shop
	seq  int // of the record at hand, among those of all slots
	// told is each item as it was at its last change.
	told map[itemKey]item
	// Of books in several slots: the time of the latest record of each, and the
	// legs by order.
	latest map[int]int64
	legs   map[string][]*line
	whereabouts
}

func newBooks(w *world) *books {
	return &books{
		w: w, shop: newShop(), told: map[itemKey]item{}, latest: map[int]int64{}, legs: map[string][]*line{}, whereabouts: newWhereabouts(),
	}
}

// eventKind says what an event is to books in several slots.
type eventKind int

const (
	alone   eventKind = iota // decided and carried out in one slot
	legs                     // a slot holds its part of a call
	home                     // the call is decided
	settles                  // a leg follows its home
)

// home is the slot that the bucket is in. While the bucket is on its way, home is the slot it was
// in.
func (bk *books) home(b stock.Bucket) int {
	if slot, ok := bk.lives[b]; ok {
		return slot
	}
	return int(bk.w.land.first.Slot(b))
}

// slotOf is where the line is decided.
func (bk *books) slotOf(l *line) int {
	if !bk.w.isSeveral() {
		return 0
	}
	return bk.home(l.bucket)
}

// booksOf returns the books of a slot as a command about an order sees them, and a function that
// takes over the lines that the command has made.
func (bk *books) booksOf(slot int, c *command) (part *shop, made func()) {
	if !bk.w.isSeveral() {
		return bk.shop, func() {}
	}
	part = &shop{items: bk.shop.items, orders: map[string][]*line{}}
	var lines []*line
	for _, l := range bk.shop.orders[c.order] {
		if bk.slotOf(l) == slot {
			lines = append(lines, l)
		}
	}
	if c.verb == "reserve" {
		for _, l := range bk.legs[c.order] {
			if bk.slotOf(l) == slot && !l.undone {
				// The line is looked at where its units are, also when this slot is its
				// home too.
				lines = slices.DeleteFunc(lines, func(o *line) bool { return o.away && o.itemKey == l.itemKey })
				lines = append(lines, l)
			}
		}
	}
	if lines != nil {
		part.orders[c.order] = lines
	}
	n := len(lines)
	return part, func() {
		for _, l := range part.orders[c.order][min(n, len(part.orders[c.order])):] {
			l.bucket, l.made, l.since = bucket(l.location), bk.seq, int64(bk.w.records[bk.seq-1].rec.At)
			bk.shop.orders[c.order] = append(bk.shop.orders[c.order], l)
		}
	}
}

// leg returns the order's line of the item that another slot decides, also one
// that counts as never held.
func (bk *books) leg(order string, k itemKey) *line {
	for _, l := range bk.legs[order] {
		if l.itemKey == k {
			return l
		}
	}
	return nil
}

// copyOf returns what the home has of a leg, nil while it has decided nothing.
func (bk *books) copyOf(order string, leg *line) *line {
	if l := bk.shop.find(order, leg.itemKey); l != nil && l.away && l.call == leg.call {
		return l
	}
	return nil
}

// slots are the slots of the command's items.
func (bk *books) slots(c *command) []int {
	var all []int
	add := func(k itemKey) {
		n := bk.home(bucket(k.location))
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	if c.verb != "reserve" {
		add(c.item)
	}
	for _, d := range c.lines {
		add(d.itemKey)
	}
	return all
}

// isOverSlots reports whether several slots decide the reserve, or may decide it: where buckets move, each
// may be in any slot when the command is decided.
func (bk *books) isOverSlots(q *question) bool {
	switch {
	case !bk.w.isSeveral() || q.verb != "reserve":
		return false
	case bk.w.moving():
		return slices.ContainsFunc(q.lines, func(d demand) bool { return d.location != q.lines[0].location })
	}
	return len(bk.slots(&q.command)) > 1
}

// place separates lines that may not be decided together: by their slots or, where these change, by
// their buckets.
func (bk *books) place(l *line) int {
	if bk.w.moving() {
		return int(l.bucket)
	}
	return bk.slotOf(l)
}

func (bk *books) kind(q *question, e *stock.Event) eventKind {
	if !bk.w.isSeveral() {
		return alone
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		switch {
		case !l.Changed || l.Line.Leg == nil:
		case !l.Line.Follows() && e.Op == stock.OpPlace:
			return home
		case !l.Line.Follows():
		case e.Op == stock.OpPlace:
			return legs
		default:
			return settles
		}
	}
	if e.Op == stock.OpPlace && (q == nil || bk.isOverSlots(q)) {
		return home
	}
	return alone
}

// free are the lines and legs whose units count as free at a time though they
// are held: those past their deadline.
func (bk *books) free(k itemKey, now int64) []*line {
	all := bk.shop.due(k, now)
	for _, legs := range bk.legs {
		for _, l := range legs {
			if l.itemKey == k && l.isPast(now) {
				all = append(all, l)
			}
		}
	}
	return all
}

// deadlines are those of the item's lines and legs up to a time.
func (bk *books) deadlines(k itemKey, upTo int64) []int64 {
	var all []int64
	for _, orders := range []map[string][]*line{bk.shop.orders, bk.legs} {
		for _, lines := range orders {
			for _, l := range lines {
				if l.itemKey == k && l.held > 0 && l.isPast(upTo) {
					all = append(all, l.deadline)
				}
			}
		}
	}
	return all
}

// figures compares the items and lines that an event shows with the shop's.
func (bk *books) figures(s *stored, e *stock.Event) {
	for i := range e.Items {
		c := &e.Items[i]
		k := keyOf(c.Key)
		it := bk.shop.item(k)
		if why := it.fitBooks(c); why != "" {
			bk.w.violate("record %d: %s of %s leaves %v with %s; it should be %+v", s.rec.Seq, e.Op, e.Order, k, why, it)
		}
		if it.below() {
			bk.w.violate("record %d: a figure of %v is negative: %+v", s.rec.Seq, k, it)
		}
		if was, told := bk.told[k], c.Changed; told {
			bk.told[k] = it
			if why := it.fitTold(c, &was); why != "" {
				bk.w.violate("record %d: %s of %s tells of %v %s", s.rec.Seq, e.Op, e.Order, k, why)
			}
		}
	}
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		l := bk.shop.find(e.Order, keyOf(c.Line.Item))
		if c.Line.Follows() {
			l = bk.leg(e.Order, keyOf(c.Line.Item))
		}
		if l == nil || l.held != int64(c.Line.Quantity()) || l.deducted != int64(c.Line.Confirmed) || l.released != int64(c.Line.Released) || l.deadline != int64(c.Line.Deadline) {
			bk.w.violate("record %d: %s of %s leaves the line %s; it should be %+v", s.rec.Seq, e.Op, e.Order, words(&c.Line), l)
			continue
		}
		if !l.away && !l.fitDrawn(&c.Line) {
			bk.w.violate("record %d: %s of %s leaves the line %s; it should have drawn %v of its channel (counted there: %t)",
				s.rec.Seq, e.Op, e.Order, words(&c.Line), l.drawn, l.counts)
		}
	}
}
