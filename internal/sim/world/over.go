package world

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Of books in several slots the order of the log is the order in which records became durable,
// whatever the slot. A reserve over several slots is no single step in it: its legs are held first
// and the home decides last, so each thing its answer says must be right at some moment of its own
// between question and answer. It must never be done by half: the home's decision must find every
// leg held, a leg may only follow the decision of its home, and in the end both agree.

// isWhole reports whether the command is about all lines of an order.
func (c *command) isWhole() bool {
	return c.ofOrder() && c.item.product == ""
}

// asked is how many units of the item a reserve wants.
func (c *command) asked(k itemKey) int64 {
	var n int64
	for _, d := range c.lines {
		if d.itemKey == k {
			n += d.qty
		}
	}
	return n
}

// unnamed is a call about the order that no key identifies: a call without a key was given up, and
// the log does not say which.
const unnamed = "of order "

// carryOutAcross carries out an event that only books in several slots have.
func (v *verdict) carryOutAcross(s *stored, q *question, e *stock.Event) {
	switch v.kind(q, e) {
	case alone:
		v.event(s, q, e)
		return
	case legs:
		v.hold(s, q, e)
	case home:
		v.decision(s, q, e)
	}
	if len(v.w.violations) == 0 {
		v.figures(s, e)
	}
}

// may complains about a new line that the question cannot have asked for.
func (v *verdict) may(s *stored, q *question, e *stock.Event, c *stock.LineChange) bool {
	k := keyOf(c.Line.Item)
	wrong := ""
	switch want := q.asked(k); {
	case s.step < q.begun:
		wrong = "before it was asked for"
	case want == 0:
		wrong = "that was not asked for"
	case int64(c.Line.Requested) != want, int64(c.Line.Quantity()) > want, !q.partial && int64(c.Line.Quantity()) != want:
		wrong = fmt.Sprintf("of %d, asked for were %d", c.Line.Quantity(), want)
	case c.Line.Channel != q.channel:
		wrong = fmt.Sprintf("on channel %q", c.Line.Channel)
	case c.Line.Deadline != s.rec.At+stock.Time(q.ttl*1000):
		wrong = fmt.Sprintf("until %d", c.Line.Deadline)
	case v.shop.find(e.Order, k) != nil:
		wrong = "that the order has already"
	}
	if wrong != "" {
		v.w.violate("record %d of slot %d at %d: %s (%s) gets a line of %v %s", s.rec.Seq, s.slot, s.rec.At, q.id, &q.command, k, wrong)
	}
	return wrong == ""
}

// take draws the units of a new line from its item.
func (v *verdict) take(s *stored, q *question, l *line) bool {
	it := v.shop.item(l.itemKey)
	n := l.held
	if gets := min(q.asked(l.itemKey), it.drawable(q.channel, q.want, int64(s.rec.At))); n != gets {
		v.w.violate("record %d of slot %d: %s (%s) takes %d of %v, which is %+v", s.rec.Seq, s.slot, q.id, &q.command, n, l.itemKey, it)
		return false
	}
	v.shop.touch(l.itemKey, func(it *item) { it.draw(l, n, int64(s.rec.At)) })
	return true
}

// hold carries out the part of a call that a slot which is not its home holds.
func (v *verdict) hold(s *stored, q *question, e *stock.Event) {
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		if q == nil {
			q = v.byKey[c.Line.Leg.Key]
		}
		if q == nil {
			v.w.violate("record %d of slot %d has a leg that nobody asked for", s.rec.Seq, s.slot)
			return
		}
		k := keyOf(c.Line.Item)
		old := v.leg(e.Order, k)
		if old != nil && !old.undone {
			v.w.violate("record %d of slot %d holds %v of order %s again, it has %+v", s.rec.Seq, s.slot, k, e.Order, old)
			return
		}
		l := &line{
			itemKey: k, channel: q.channel, want: q.want, requested: int64(c.Line.Requested), held: int64(c.Line.Quantity()), deadline: int64(c.Line.Deadline), state: active,
			bucket: c.Bucket, call: c.Line.Leg.Key, made: v.seq, follows: true,
		}
		if !v.may(s, q, e, c) || !v.take(s, q, l) {
			return
		}
		v.legs[e.Order] = slices.DeleteFunc(v.legs[e.Order], func(l *line) bool { return l == old })
		v.legs[e.Order] = append(v.legs[e.Order], l)
		v.legOf[l] = q
	}
}

