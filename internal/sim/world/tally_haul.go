package world

import (
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// haul is what a question about a transfer has moved, by the log.
type haul struct {
	at map[itemKey]*moved
	// first and last are the records of its first event and its last.
	first, last int
}

// moved is what it has moved of an item.
type moved struct {
	drawn    int64 // out of a pool or a quota into transit, less what came back
	gone     int64 // out of transit, less what was put back
	came     int64 // into the destination
	differs  int64 // of both, the units that the one has not from the other: lost, less surplus
	forOrder int64 // of that, to the order that it came for
	promised int64 // more that is incoming
}

// haul returns what the question has moved.
func (t *tally) haul(q *question) *haul {
	h := t.hauls[q.id]
	if h == nil {
		h = &haul{at: map[itemKey]*moved{}, first: t.seq}
		t.hauls[q.id] = h
	}
	return h
}

// get is what it has moved of the item.
func (h *haul) get(k itemKey) *moved {
	if h.at[k] == nil {
		h.at[k] = &moved{}
	}
	return h.at[k]
}

// hauled takes in an event of a transfer, before its lines.
func (t *tally) hauled(s *stored, q *question, e *stock.Event) {
	h, w := t.haul(q), q.sundry.waybill
	wrong := func(format string, args ...any) {
		t.w.violate("record %d of slot %d: %s (%s): "+format, append([]any{s.rec.Seq, s.slot, q.id, &q.command}, args...)...)
	}
	if w == nil {
		wrong("posts as a transfer")
		return
	}
	h.last = t.seq
	transit, incoming := stock.Transit(e.Note.Reference), stock.Incoming(e.Note.Reference)
	if e.Note.Reference != w.id {
		wrong("its event is about transfer %q", e.Note.Reference)
	}
	for i := range e.Items {
		c := &e.Items[i]
		if !c.Changed || c.Key.Lot != "" {
			continue
		}
		k := keyOf(c.Key)
		m := h.get(k)
		was := *m
		for _, p := range c.Postings {
			n := int64(p.Qty)
			for _, a := range []stock.Account{p.From, p.To} {
				if (strings.HasPrefix(string(a), "transit/") || strings.HasPrefix(string(a), "incoming/")) && a != transit && a != incoming {
					wrong("touches %s, which is another transfer's", a)
				}
			}
			switch {
			case p.To == stock.Discrepancy:
				m.differs += n
			case p.From == stock.Discrepancy:
				m.differs -= n
			case p.From == stock.Adjustment && p.To == transit:
				m.gone -= n
			case p.From == transit && p.To == stock.Adjustment:
				m.gone += n
			case p.To == transit:
				m.drawn += n
			case p.From == transit:
				m.drawn -= n
			case p.From == incoming:
				m.promised -= n
			case p.To == incoming:
				m.promised += n
			case p.From == stock.Adjustment:
				m.came += n
			case p.To == stock.Adjustment:
				m.came -= n
			}
		}
		m.forOrder += int64(c.Posted(stock.Adjustment, stock.Held))
		t.served(s, q, k, m.came-was.came, m.forOrder-was.forOrder, wrong)
		// Units leave one side before they come to the other.
		all := w.lines[k.product]
		gone := int64(0)
		for at, o := range h.at {
			if at.product == k.product {
				gone += o.gone
			}
		}
		if m.came > max(0, gone-all.lost)+all.surplus {
			wrong("%d units have come to %v, %d have gone from where they were, %d lost and %d surplus: they are at two places", m.came, k, gone, all.lost, all.surplus)
		}
	}
}

// served complains about units that came for an order and passed it.
func (t *tally) served(s *stored, q *question, k itemKey, came, got int64, wrong func(string, ...any)) {
	w := q.sundry.waybill
	if came <= 0 || w.forOrder == "" {
		if got > 0 {
			wrong("%d units of %v go to an order that is not named", got, k)
		}
		return
	}
	l := t.lines[berth{w.forOrder, k, false}]
	waits := int64(0)
	if l != nil && l.End == stock.Open && (l.Deadline == 0 || l.Deadline > s.rec.At || l.Follows()) {
		waits = int64(l.Waiting())
	}
	if got != min(came, waits) {
		wrong("%d units of %v have come for order %s, which waits for %d; it has got %d", came, k, w.forOrder, waits, got)
	}
}
