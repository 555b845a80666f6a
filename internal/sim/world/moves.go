package world

import (
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// While buckets move, the order of the log stays the order in which records
// became durable, whatever the slot. A bucket lives in one slot at a time: from
// the record that opens it there to the one that seals it. What is decided of it
// anywhere else, or in between, was decided by somebody who did not know. When it
// opens in its new slot, all that there is of it must have been brought, as it
// was when it was sealed.

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

// berth is a line of an order, as its home has it or as it lies somewhere.
type berth struct {
	order  string
	item   itemKey
	copied bool
}

func newWhereabouts() whereabouts {
	return whereabouts{map[stock.Bucket]int{}, map[stock.Bucket]*stored{}, map[stock.Bucket]*cargo{}, map[visit]*stock.Handover{}}
}

// home is the slot that the bucket lives in, or lived in while it is on its way.
func (v *verdict) home(b stock.Bucket) int {
	if slot, ok := v.lives[b]; ok {
		return slot
	}
	return int(v.w.land.first.Slot(b))
}

// slotOf is where the line is decided.
func (v *verdict) slotOf(l *line) int {
	if !v.w.several() {
		return 0
	}
	return v.home(l.bucket)
}

// bystanders complains when the event changes something of a bucket that does
// not live in the slot.
func (v *verdict) bystander(s *stored, e *stock.Event) bool {
	check := func(b stock.Bucket) bool {
		if v.sealed[b] == nil && v.home(b) == s.slot {
			return true
		}
		v.w.violate("record %d of slot %d: %s of %s changes bucket %d, which does not live there", s.rec.Seq, s.slot, e.Op, e.Order, b)
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
func (v *verdict) move(s *stored, n int, e *stock.Event) {
	switch e.Op {
	case stock.OpArrive:
		v.arrive(s, e)
	case stock.OpRecallKey:
		v.recall(s, n)
	case stock.OpPart:
		if v.bystander(s, e) {
			v.part(s, e)
		}
	}
}

// handover carries out a step of a bucket.
func (v *verdict) handover(s *stored, h *stock.Handover) {
	b := h.Bucket
	was := v.steps[visit{s.slot, b}]
	v.steps[visit{s.slot, b}] = h
	at, away := v.home(b), v.sealed[b]
	switch h.Stage {
	case stock.Leaving:
		if at != s.slot || away != nil {
			v.w.violate("record %d of slot %d: bucket %d leaves, it lives in slot %d", s.rec.Seq, s.slot, b, at)
		}
	case stock.Left:
		if at != s.slot || away != nil {
			v.w.violate("record %d of slot %d: bucket %d left, it lives in slot %d", s.rec.Seq, s.slot, b, at)
		}
		v.sealed[b] = s
	case stock.Coming:
		if at == s.slot {
			v.w.violate("record %d of slot %d: bucket %d comes to where it lives", s.rec.Seq, s.slot, b)
		}
		if was == nil || was.Stage != stock.Coming || was.Epoch != h.Epoch {
			v.brought[b] = &cargo{map[itemKey]stock.ItemChange{}, map[berth]stock.Line{}, map[engine.KeyID]bool{}}
		}
	case stock.Here:
		if was != nil && was.Stage == stock.Leaving {
			return // it stays
		}
		switch {
		case away == nil || away.slot != int(h.Slot) || uint64(away.rec.Seq) != h.Seq || away.rec.Hash != h.Hash:
			v.w.violate("record %d of slot %d: bucket %d opens after record %d of slot %d, which did not seal it", s.rec.Seq, s.slot, b, h.Seq, h.Slot)
			return
		case s.rec.At < away.rec.At:
			v.w.violate("record %d of slot %d: bucket %d opens at %d, it was sealed at %d", s.rec.Seq, s.slot, b, s.rec.At, away.rec.At)
		}
		v.w.stats.Moves++
		v.complete(s, b)
		v.lives[b] = s.slot
		delete(v.sealed, b)
	}
}

// arrive notes what was brought.
func (v *verdict) arrive(s *stored, e *stock.Event) {
	for i := range e.Items {
		if c := v.brought[e.Items[i].Bucket]; c != nil {
			c.items[keyOf(e.Items[i].Key)] = e.Items[i]
			continue
		}
		v.w.violate("record %d of slot %d brings an item of bucket %d, which does not come", s.rec.Seq, s.slot, e.Items[i].Bucket)
	}
	for i := range e.Lines {
		l := &e.Lines[i].Line
		if c := v.brought[e.Lines[i].Bucket]; c != nil {
			c.lines[berth{e.Order, keyOf(l.Item), l.Copied()}] = *l
			continue
		}
		v.w.violate("record %d of slot %d brings a line of bucket %d, which does not come", s.rec.Seq, s.slot, e.Lines[i].Bucket)
	}
}

// recall notes a key that was brought. That all are is seen by those who ask
// again.
func (v *verdict) recall(s *stored, n int) {
	k, ok := s.keys[n]
	if c := v.brought[k.Bucket]; ok && c != nil {
		c.keys[k.ID] = true
		return
	}
	v.w.violate("record %d of slot %d brings a key of a bucket that does not come", s.rec.Seq, s.slot)
}

// complete complains about what there is of the bucket and was not brought as it
// is.
func (v *verdict) complete(s *stored, b stock.Bucket) {
	c := v.brought[b]
	for _, k := range v.shop.keys() {
		it, got := v.shop.items[k], c.items[k]
		if bucket(k.location) != b {
			continue
		}
		if why := it.fitWhole(&got); why != "" {
			v.w.violate("record %d of slot %d opens bucket %d with %v as %s; it should be %+v", s.rec.Seq, s.slot, b, k, why, it)
		}
	}
	check := func(order string, l *line, copied bool) {
		got, ok := c.lines[berth{order, l.itemKey, copied}]
		if !ok || int64(got.Quantity()) != l.held || int64(got.Confirmed) != l.deducted || int64(got.Released) != l.released || int64(got.Deadline) != l.deadline {
			v.w.violate("record %d of slot %d opens bucket %d with %v of order %s as %s; it should be %+v", s.rec.Seq, s.slot, b, l.itemKey, order, words(&got), l)
		}
	}
	for _, order := range slices.Sorted(maps.Keys(v.shop.orders)) {
		for _, l := range v.shop.orders[order] {
			if l.bucket == b {
				check(order, l, l.away)
			}
		}
	}
	for _, order := range slices.Sorted(maps.Keys(v.legs)) {
		for _, l := range v.legs[order] {
			// One that counts as never held is gone when the line came again.
			if own := v.shop.find(order, l.itemKey); l.bucket == b && (!l.undone || own == nil || own.away) {
				check(order, l, false)
			}
		}
	}
}

// part makes home and leg of lines that were decided together.
func (v *verdict) part(s *stored, e *stock.Event) {
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed || !c.Line.Copied() {
			continue
		}
		k := keyOf(c.Line.Item)
		l := v.shop.find(e.Order, k)
		if l == nil || l.away || l.state != active || l.bucket == c.Bucket {
			v.w.violate("record %d of slot %d parts %v of order %s, which is %+v", s.rec.Seq, s.slot, k, e.Order, l)
			return
		}
		leg := *l
		leg.follows, leg.call = true, c.Line.Leg.Key
		v.legs[e.Order] = append(slices.DeleteFunc(v.legs[e.Order], func(l *line) bool { return l.itemKey == k }), &leg)
		l.away, l.call, l.bucket = true, leg.call, c.Bucket
	}
	v.figures(s, e)
}
