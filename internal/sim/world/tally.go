package world

import (
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// tally is the content of the log about sundries, up to the current record. It does not know the
// right outcome of a command. It checks these rules: units are moved, never made or lost. The units
// held, and those that orders wait for, agree with their lines. No more is sold ahead than the
// owner allows, and no units pass the orders that wait. Each question has one effect, or none when
// it was refused. Its answer agrees with the log.
type tally struct {
	*books
	heaps   map[itemKey]*heap
	lines   map[berth]*ticket
	effects map[string][]effect
	hauls   map[string]*haul // what questions about transfers have moved, by id
	packs   map[string]*parcelled
	debts   *debts
	stories map[string][]chapter // of the orders of kits that one client has for itself
	recalls []*question          // of sundries
}

// heap is an item.
type heap struct {
	bucket   stock.Bucket
	has      map[stock.Account]int64
	promises stock.Promises
	// set is what the owner allows of each sale, nil of one that is closed; sold is
	// what channels have of it.
	set  map[stock.Account]*allowed
	sold map[stock.Account]map[string]int64
	// campaigns are the rules of channels.
	campaigns map[string]*campaign
	// held and waiting are the units of orders' lines.
	held, waiting int64
	retired       bool
	// opener has opened it, nil: nobody. opened is the record.
	opener *question
	opened int
}

// ticket is a line of an order, and the bucket that keeps it.
type ticket struct {
	stock.Line
	bucket stock.Bucket
}

// effect is an event of a question.
type effect struct {
	seq, slot int
	at        int64
	code      string // of a refusal
	lines     []stock.LineChange
	// does says that it changes something; holds that it only holds units for a
	// decision elsewhere.
	does, holds bool
	items       []itemKey
	off         int64 // units that it writes off
}

func newTally(b *books) *tally {
	return &tally{b, map[itemKey]*heap{}, map[berth]*ticket{}, map[string][]effect{}, map[string]*haul{}, map[string]*parcelled{}, newDebts(), map[string][]chapter{}, recallsOf(b.w.questions)}
}

// takes reports whether the event is about sundries.
func (t *tally) takes(q *question, e *stock.Event) bool {
	return q != nil && q.sundry != nil || e.Op == stock.OpTransfer || ofPromotion(t.w, q, e) || strings.HasPrefix(e.Order, "s-") ||
		slices.ContainsFunc(e.Items, func(c stock.ItemChange) bool { return ofSundry(c.Key.Product) }) ||
		slices.ContainsFunc(e.Lines, func(c stock.LineChange) bool { return ofSundry(c.Line.Item.Product) })
}

func ofSundry(product string) bool { return strings.HasPrefix(product, "s") }

func (t *tally) heap(k itemKey) *heap {
	h := t.heaps[k]
	if h == nil {
		h = &heap{
			has: map[stock.Account]int64{}, bucket: bucket(k.location), campaigns: map[string]*campaign{}, set: map[stock.Account]*allowed{},
			sold: map[stock.Account]map[string]int64{stock.Presale: {}, stock.Backorder: {}},
		}
		t.heaps[k] = h
	}
	return h
}

// event takes an event in.
func (t *tally) event(s *stored, q *question, e *stock.Event) {
	switch {
	case q != nil && s.step < q.begun:
		t.w.violate("record %d of slot %d has the event of %s before it was asked for", s.rec.Seq, s.slot, q.id)
	case q == nil && !byItself(e) && !ofPack(e.Order) && !ofPromotion(t.w, q, e):
		t.w.violate("record %d of slot %d has a %s of %s that nobody asked for", s.rec.Seq, s.slot, e.Op, e.Order)
	case q != nil && q.receivesFor() && e.Changed() && e.Order != q.order:
		t.w.violate("record %d of slot %d: what %s (%s) received for an order has come for %q", s.rec.Seq, s.slot, q.id, &q.command, e.Order)
	case e.Refusal != nil && e.Changed():
		t.w.violate("record %d of slot %d: %s of %s was refused and changes something", s.rec.Seq, s.slot, e.Op, e.Order)
	}
	if ofPack(e.Order) {
		t.pack(s, q, e)
	}
	f := effect{seq: int(s.rec.Seq), slot: s.slot, at: int64(s.rec.At), code: refusalCode(e), lines: e.Lines}
	for i := range e.Items {
		if k := e.Items[i].Key; k.Lot != "" {
			continue // what a customer may have of it is kept as an item of its own
		}
		f.items = append(f.items, keyOf(e.Items[i].Key))
		if e.Items[i].Changed {
			f.does = true
			for _, p := range e.Items[i].Postings {
				if p.To == stock.Adjustment {
					f.off += int64(p.Qty)
				}
			}
			t.item(s, q, e, &e.Items[i])
		}
	}
	if e.Op == stock.OpTransfer && q != nil {
		t.hauled(s, q, e)
	}
	for i := range e.Lines {
		if c := &e.Lines[i]; c.Changed {
			f.does = true
			f.holds = f.holds || c.Line.Follows()
			t.line(s, e, c)
		}
	}
	t.tell(e)
	for i := range e.Items {
		if k := e.Items[i].Key; k.Lot == "" {
			t.checkItem(s, e, keyOf(k))
		}
	}
	if q != nil {
		t.effects[q.id] = append(t.effects[q.id], f)
		t.w.stats.Sundries++
	}
}

// byItself reports whether the event happens without a question, or follows from a question asked
// elsewhere.
func byItself(e *stock.Event) bool {
	switch e.Op {
	case stock.OpExpire, stock.OpLapse, stock.OpFulfil, stock.OpCleanup, stock.OpPart:
		return true
	}
	return e.Refusal != nil || slices.ContainsFunc(e.Lines, func(c stock.LineChange) bool { return c.Line.Leg != nil })
}

// item moves the units that the event moves.
func (t *tally) item(s *stored, q *question, e *stock.Event, c *stock.ItemChange) {
	k := keyOf(c.Key)
	h := t.heap(k)
	if h.bucket = c.Bucket; c.Version == 1 {
		h.opener, h.opened = q, t.seq
	}
	t.use(s, q, e, h, c)
	for _, p := range c.Postings {
		h.has[p.From] -= int64(p.Qty)
		h.has[p.To] += int64(p.Qty)
	}
	for _, b := range c.Touched {
		if h.has[b.Account] != int64(b.Qty) {
			t.w.violate("record %d of slot %d: %s of %s leaves %v with %d in %s, by what was moved it is %d",
				s.rec.Seq, s.slot, e.Op, e.Order, k, b.Qty, b.Account, h.has[b.Account])
		}
	}
	if c.Promises != nil {
		h.promises = *c.Promises
	}
	if e.Op == stock.OpPromise && q != nil {
		h.set[stock.Presale], h.set[stock.Backorder] = q.sundry.presale, q.sundry.backorder
	}
	if e.Op == stock.OpQuota && q != nil && q.sundry.campaign != nil {
		r := *q.sundry.campaign
		r.since = int64(s.rec.At)
		h.campaigns[q.channel] = &r
	}
	figures := stock.Figures{}
	for a, n := range h.has {
		figures.Add(a, stock.Qty(n))
	}
	if figures != c.Figures {
		t.w.violate("record %d of slot %d: %s of %s leaves %v with %+v, by what was moved it is %+v", s.rec.Seq, s.slot, e.Op, e.Order, k, c.Figures, figures)
	}
}

// checkItem checks an item after each event.
func (t *tally) checkItem(s *stored, e *stock.Event, k itemKey) {
	h := t.heap(k)
	wrong := func(format string, args ...any) {
		t.w.violate("record %d of slot %d: after %s of %s, of %v: "+format, append([]any{s.rec.Seq, s.slot, e.Op, e.Order, k}, args...)...)
	}
	for _, a := range slices.Sorted(maps.Keys(h.has)) {
		if n := h.has[a]; n < 0 && !a.Outside() {
			wrong("%d in %s", n, a)
		}
	}
	if h.has[stock.Held] != h.held {
		wrong("%d are held, its orders hold %d", h.has[stock.Held], h.held)
	}
	p := &h.promises
	if h.has[stock.Awaited] != h.waiting || int64(p.Waiting()) != h.waiting || int64(p.Presale.Waiting+p.Backorder.Waiting) != h.waiting {
		wrong("%d are awaited, %d by channel and %d by sale, its orders wait for %d", h.has[stock.Awaited], p.Waiting(), p.Presale.Waiting+p.Backorder.Waiting, h.waiting)
	}
	h.meetsOwed(int64(s.rec.At), wrong)
	h.withholds(recallsAt(t.recalls, k), t.seq, wrong)
	aside := int64(0)
	for a, n := range h.has {
		if a.ForWaiting() {
			aside += n
		}
	}
	if aside > h.waiting || aside < h.waiting && h.has[stock.Shared] > 0 {
		wrong("%d are free and %d set aside, its orders wait for %d", h.has[stock.Shared], aside, h.waiting)
	}
}

// end checks the tally at the end.
func (t *tally) end() {
	for _, at := range slices.SortedFunc(maps.Keys(t.lines), compareBerths) {
		l := t.lines[at]
		if !l.Follows() && l.End == stock.Open && l.Deadline != 0 && l.Deadline < t.w.earliestTime(t.home(l.bucket))-1 {
			t.w.violate("order %s holds %v long after its deadline: %s", at.order, at.item, words(&l.Line))
		}
		if l.Leg == nil || !l.Follows() || l.Leg.Undone {
			continue
		}
		own := t.lines[berth{at.order, at.item, true}]
		switch {
		case own == nil || own.Leg.Key != l.Leg.Key:
			if l.End == stock.Open {
				t.w.violate("order %s: a leg of %v was left behind: %s", at.order, at.item, words(&l.Line))
			}
		case own.Quantity() != l.Quantity() || own.Confirmed != l.Confirmed || own.Released != l.Released || own.End != l.End:
			t.w.violate("order %s: the leg of %v is %s, its home has %s", at.order, at.item, words(&l.Line), words(&own.Line))
		}
	}
	for _, q := range t.w.questions {
		switch {
		case q.sundry == nil || q.sundry.waybill != nil || q.sundry.pack != nil || q.sundry.ruling != nil || q.sundry.promotes:
		case isEverywhere(&q.command):
			t.judgeEverywhere(q)
		default:
			t.judge(q)
		}
		t.judgeKits(q)
		if q.parcel.name == q.id {
			t.judgeMixed(q.parcel)
		}
	}
	t.delivered()
	t.packEnd()
	t.cases()
	comparePromotion(t)
}
