package world

import (
	"maps"
	"slices"
)

// kept complains about legs that are still held although the refusal of their call has arrived and
// there was no fault since the question.
func (v *verdict) kept() {
	for len(v.refusals) > 0 && v.refusals[0].to == v.seq {
		q := v.refusals[0]
		v.refusals = v.refusals[1:]
		for _, l := range v.legs[q.order] {
			if v.legOf[l] == q && l.state == active && !l.undone {
				v.w.looking = q.ended
				v.w.violate("%s (%s) was refused, its leg of %v is still held: %+v", q.id, &q.command, l.itemKey, l)
			}
		}
	}
}

// unharmed reports whether the question was sent once, was refused, and met no fault from its
// beginning to its end. Where nodes forward and buckets move, a command in a group with another
// that went to an old slot may have to be sent again. Its legs are given back a little later.
func (v *verdict) unharmed(q *question) bool {
	if q.answer == nil || q.answer.code == "" || !v.isOverSlots(q) || q.parcel.sent != 1 || v.w.weather.queue < 64 || v.w.relay.on && v.w.moving() {
		return false
	}
	for _, step := range v.w.harms {
		if step >= q.begun && step <= q.ended {
			return false
		}
	}
	return true
}

// agree checks that in the end each leg agrees with its home, and that none is left without one.
func (v *verdict) agree() {
	for _, order := range slices.Sorted(maps.Keys(v.legs)) {
		for _, l := range v.legs[order] {
			at := v.copyOf(order, l)
			switch {
			case l.undone:
			case at == nil:
				v.w.violate("order %s: a leg of %v was left behind: %+v", order, l.itemKey, l)
			case l.held != at.held || l.deducted != at.deducted || l.released != at.released || l.state != at.state || l.drawn != at.drawn:
				v.w.violate("order %s: the leg of %v is %+v, its home has %+v", order, l.itemKey, l, at)
			}
		}
	}
	for _, order := range slices.Sorted(maps.Keys(v.shop.orders)) {
		for _, l := range v.shop.orders[order] {
			if leg := v.leg(order, l.itemKey); l.away && (leg == nil || leg.undone || leg.call != l.call) {
				v.w.violate("order %s: %v is decided as %+v, its leg is %+v", order, l.itemKey, l, leg)
			}
		}
	}
}

// joined complains when a whole-order call with a key also changes lines that came
// after it had been carried out in the slot that remembers it.
func (v *verdict) joined(s *stored, q *question) {
	if !v.w.isSeveral() || !q.isWhole() || q.key == "" {
		return
	}
	var oldest, first, other *line // of this slot, of all, of the other slots
	for _, l := range v.shop.orders[q.order] {
		here := v.slotOf(l) == s.slot
		if here && (oldest == nil || l.since < oldest.since) {
			oldest = l
		}
		if !here && (other == nil || l.since < other.since) {
			other = l
		}
		if first == nil || l.since < first.since {
			first = l
		}
	}
	// The clocks of the slots decide what came first.
	if before := v.carried[q.id]; before != 0 && before < oldest.made && first.since < oldest.since {
		v.w.violate("record %d of slot %d: %s (%s) was carried out before, now lines that came later follow it", s.rec.Seq, s.slot, q.id, &q.command)
	}
	if v.carried[q.id] == 0 && (other == nil || oldest.since < other.since) {
		v.carried[q.id] = v.seq // a call that was cut off before it came here starts anew from here
	}
}

// alike complains about whole-order calls that were answered in two ways. Where
// the oldest lines in two slots are of the same millisecond nobody can tell
// which of them came later, and lines may have joined while it was under way.
func (v *verdict) alike() {
	for _, q := range v.w.questions {
		if q.also == "" {
			continue
		}
		oldest := map[int]int64{}
		for _, l := range v.shop.orders[q.order] {
			if at, ok := oldest[v.place(l)]; !ok || l.since < at {
				oldest[v.place(l)] = l.since
			}
		}
		if all := slices.Sorted(maps.Values(oldest)); len(all) > 1 && all[0] == all[1] {
			continue
		}
		v.w.violate("%s (%s) was answered in two ways:\n%s\n%s", q.id, &q.command, q.said, q.also)
	}
}
