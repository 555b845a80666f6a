package world

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// delivered checks transfers at the end: the documents agree with the books, each step took effect
// once, and none is half done.
func (t *tally) delivered() {
	if !t.w.transfers {
		return
	}
	final := map[string]*answer{}
	steps := map[string]string{} // how the steps of questions ended
	for _, q := range t.w.questions {
		if w := q.waybill(); w == nil || w.action != "audit" {
			continue
		}
		if q.answer == nil || q.answer.code != "" {
			t.w.violate("%s (%s) is not answered", q.id, &q.command)
			return
		}
		final[q.answer.body.Transfer] = q.answer
		t.w.stats.Transfers++
		t.document(&q.answer.body, steps)
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.heaps), itemKey.compare) {
		h := t.heaps[k]
		for _, a := range slices.Sorted(maps.Keys(h.has)) {
			kind, id, ok := strings.Cut(string(a), "/")
			if n := h.has[a]; n != 0 && ok && (kind == "transit" || kind == "incoming") && final[id] == nil {
				t.w.violate("%d of %v are in %s, of which there is no document", n, k, a)
			}
		}
	}
	for _, q := range t.w.questions {
		w := q.waybill()
		if w == nil || w.action == "audit" {
			continue
		}
		t.w.looking = q.ended
		if h := t.hauls[q.id]; h != nil && steps[q.id] == "" && h.moves() {
			t.w.violate("%s (%s) has moved units and is in no document", q.id, &q.command)
		}
		if q.answer != nil {
			t.compareAnswer(q, final, steps)
		}
	}
}

// waybill is what the question says of a transfer, nil when it is about none.
func (q *question) waybill() *waybill {
	if q.sundry == nil {
		return nil
	}
	return q.sundry.waybill
}

// moves reports whether it has moved anything in the end.
func (h *haul) moves() bool {
	for _, m := range h.at {
		if *m != (moved{}) {
			return true
		}
	}
	return false
}

// document compares a transfer as it is in the end with the books. steps are the
// questions that have made steps.
func (t *tally) document(d *answerBody, steps map[string]string) {
	wrong := func(format string, args ...any) {
		t.w.violate("transfer %s in the end: "+format, append([]any{d.Transfer}, args...)...)
	}
	lines := map[string]*transferLine{}
	for i := range d.Lines {
		lines[d.Lines[i].Product] = &transferLine{Requested: d.Lines[i].Requested, Product: d.Lines[i].Product}
	}
	last, ended := 0, 0
	for i, s := range d.History {
		q := t.asked(s.Operator)
		switch {
		case q == nil || q.waybill() == nil || q.waybill().action != s.Action:
			wrong("step %d, %s of %s, was asked for by nobody", i, s.Action, s.Operator)
			return
		case steps[q.id] != "":
			wrong("%s (%s) has made two steps", q.id, &q.command)
			return
		case s.Outcome == "pending":
			wrong("step %d, %s of %s, is half done", i, s.Action, s.Operator)
			return
		}
		steps[q.id] = s.Outcome
		t.stepped(d, i, q, wrong)
		fold(lines, &d.History[i])
		if h := t.hauls[q.id]; h != nil {
			if h.first < last {
				wrong("step %d, %s of %s, was begun before the one before it had ended", i, s.Action, s.Operator)
			}
			last = h.last
		}
		// A refusal for want of something is no outcome: a later attempt has one.
		if q.ended != 0 && q.ended < ended && !q.answer.passing() {
			wrong("step %d, %s of %s, was answered before the one before it was asked for", i, s.Action, s.Operator)
		}
		ended = max(ended, q.begun)
	}
	for i := range d.Lines {
		l := lines[d.Lines[i].Product]
		l.InTransit = l.Shipped - l.Received - l.Lost - l.Returned
		if *l != d.Lines[i] {
			wrong("its line is %+v, by its steps it is %+v", d.Lines[i], *l)
		}
		from, to := t.heap(itemKey{l.Product, d.From}), t.heap(itemKey{l.Product, d.To})
		if has := from.has[stock.Transit(d.Transfer)]; has != l.InTransit {
			wrong("%d of %s are in transit, the books have %d", l.InTransit, l.Product, has)
		}
		promised := int64(0)
		switch {
		case d.Expected.IsZero():
		case d.State == "approved":
			promised = l.Requested
		case d.State == "in_transit":
			promised = l.InTransit
		}
		if has := to.has[stock.Incoming(d.Transfer)]; has != promised {
			wrong("%d of %s are to come, the books have %d", promised, l.Product, has)
		}
	}
}

