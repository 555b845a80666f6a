package world

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

func compareBerths(a, b berth) int {
	copied := func(b berth) int { return map[bool]int{false: 0, true: 1}[b.copied] }
	return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.item.product, b.item.product),
		cmp.Compare(a.item.location, b.item.location), copied(a)-copied(b))
}

// line makes the order's line what the event says it is.
func (t *tally) line(s *stored, e *stock.Event, c *stock.LineChange) {
	k := keyOf(c.Line.Item)
	at := berth{e.Order, k, c.Line.Copied()}
	h, was := t.heap(k), t.lines[at]
	if was == nil {
		was = &ticket{Line: stock.Line{Item: c.Line.Item, Channel: c.Line.Channel}}
	}
	wrong := func(why string) {
		t.w.violate("record %d of slot %d at %d: %s of %s makes %s of %s: %s", s.rec.Seq, s.slot, s.rec.At, e.Op, e.Order, words(&c.Line), words(&was.Line), why)
	}
	all := func(l *stock.Line) stock.Qty { return l.Quantity() + l.Confirmed + l.Released }
	switch e.Op {
	case stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpPart: // they bring units
		// Splitting takes a line as it is, also one that no sweep has expired yet.
		if now := s.rec.At; e.Op != stock.OpPart && c.Line.End == stock.Open && c.Line.Deadline != 0 && c.Line.Deadline <= now && !c.Line.Follows() {
			wrong("it is past its deadline")
		}
	default:
		if all(&c.Line) != all(&was.Line) {
			wrong("units have come or gone")
		}
	}
	if e.Op == stock.OpExpire && !c.Line.Follows() && (was.Deadline == 0 || was.Deadline > s.rec.At) {
		wrong("it was not past its deadline")
	}
	if c.Line.End == stock.Open && c.Line.Quantity() == 0 || c.Line.End != stock.Open && c.Line.Quantity() != 0 {
		wrong("an open line holds something, and no other does")
	}
	if !c.Line.Copied() {
		if e.Op == stock.OpPlace || e.Op == stock.OpChange || e.Op == stock.OpRelocate {
			t.mayHave(s, e, h, &was.Line, &c.Line)
			t.ofLots(s, e, &was.Line, &c.Line)
		}
		h.held += int64(c.Line.Quantity()-c.Line.Waiting()) - int64(was.Quantity()-was.Waiting())
		h.waiting += int64(c.Line.Waiting() - was.Waiting())
		for _, sale := range []stock.Account{stock.Presale, stock.Backorder} {
			t.countWaiting(s, e, h, sale, &c.Line, drawnFrom(&c.Line, sale)-drawnFrom(&was.Line, sale))
		}
	}
	t.lines[at] = &ticket{c.Line, c.Bucket}
}

// ofLots complains about units that the line has got of a lot that is not for sale at the
// time, or was not asked for. Whether units of recalled lots were for sale, withholds says.
func (t *tally) ofLots(s *stored, e *stock.Event, was, l *stock.Line) {
	for _, b := range l.Drawn {
		name, _, in := b.Account.Lot()
		if !in || int64(b.Qty) <= drawnFrom(was, b.Account) {
			continue
		}
		n := slices.IndexFunc(lots[:], func(l lot) bool { return l.encoded() == string(name) })
		if n < 0 || !(lotPolicy{}).sells(n, int64(s.rec.At)) || !name.Has(l.Lot) {
			t.w.violate("record %d of slot %d at %d: %s of %s draws %d of lot %q, which it may not have: %s", s.rec.Seq, s.slot, s.rec.At, e.Op, e.Order, b.Qty, name, words(l))
		}
	}
}

// drawnFrom is how many units the line has drawn from the account.
func drawnFrom(l *stock.Line, a stock.Account) (n int64) {
	for _, b := range l.Drawn {
		if b.Account == a {
			n += int64(b.Qty)
		}
	}
	return n
}

// countWaiting counts that the line waits for that many more units of the sale. No more may be sold in it
// than its owner allows, and to a channel with a limit no more than that limit.
func (t *tally) countWaiting(s *stored, e *stock.Event, h *heap, sale stock.Account, l *stock.Line, more int64) {
	sold := h.sold[sale]
	switch {
	case more == 0:
		return
	case more < 0 && sale == stock.Presale && (e.Op == stock.OpFulfil || e.Op == stock.OpRestock || e.Op == stock.OpTransfer):
		return // it has arrived, and counts as before
	}
	sold[l.Channel] += more
	if more < 0 {
		if h.set[sale] == nil && h.promises.Sale(sale).Waiting == 0 {
			clear(sold) // the sale is over
		}
		return
	}
	total := int64(0)
	for _, n := range sold {
		total += n
	}
	set := h.set[sale]
	limit, limited := int64(0), false
	if set != nil {
		limit, limited = set.channels[l.Channel]
	}
	switch {
	case set == nil, total > set.most, limited && sold[l.Channel] > limit:
		t.w.violate("record %d of slot %d: %s of %s has %d more of %s for channel %q, which makes %v; allowed is %+v",
			s.rec.Seq, s.slot, e.Op, e.Order, more, sale, l.Channel, sold, set)
	}
}
