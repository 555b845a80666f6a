package world

import (
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// While buckets move, the order of the log stays the order in which records became durable,
// whatever the slot. A bucket is in one slot at a time: from the record that opens it there to the
// one that seals it. A decision about it anywhere else, or in between, comes from a node with an
// old map. When the bucket opens in its new slot, all of its rows must have been brought, as they
// were when it was sealed.

// whereabouts are what the log says of buckets up to the record at hand.
type whereabouts struct {
	lives   map[stock.Bucket]int // the slot it was opened in last
	sealed  map[stock.Bucket]*stored
	brought map[stock.Bucket]*cargo
	steps   map[visit]*stock.Handover // the last of each bucket in each slot
}

type visit struct {
	slot   int
	bucket stock.Bucket
}

// cargo is what was brought of a bucket to its new slot so far.
type cargo struct {
	items map[itemKey]stock.ItemChange
	lines map[berth]stock.Line
	keys  map[engine.KeyID]bool
}

// berth is a line of an order, as its home has it or as another bucket has it.
type berth struct {
	order  string
	item   itemKey
	copied bool
}

// removals complain about what the log does with buckets that move.
type removals struct{ *books }

func newWhereabouts() whereabouts {
	return whereabouts{map[stock.Bucket]int{}, map[stock.Bucket]*stored{}, map[stock.Bucket]*cargo{}, map[visit]*stock.Handover{}}
}

// bystander complains when the event changes something of a bucket that is not in the slot.
func (m *removals) bystander(s *stored, e *stock.Event) bool {
	check := func(b stock.Bucket) bool {
		if m.sealed[b] == nil && m.home(b) == s.slot {
			return true
		}
		m.w.violate("record %d of slot %d: %s of %s changes bucket %d, which does not live there", s.rec.Seq, s.slot, e.Op, e.Order, b)
		return false
	}
	for i := range e.Items {
		if e.Items[i].Changed && !check(e.Items[i].Bucket) {
			return false
		}
	}
	for i := range e.Lines {
		if e.Lines[i].Changed && !check(e.Lines[i].Bucket) {
			return false
		}
	}
	return true
}

// move carries out what is only there because a bucket moves.
func (m *removals) move(s *stored, n int, e *stock.Event) {
	switch e.Op {
	case stock.OpArrive:
		m.arrive(s, e)
	case stock.OpRecallKey:
		m.recall(s, n)
	case stock.OpPart:
		if m.bystander(s, e) {
			m.part(s, e)
		}
	}
}

// handover carries out a step of a bucket.
func (m *removals) handover(s *stored, h *stock.Handover) {
	b := h.Bucket
	was := m.steps[visit{s.slot, b}]
	m.steps[visit{s.slot, b}] = h
	at, away := m.home(b), m.sealed[b]
	switch h.Stage {
	case stock.Leaving:
		if at != s.slot || away != nil {
			m.w.violate("record %d of slot %d: bucket %d leaves, it lives in slot %d", s.rec.Seq, s.slot, b, at)
		}
	case stock.Left:
		if at != s.slot || away != nil {
			m.w.violate("record %d of slot %d: bucket %d left, it lives in slot %d", s.rec.Seq, s.slot, b, at)
		}
		m.sealed[b] = s
	case stock.Coming:
		if at == s.slot {
			m.w.violate("record %d of slot %d: bucket %d comes to where it lives", s.rec.Seq, s.slot, b)
		}
		if was == nil || was.Stage != stock.Coming || was.Epoch != h.Epoch {
			m.brought[b] = &cargo{map[itemKey]stock.ItemChange{}, map[berth]stock.Line{}, map[engine.KeyID]bool{}}
		}
	case stock.Here:
		if was != nil && was.Stage == stock.Leaving {
			return // it stays
		}
		switch {
		case away == nil || away.slot != int(h.Slot) || uint64(away.rec.Seq) != h.Seq || away.rec.Hash != h.Hash:
			m.w.violate("record %d of slot %d: bucket %d opens after record %d of slot %d, which did not seal it", s.rec.Seq, s.slot, b, h.Seq, h.Slot)
			return
		case s.rec.At < away.rec.At:
			m.w.violate("record %d of slot %d: bucket %d opens at %d, it was sealed at %d", s.rec.Seq, s.slot, b, s.rec.At, away.rec.At)
		}
		m.w.stats.Moves++
		m.complete(s, b)
		m.lives[b] = s.slot
		delete(m.sealed, b)
	}
}

// arrive notes what was brought.
func (m *removals) arrive(s *stored, e *stock.Event) {
	for i := range e.Items {
		if c := m.brought[e.Items[i].Bucket]; c != nil {
			c.items[keyOf(e.Items[i].Key)] = e.Items[i]
			continue
		}
		m.w.violate("record %d of slot %d brings an item of bucket %d, which does not come", s.rec.Seq, s.slot, e.Items[i].Bucket)
	}
	for i := range e.Lines {
		l := &e.Lines[i].Line
		if c := m.brought[e.Lines[i].Bucket]; c != nil {
			c.lines[berth{e.Order, keyOf(l.Item), l.Copied()}] = *l
			continue
		}
		m.w.violate("record %d of slot %d brings a line of bucket %d, which does not come", s.rec.Seq, s.slot, e.Lines[i].Bucket)
	}
}

// recall notes a key that was brought. Repeated commands show whether all keys were brought.
func (m *removals) recall(s *stored, n int) {
	k, ok := s.keys[n]
	if c := m.brought[k.Bucket]; ok && c != nil {
		c.keys[k.ID] = true
		return
	}
	m.w.violate("record %d of slot %d brings a key of a bucket that does not come", s.rec.Seq, s.slot)
}

// complete complains about everything of the bucket that was not brought as it was.
func (m *removals) complete(s *stored, b stock.Bucket) {
	c := m.brought[b]
	for _, k := range m.shop.keys() {
		it, got := m.shop.items[k], c.items[k]
		if bucket(k.location) != b {
			continue
		}
		if why := it.fitWhole(&got); why != "" {
			m.w.violate("record %d of slot %d opens bucket %d with %v as %s; it should be %+v", s.rec.Seq, s.slot, b, k, why, it)
		}
	}
	check := func(order string, l *line, copied bool) {
		got, ok := c.lines[berth{order, l.itemKey, copied}]
		if !ok || int64(got.Quantity()) != l.held || int64(got.Confirmed) != l.deducted || int64(got.Released) != l.released || int64(got.Deadline) != l.deadline {
			m.w.violate("record %d of slot %d opens bucket %d with %v of order %s as %s; it should be %+v", s.rec.Seq, s.slot, b, l.itemKey, order, words(&got), l)
		}
	}
	for _, order := range slices.Sorted(maps.Keys(m.shop.orders)) {
		for _, l := range m.shop.orders[order] {
			if l.bucket == b {
				check(order, l, l.away)
			}
		}
	}
	for _, order := range slices.Sorted(maps.Keys(m.legs)) {
		for _, l := range m.legs[order] {
			// A line that counts as never held is gone when the order got the line again.
			if own := m.shop.find(order, l.itemKey); l.bucket == b && (!l.undone || own == nil || own.away) {
				check(order, l, false)
			}
		}
	}
}

// part makes home and leg of lines that were decided together.
func (m *removals) part(s *stored, e *stock.Event) {
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed || !c.Line.Copied() {
			continue
		}
		k := keyOf(c.Line.Item)
		l := m.shop.find(e.Order, k)
		if l == nil || l.away || l.state != active || l.bucket == c.Bucket {
			m.w.violate("record %d of slot %d parts %v of order %s, which is %+v", s.rec.Seq, s.slot, k, e.Order, l)
			return
		}
		leg := *l
		leg.follows, leg.call = true, c.Line.Leg.Key
		m.legs[e.Order] = append(slices.DeleteFunc(m.legs[e.Order], func(l *line) bool { return l.itemKey == k }), &leg)
		l.away, l.call, l.bucket = true, leg.call, c.Bucket
	}
	m.figures(s, e)
}