// fold makes the step's changes to the lines.
func fold(lines map[string]*transferLine, s *transferStep) {
	if s.Outcome != "done" {
		return
	}
	for _, m := range s.Lines {
		l := lines[m.Product]
		switch s.Action {
		case "ship":
			l.Shipped += m.Quantity
		case "receive":
			l.Received, l.Lost, l.Surplus = l.Received+m.Quantity, l.Lost+m.Lost, l.Surplus+m.Surplus
		case "cancel":
			l.Returned += m.Quantity
		}
	}
}

// stepped compares a step with what its question has moved.
func (t *tally) stepped(d *answerBody, n int, q *question, wrong func(string, ...any)) {
	s, h := &d.History[n], t.haul(q)
	if h.moves() {
		t.w.stats.Carried++
	}
	want := map[itemKey]moved{}
	if s.Outcome == "done" {
		for _, m := range s.Lines {
			from, to := itemKey{m.Product, d.From}, itemKey{m.Product, d.To}
			switch s.Action {
			case "ship":
				want[from] = moved{drawn: m.Quantity}
			case "receive":
				want[from] = moved{gone: m.Quantity + m.Lost, differs: m.Lost}
				want[to] = moved{came: m.Quantity + m.Surplus, forOrder: m.ForOrder, differs: -m.Surplus}
			case "cancel":
				want[from] = moved{drawn: -m.Quantity}
			}
		}
	}
	for _, l := range d.Lines {
		for _, k := range []itemKey{{l.Product, d.From}, {l.Product, d.To}} {
			has := *h.get(k)
			has.promised = 0 // it is compared in the end
			if has != want[k] {
				wrong("step %d, %s of %s (%s), is %+v, the books have moved %+v of %v", n, s.Action, q.id, s.Outcome, want[k], has, k)
			}
			delete(want, k)
			delete(h.at, k)
		}
	}
	if len(want) > 0 || h.moves() {
		wrong("step %d, %s of %s, is about products that were not requested, or has moved some", n, s.Action, q.id)
	}
}

// asked is the question of that name.
func (t *tally) asked(id string) *question {
	n := slices.IndexFunc(t.w.questions, func(q *question) bool { return q.id == id })
	if n < 0 {
		return nil
	}
	return t.w.questions[n]
}

// compareAnswer compares an answer with the document as it is in the end.
func (t *tally) compareAnswer(q *question, final map[string]*answer, steps map[string]string) {
	a := q.answer
	wrong := func(why string) {
		t.w.violate("%s (%s) was answered %d %s: %s", q.id, &q.command, a.status, a.raw, why)
	}
	if a.code == "INVALID_ARGUMENT" {
		wrong("it is not as the contract spells it")
	}
	if a.code != "" {
		if steps[q.id] == "done" && !a.passing() {
			wrong("it has come about")
		}
		return
	}
	is := final[a.body.Transfer]
	if is == nil {
		wrong("there is no such transfer")
		return
	}
	own := false
	for i, s := range a.body.History {
		if i >= len(is.body.History) || !s.equal(&is.body.History[i]) {
			wrong("in the end its history is another one: " + is.raw)
			return
		}
		own = own || s.Operator == q.id
	}
	if !own && (q.verb == "request" || q.verb == "ship" || q.verb == "receive") {
		wrong("it has made no step")
	}
	if own && a.body.History[len(a.body.History)-1].Operator != q.id {
		wrong("it shows what came later")
	}
}

// equal reports whether two steps are.
func (s *transferStep) equal(o *transferStep) bool {
	return s.Action == o.Action && s.Outcome == o.Outcome && s.Operator == o.Operator && slices.Equal(s.Lines, o.Lines)
}

func (k itemKey) compare(o itemKey) int {
	return cmp.Or(cmp.Compare(k.product, o.product), cmp.Compare(k.location, o.location))
}
