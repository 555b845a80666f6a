package stock

import (
	"fmt"
	"slices"
)

// Touches reports whether the event belongs in the history of its item i: it changed the
// item or an order line of it. In an event with lines an item is there only because its
// line changed. Events that only carry a bucket from one slot to another, and allowances of
// customers, are in no history.
func (e *Event) Touches(i int) bool {
	return !e.Op.Internal() && !e.Items[i].Key.Hidden() && (e.Items[i].Changed || len(e.Lines) > 0)
}

// Touched calls fn for each item that an entry of the record touches, with repeats. It
// reads only the bytes of the entries that it needs, which takes a small part of the time
// of Events.
func (r *Record) Touched(fn func(ItemKey)) error {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.dropped() {
			continue
		}
		for j := range b.count {
			s := b.source(j)
			if s.touched(b.tenant, r.head.At, fn); s.bad {
				return fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+j, s.fault())
			}
		}
	}
	return nil
}

// Has reports whether an entry of the record is of one of the operations. It reads nothing
// else of the entries.
func (r *Record) Has(ops ...Op) (bool, error) {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.dropped() {
			continue
		}
		for j := range b.count {
			s := b.source(j)
			s.bitmap(entryKnown)
			if op := Op(s.byte()); s.bad {
				return false, fmt.Errorf("record %d, entry %d: %w", r.head.Seq, b.first+j, s.fault())
			} else if slices.Contains(ops, op) {
				return true, nil
			}
		}
	}
	return false, nil
}

// touched reads an entry up to the key of its last item, and no further, unless that item
// has a lot, which comes much later in the entry. Times are relative to that of the record,
// and one that must not be 0 can only be read with it.
func (s *entrySource) touched(tenant string, at Time, fn func(ItemKey)) {
	bits := s.bitmap(entryKnown)
	if Op(s.byte()).Internal() || bits&entryItems == 0 {
		return
	}
	if bits&entryNote != 0 {
		s.uint()
	}
	if bits&entryOrder != 0 {
		s.take(s.uint())
	}
	if bits&entryChannel != 0 {
		s.uint()
	}
	lines := bits&entryLines != 0
	n := s.count(minItemChange)
	for i := range n {
		rest := s.p
		if item := s.bitmap(itemKnown); i == n-1 && item&itemLot == 0 {
			key := ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}
			if !s.bad && (item&itemChanged != 0 || lines) && !key.Hidden() {
				fn(key)
			}
			return
		}
		var c ItemChange
		s.p = rest
		s.itemChange(&c, tenant, at)
		if !s.bad && (c.Changed || lines) && !c.Key.Hidden() {
			fn(c.Key)
		}
	}
}
