package world

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// use notes whether an item is retired. No units come to a retired item. A transfer still notes
// that units from there have arrived, or are on their way.
func (t *tally) use(s *stored, q *question, e *stock.Event, h *heap, c *stock.ItemChange) {
	carried := func(p stock.Posting) bool {
		if p.From == stock.Discrepancy || p.To == stock.Discrepancy {
			return e.Op == stock.OpTransfer // units that were lost on the way, a part of the others
		}
		transit := strings.HasPrefix(string(p.From), "transit/") != strings.HasPrefix(string(p.To), "transit/")
		return e.Op == stock.OpTransfer && transit && (p.From == stock.Adjustment || p.To == stock.Adjustment)
	}
	if h.retired && slices.ContainsFunc(c.Postings, func(p stock.Posting) bool { return !carried(p) }) {
		t.w.violate("record %d of slot %d: %s moves units of %v, which is retired: %+v", s.rec.Seq, s.slot, e.Op, keyOf(c.Key), c.Postings)
	}
	if c.Retired && !h.retired && q != nil {
		t.onTheRoad(s, q, keyOf(c.Key))
	}
	h.retired = c.Retired
}

// onTheRoad complains about an item that is retired between the two sides of a receipt,
// when its units had been shipped before anybody asked for that.
func (t *tally) onTheRoad(s *stored, q *question, k itemKey) {
	for _, o := range t.w.questions {
		w, h := o.waybill(), t.hauls[o.id]
		if w == nil || w.action != "receive" || h == nil || h.at[k] == nil {
			continue
		}
		nowhere := h.at[k].gone > w.lines[k.product].lost
		for at, m := range h.at {
			nowhere = nowhere && (at.product != k.product || m.came == 0)
		}
		if nowhere && slices.ContainsFunc(t.w.questions, func(o *question) bool {
			ship := o.waybill()
			return ship != nil && ship.action == "ship" && ship.id == w.id && o.answer != nil && o.answer.code == "" && o.ended < q.begun
		}) {
			t.w.violate("record %d of slot %d: %s retires %v while %s (%s) has its units between the two locations", s.rec.Seq, s.slot, q.id, k, o.id, &o.command)
		}
	}
}

// mayBeInTransit reports whether a transfer may have had units of the item on their way from there
// while the question was open, as far as the log and its answers show.
func (t *tally) mayBeInTransit(k itemKey, q *question) bool {
	left := map[string]int64{}
	for _, o := range t.w.questions {
		w, h := o.waybill(), t.hauls[o.id]
		if w == nil || h == nil || h.at[k] == nil {
			continue
		}
		switch m := h.at[k]; {
		case w.action == "ship" && o.begun <= q.ended:
			left[w.id] += m.drawn
		case w.action != "ship" && o.answer != nil && o.answer.code == "" && o.ended < q.begun:
			left[w.id] -= m.gone - m.drawn
		}
	}
	for _, n := range left {
		if n > 0 {
			return true
		}
	}
	return false
}
