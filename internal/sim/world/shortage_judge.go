package world

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// debts are the owed units in the log: how many each look and each sale elsewhere added, and how
// many each item owes.
type debts struct {
	opens map[string]int // cases that must be there, by what they are about
	owed  map[itemKey]int64
	// paid are items whose shortage has ended.
	paid map[itemKey]bool
	// holding are the spans of records in which orders hold units of items.
	holding map[berth][]span
	// relocated are the relocations that were granted, by the case that they refer to.
	relocated map[string]int
	// acts are the records in which a decision about a case has changed an order.
	acts map[ruled][]int
}

// ruled is an order that was decided about in a case.
type ruled struct{ of, order string }

// span is from one record to the one before another, 0: to the end, and until a
// deadline, 0: there is none.
type span struct {
	from, to int
	deadline stock.Time
}

func newDebts() *debts {
	return &debts{map[string]int{}, map[itemKey]int64{}, map[itemKey]bool{}, map[berth][]span{}, map[string]int{}, map[ruled][]int{}}
}

// take takes an event in, of sundries or of other goods.
func (d *debts) take(n int, e *stock.Event) {
	for i := range e.Items {
		c, more := &e.Items[i], int64(0)
		if c.Key.Lot != "" {
			continue
		}
		for _, p := range c.Postings {
			switch stock.Oversold {
			case p.From:
				more += int64(p.Qty)
			case p.To:
				more -= int64(p.Qty)
			}
		}
		k := keyOf(c.Key)
		d.owed[k] += more
		d.paid[k] = d.paid[k] || more < 0 && d.owed[k] == 0
		switch kind := map[stock.Op]string{stock.OpObserve: "shortage", stock.OpSoldElsewhere: "oversell"}[e.Op]; {
		case kind != "" && more > 0:
			d.opens[describeCase(kind, k, more)]++
		case e.Back != nil && e.Back.Beyond > 0:
			d.opens[describeCase(catalog.CaseOverReturn, k, int64(e.Back.Beyond))]++
		}
	}
	if e.Op == stock.OpRelocate && e.Refusal == nil {
		for i := range e.Lines {
			d.relocated[relocation(e.Note.Reference, e.Order, e.Lines[i].Line.Item.Location)]++
		}
	}
	if act := (ruled{e.Note.Reference, e.Order}); act.of != "" && e.Changed() && (e.Op == stock.OpRelease || e.Op == stock.OpRelocate) {
		d.acts[act] = append(d.acts[act], n)
	}
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		at := berth{order: e.Order, item: keyOf(c.Line.Item)}
		spans := d.holding[at]
		open := len(spans) > 0 && spans[len(spans)-1].to == 0
		switch holds := c.Line.End == stock.Open; {
		case holds && !open:
			d.holding[at] = append(spans, span{from: n, deadline: c.Line.Deadline})
		case holds:
			spans[len(spans)-1].deadline = c.Line.Deadline
		case !holds && open:
			spans[len(spans)-1].to = n
		}
	}
}

// held reports whether the order held units of the item without a break while the question was
// open.
func (d *debts) held(order string, q *question) bool {
	return slices.ContainsFunc(d.holding[berth{order: order, item: q.item}], func(s span) bool {
		return s.from <= q.from && (s.to == 0 || s.to > q.to) && (s.deadline == 0 || s.deadline > q.most)
	})
}

// relocation names that of an order to a location for a case.
func relocation(of, order, to string) string {
	return fmt.Sprintf("of order %s to %s for case %s", order, to, of)
}

// describeCase is what a case is about, in words.
func describeCase(kind string, k itemKey, n int64) string {
	return fmt.Sprintf("%s of %d of %s at %s", kind, n, k.product, k.location)
}