// decision carries out what the home of a call decided: all of it, or nothing.
func (v *verdict) decision(s *stored, q *question, e *stock.Event) {
	if e.Refusal != nil {
		if q != nil && e.Refusal.Code == stock.Expired {
			v.closed[q.id] = true // or one of its lines had expired
		}
		if q == nil && e.Refusal.Code == stock.Expired {
			v.closed[unnamed+e.Order] = true
		}
		if v.w.stats.Orders++; true {
			v.w.stats.Refused++
		}
		return
	}
	if q == nil {
		v.w.violate("record %d of slot %d decides a call that nobody asked for", s.rec.Seq, s.slot)
		return
	}
	if v.n++; v.first[q.id] == 0 {
		v.first[q.id] = v.n
	}
	v.w.stats.Orders++
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		k := keyOf(c.Line.Item)
		if !v.may(s, q, e, c) {
			return
		}
		l := &line{
			itemKey: k, channel: q.channel, want: q.want, requested: int64(c.Line.Requested), held: int64(c.Line.Quantity()), deadline: int64(c.Line.Deadline), state: active,
			bucket: c.Bucket, made: v.seq, since: int64(s.rec.At),
		}
		if c.Line.Copied() {
			l.away, l.call = true, c.Line.Leg.Key
			leg := v.leg(e.Order, k)
			if leg == nil || leg.undone || leg.call != l.call || leg.state != active || leg.held != l.held {
				v.w.violate("record %d of slot %d: %s (%s) is granted, its leg of %v is %+v", s.rec.Seq, s.slot, q.id, &q.command, k, leg)
				return
			}
			l.drawn = leg.drawn
		} else if !v.take(s, q, l) {
			return
		}
		v.shop.orders[e.Order] = append(v.shop.orders[e.Order], l)
	}
	for _, d := range q.lines {
		if l := v.shop.find(e.Order, d.itemKey); l == nil && !q.partial {
			v.w.violate("record %d of slot %d: %s (%s) is granted by half, without %v", s.rec.Seq, s.slot, q.id, &q.command, d.itemKey)
		}
	}
}

// settle lets legs follow their home.
func (v *verdict) settle(s *stored, e *stock.Event) {
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		k := keyOf(c.Line.Item)
		leg := v.leg(e.Order, k)
		if leg == nil || leg.undone || leg.state != active {
			v.w.violate("record %d of slot %d settles %v of order %s, which is %+v", s.rec.Seq, s.slot, k, e.Order, leg)
			return
		}
		deducts, gives := int64(c.Line.Confirmed)-leg.deducted, int64(c.Line.Released)-leg.released
		at := v.copyOf(e.Order, leg)
		switch {
		case c.Line.Leg.Undone && (at != nil || deducts != 0):
			v.w.violate("record %d of slot %d gives back %v of order %s, its home has decided %+v", s.rec.Seq, s.slot, k, e.Order, at)
			return
		case c.Line.Leg.Undone:
		case at == nil || int64(c.Line.Confirmed) > at.deducted || int64(c.Line.Released) > at.released:
			v.w.violate("record %d of slot %d: %v of order %s becomes %s, its home has %+v", s.rec.Seq, s.slot, k, e.Order, words(&c.Line), at)
			return
		}
		leg.deducted += deducts
		leg.released += gives
		leg.held -= deducts + gives
		leg.undone, leg.deadline = c.Line.Leg.Undone, int64(c.Line.Deadline)
		switch c.Line.End {
		case stock.EndConfirmed:
			leg.end(confirmed)
		case stock.EndReleased:
			leg.end(cancelled)
		case stock.EndExpired:
			leg.end(expired)
		}
		if deducts+gives == 0 {
			continue // it has its home's deadline now
		}
		// Only the home has decided which of its units leave: the home no longer holds them.
		keeps, ok := portionsOf(&c.Line)
		goes, has := leg.drawn.subtract(keeps)
		if !ok || !has || at != nil && !keeps.have(at.drawn) {
			v.w.violate("record %d of slot %d: %v of order %s becomes %s, it has drawn %v and its home holds %+v", s.rec.Seq, s.slot, k, e.Order, words(&c.Line), leg.drawn, at)
			return
		}
		away := *leg
		away.drawn, leg.drawn = goes, keeps
		v.shop.touch(k, func(it *item) {
			it.sell(&away, deducts, "")
			it.giveUnitsBack(&away, gives, "", int64(s.rec.At))
		})
	}
	v.figures(s, e)
}
