package world

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// expire carries out an expiry, which no command asked for.
func (v *verdict) expire(s *stored, e *stock.Event) {
	for i := range e.Lines {
		c := &e.Lines[i]
		k := keyOf(c.Line.Item)
		l := v.shop.find(e.Order, k)
		if !c.Changed {
			continue
		}
		if l == nil || !l.isPast(int64(s.rec.At)) {
			v.w.violate("record %d at %d expires %v of order %s, which is %+v", s.rec.Seq, s.rec.At, k, e.Order, l)
			return
		}
		v.shop.expire(l, int64(s.rec.At))
		v.lapses = append(v.lapses, lapse{k, e.Order, int64(s.rec.At), s.step})
	}
	v.figures(s, e)
}

// lapse carries out the expiry of lots, which no command asked for.
func (v *verdict) lapse(s *stored, e *stock.Event) {
	for i := range e.Items {
		k := keyOf(e.Items[i].Key)
		if it := v.shop.items[k]; it == nil || !it.lapse(int64(s.rec.At)) {
			v.w.violate("record %d at %d lapses %v, of which nothing is due: %+v", s.rec.Seq, s.rec.At, k, it)
			return
		}
		v.lapses = append(v.lapses, lapse{k, "", int64(s.rec.At), s.step})
	}
	v.figures(s, e)
}

// event carries out a command and compares the result with the event.
func (v *verdict) event(s *stored, q *question, e *stock.Event) {
	if q == nil {
		v.w.violate("record %d has a %s that nobody asked for", s.rec.Seq, e.Op)
		return
	}
	if s.step < q.begun {
		v.w.violate("record %d has the event of %s before it was asked for", s.rec.Seq, q.id)
		return
	}
	if v.n++; v.first[q.id] == 0 {
		v.first[q.id] = v.n
	}
	now := int64(s.rec.At)
	if shows(e.Op) {
		if n := len(v.shop.due(q.item, now)); n > 0 {
			v.w.violate("record %d at %d: %s shows the item while %d lines hold units past their deadline", s.rec.Seq, now, &q.command, n)
			return
		}
		if it := v.shop.item(q.item); it.lapse(now) {
			v.w.violate("record %d at %d: %s shows the item while lots of it are for sale that have expired", s.rec.Seq, now, &q.command)
			return
		}
	}
	shop, made := v.booksOf(s.slot, &q.command)
	cmd := q.command
	cmd.ruled = ruledAtFirst(e)
	v.noteRelocated(&cmd)
	o := shop.do(&cmd, now)
	if got := refusalCode(e); got != "" && got != o.code && v.w.isSeveral() && q.isWhole() {
		o = v.shopBefore(q, shop).do(&cmd, now)
	}
	if got := refusalCode(e); slices.Contains(o.also, got) {
		o.refuse(got).also = nil
	}
	if e.Back != nil && e.Back.Beyond > 0 && cmd.isChecked() {
		v.w.violate("record %d at %d: %s (%s) brought back %d units more than had left with the order", s.rec.Seq, now, q.id, &q.command, e.Back.Beyond)
	}
	if got := refusalCode(e); got != o.code {
		v.w.violate("record %d at %d: %s (%s) came out as %q, the contract says %q", s.rec.Seq, now, q.id, &q.command, got, o.code)
		return
	}
	if e.Changed() != (len(o.changes) > 0) {
		v.w.violate("record %d: %s (%s) changed something: %t, the contract says %t", s.rec.Seq, q.id, &q.command, e.Changed(), len(o.changes) > 0)
		return
	}
	for _, change := range o.changes {
		change()
	}
	made()
	v.joined(s, q)
	cmd.define(o)
	v.figures(s, e)
	if e.Changed() {
		h := happening{at: now, cmd: &cmd}
		for i := range e.Items {
			if e.Items[i].Changed {
				h.items = append(h.items, keyOf(e.Items[i].Key))
			}
		}
		for i := range e.Lines { // a commit changes no item
			if k := keyOf(e.Lines[i].Line.Item); e.Lines[i].Changed && e.Op != stock.OpReturn && !slices.Contains(h.items, k) {
				h.items = append(h.items, k)
			}
		}
		v.happened[q.id] = append(v.happened[q.id], h)
	}
	if !v.right[q] && !v.scattered(q) && q.answer != nil && q.from < v.seq && v.seq <= q.to && !q.answer.passing() {
		why := v.fits(q, o, now)
		if why == "" {
			v.when[q.id], v.right[q] = now, true
			if all := v.happened[q.id]; e.Changed() {
				all[len(all)-1].told = true
			}
		} else if q.key != "" {
			v.w.violate("the answer of %s (%s) is not what record %d says: %s\n%s", q.id, &q.command, s.rec.Seq, why, q.answer.raw)
		}
		if why == "" && q.key != "" && len(q.parcel.questions) == 1 && !q.keptApart() && q.answer.position != fmt.Sprintf("%d-%d", s.slot, s.rec.Seq) {
			v.w.violate("the answer of %s names position %s, it is in record %d of slot %d", q.id, q.answer.position, s.rec.Seq, s.slot)
		}
	}
}

// ruledAtFirst are the lots of which an item that the event opens has recalls.
func ruledAtFirst(e *stock.Event) (ruled [lotsOfAll]bool) {
	for i := range e.Items {
		c := &e.Items[i]
		for _, r := range c.Recalls {
			if n := slices.IndexFunc(lots[:], func(l lot) bool { return l.encoded() == string(r.Lot) }); n >= 0 && c.Version == 1 {
				ruled[n] = true
			}
		}
	}
	return ruled
}

var codeNames = map[stock.Code]string{
	stock.Invalid: "INVALID_ARGUMENT", stock.NotFound: "NOT_FOUND", stock.AlreadyExists: "ALREADY_EXISTS",
	stock.Insufficient: "INSUFFICIENT_STOCK", stock.VersionConflict: "VERSION_CONFLICT",
	stock.Expired: "RESERVATION_EXPIRED", stock.InvalidState: "INVALID_STATE",
}

func refusalCode(e *stock.Event) string {
	if e.Refusal == nil {
		return ""
	}
	return codeNames[e.Refusal.Code]
}

func keyOf(k stock.ItemKey) itemKey { return itemKey{k.Product, k.Location} }

// words are those of a line for people, the same in each run.
func words(l *stock.Line) string {
	own := *l
	own.Leg = nil
	if l.Leg == nil {
		return fmt.Sprintf("%+v", own)
	}
	return fmt.Sprintf("%+v, %+v", own, *l.Leg)
}

// noteRelocated notes the state of the line that a relocation moves.
func (v *verdict) noteRelocated(c *command) {
	if l := v.shop.find(c.order, c.item); c.verb == "relocate" && l != nil {
		c.channel, c.want, c.until = l.channel, l.want, l.deadline
	}
}

// define completes the command with its outcome.
func (c *command) define(o *outcome) {
	if c.verb == "relocate" {
		c.qty = o.moved
	}
}

// shopBefore is the shop without the lines that the order got since the question was asked. A call
// about the whole order is decided for the lines that it found.
func (v *verdict) shopBefore(q *question, of *shop) *shop {
	part := &shop{items: of.items, orders: map[string][]*line{}}
	for _, l := range of.orders[q.order] {
		if l.made <= q.from {
			part.orders[q.order] = append(part.orders[q.order], l)
		}
	}
	return part
}