// cases checks the cases at the end: each shortage has opened one, those of items that owe
// something are open and name the orders, the others are settled.
func (t *tally) cases() {
	if !t.w.shortages {
		return
	}
	found := map[string]int{}
	for _, q := range t.w.questions {
		if q.sundry == nil || q.sundry.ruling == nil || q.answer == nil {
			continue
		}
		t.w.looking = q.ended
		switch q.verb {
		case "decide":
			t.ruled(q)
		case "case":
			t.caseShown(q, found)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(t.debts.opens)) {
		if found[what] != t.debts.opens[what] {
			t.w.violate("%d cases are kept for a %s, the log has %d", found[what], what, t.debts.opens[what])
		}
		delete(found, what)
	}
	for _, what := range slices.Sorted(maps.Keys(found)) {
		t.w.violate("a case is kept for a %s, of which the log has nothing", what)
	}
}

// caseShown compares a case with the log, when all is over.
func (t *tally) caseShown(q *question, found map[string]int) {
	b, a := &q.answer.body, q.answer
	wrong := func(why string) { t.w.violate("case %s in the end: %s: %s", q.sundry.ruling.id, why, a.raw) }
	if a.code != "" {
		wrong("it is not shown")
		return
	}
	k := itemKey{b.Product, b.Location}
	t.w.stats.Cases++
	found[describeCase(b.Kind, k, b.Quantity)]++
	owes := t.debts.owed[k] > 0
	accepted := b.Decided != nil && b.Decided.Decision == cases.Accept
	if b.Decided != nil && b.Decided.Decision == cases.Move {
		for _, order := range b.Decided.Orders {
			if what := relocation(q.sundry.ruling.id, order, b.Decided.To); t.debts.relocated[what] == 0 && !b.Decided.left(order) {
				wrong("the log has no relocation " + what)
			}
		}
	}
	switch settled := b.State == catalog.CaseSettled; {
	case settled && owes && !accepted && !t.debts.paid[k]:
		wrong(fmt.Sprintf("it is settled, and %d are owed", t.debts.owed[k]))
	case b.Kind == catalog.CaseOverReturn: // people settle it
	case !settled && !owes:
		wrong("it is open, and nothing is owed")
	case !settled:
		t.w.stats.Unsettled++
		t.namesOrders(k, b.Orders, wrong)
	}
}

// namesOrders compares the orders that a case names with those that hold the item. By a clock that
// has jumped, a line with a deadline may be past it.
func (t *tally) namesOrders(k itemKey, named []caseOrder, wrong func(string)) {
	if !ofSundry(k.product) {
		return
	}
	want := map[caseOrder]bool{}
	for at, l := range t.lines {
		if at.item == k && !at.copied && l.End == stock.Open {
			want[caseOrder{at.order, int64(l.Quantity())}] = l.Deadline != 0 && t.w.stats.Jumps > 0
		}
	}
	for _, o := range named {
		if _, holds := want[o]; !holds {
			wrong(fmt.Sprintf("order %s does not hold %d", o.Order, o.Quantity))
		}
		delete(want, o)
	}
	for _, o := range slices.SortedFunc(maps.Keys(want), func(a, b caseOrder) int { return cmp.Compare(a.Order, b.Order) }) {
		if !want[o] {
			wrong(fmt.Sprintf("order %s holds %d and is not named", o.Order, o.Quantity))
		}
	}
}

// ruled checks a decision that was answered as carried out: an order whose units it gives back, or
// moves, no longer holds them, unless the answer says that it was left. One that was refused has
// changed no order.
func (t *tally) ruled(q *question) {
	a, r := q.answer, q.sundry.ruling
	if a.code == "INVALID_ARGUMENT" {
		t.w.violate("%s (%s) is not as the contract spells it: %s", q.id, &q.command, a.raw)
	}
	if a.code == "" {
		t.w.stats.Decided++
	} else {
		t.refusedWhole(q)
	}
	if a.code != "" || a.body.State == catalog.CaseSettled {
		return // a decision about a case that is settled may have been made before
	}
	for _, order := range r.orders {
		if t.debts.held(order, q) && (a.body.Decided == nil || !a.body.Decided.left(order)) {
			t.w.violate("%s (%s) was answered %s, and order %s holds the product on", q.id, &q.command, a.raw, order)
		}
	}
}

// refusedWhole checks that a decision that was sent once, and refused, has changed no order. Another
// decision about the case may have.
func (t *tally) refusedWhole(q *question) {
	r := q.sundry.ruling
	if q.parcel.sent > 1 {
		return // it may have been carried out before others decided
	}
	for _, order := range r.orders {
		for _, n := range t.debts.acts[ruled{r.id, order}] {
			if n < q.from || n >= q.to {
				continue
			}
			if !slices.ContainsFunc(t.w.questions, func(o *question) bool { return o != q && o.mayAct(r.id, order, n) }) {
				t.w.violate("%s (%s) was refused, and record %d changes order %s: %s", q.id, &q.command, n, order, q.answer.raw)
			}
		}
	}
}

// mayAct reports whether a decision about the case may have changed the order in the record.
func (q *question) mayAct(of, order string, n int) bool {
	return q.verb == "decide" && q.sundry.ruling.id == of && slices.Contains(q.sundry.ruling.orders, order) && q.from <= n &&
		(q.answer == nil || q.answer.code == "" || q.parcel.sent > 1)
}
