package stock

import "fmt"

// Touches reports whether the event belongs in the history of its item i: it
// changed the item or an order line of it. In an event with lines an item
// stands only because its line changed. What only carries a bucket from one slot
// to another, and what a customer may have, is in no history.
func (e *Event) Touches(i int) bool {
	return !e.Op.Internal() && !e.Items[i].Key.Hidden() && (e.Items[i].Changed || len(e.Lines) > 0)
}

// Touched calls fn for each item that an entry of the record touches, with
// repeats. It reads no more of the entries than that takes, which is a small
// part of what Events takes.
func (r *Record) Touched(fn func(ItemKey)) error {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.dropped() {
			continue
		}
		for j := range b.count {
			s := b.source(j)
			if !s.touched(b.tenant, r.head.At, fn) {
				return fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+j, ErrMalformed)
			}
		}
	}
	return nil
}

// touched reads an entry up to the key of its last item. Times are told from that
// of the record, and one that must not be 0 is only understood from there.
func (s *entrySource) touched(tenant string, at Time, fn func(ItemKey)) bool {
	if Op(s.byte()).Internal() {
		return !s.bad
	}
	flags := s.byte()
	if flags&entryOrder != 0 {
		s.take(s.uint())
	}
	if flags&entryChannel != 0 {
		s.uint()
	}
	if flags&entryNote != 0 {
		s.uint()
	}
	if flags&entryItems == 0 {
		return !s.bad
	}
	lines := flags&entryLines != 0
	n := s.count(11)
	for range n - 1 {
		var c ItemChange
		s.itemChange(&c, tenant, at)
		if !s.bad && (c.Changed || lines) && !c.Key.Hidden() {
			fn(c.Key)
		}
	}
	item := s.byte()
	key := ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}
	if item&itemLot != 0 {
		key.Lot = s.string()
	}
	if !s.bad && (item&itemChanged != 0 || lines) && !key.Hidden() {
		fn(key)
	}
	return !s.bad
}
