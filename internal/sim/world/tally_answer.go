package world

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// judge checks a question: it has one effect at most, none when it was refused, and an answer that
// agrees with the log.
func (t *tally) judge(q *question) {
	a := q.answer
	did := map[itemKey]int{}
	granted, refused := 0, []string(nil)
	for _, f := range t.effects[q.id] {
		switch {
		case f.code != "":
			refused = append(refused, f.code)
		case f.holds:
		default:
			granted++
			if !f.does {
				continue
			}
			lines := 0
			for i := range f.lines {
				if f.lines[i].Changed {
					did[keyOf(f.lines[i].Line.Item)]++
					lines++
				}
			}
			switch {
			case lines > 0:
			case q.verb == "recall": // one of each recall that it changes, at each location
			default:
				did[itemKey{}]++
			}
		}
	}
	for k, n := range did {
		if n > 1 {
			t.w.looking = q.ended
			t.w.violate("%s had %d effects on %v: %s", q.id, n, k, &q.command)
		}
	}
	if a == nil {
		return
	}
	t.w.looking = q.ended
	switch {
	case a.code == "INVALID_ARGUMENT" && q.order == "":
		t.w.violate("%s (%s) is not as the contract spells it: %s", q.id, &q.command, a.raw)
	case a.code != "" && len(did) > 0 && (!a.passing() || q.parcel.sent == 1):
		t.w.violate("%s (%s) was refused as %s, and has come about: %+v", q.id, &q.command, a.code, t.effects[q.id])
	case a.code == "" && granted == 0 && t.named(q) && q.verb != "recall":
		t.w.violate("%s (%s) was answered %s, and the log has nothing of it: %+v", q.id, &q.command, a.raw, t.effects[q.id])
	case q.verb == "retire" && a.code == "INVALID_STATE" && t.mayBeInTransit(q.item, q): // the books need not have been asked
	case a.code != "" && q.key != "" && !a.passing() && !t.w.isSeveral() && !slices.Contains(refused, a.code):
		t.w.violate("%s (%s) was refused as %s, the log has %q", q.id, &q.command, a.code, refused)
	case a.code == "":
		t.compareLines(q)
	}
}

// named reports whether an event of the question says that it is one also when it
// changes nothing: where several slots may have a part in an order, it need not.
func (t *tally) named(q *question) bool {
	return !t.w.isSeveral() || q.verb == "reserve" || q.order == ""
}

// compareLines compares what the answer shows of lines with what the log says at the place
// that it names.
func (t *tally) compareLines(q *question) {
	a := q.answer
	for _, f := range t.effects[q.id] {
		// A batch has one place for all its commands, which have one effect each.
		if a.batch == nil && a.position != fmt.Sprintf("%d-%d", f.slot, f.seq) || f.holds || f.code != "" {
			continue
		}
		for i := range a.body.Reservations {
			r := &a.body.Reservations[i]
			n := slices.IndexFunc(f.lines, func(c stock.LineChange) bool { return keyOf(c.Line.Item) == itemKey{r.Product, r.Location} })
			if n < 0 {
				continue
			}
			l := &f.lines[n].Line
			if past := l.At(stock.Time(f.at)); int64(past.Quantity()) != r.Quantity || int64(past.Confirmed) != r.Deducted || int64(past.Released) != r.Released ||
				int64(past.Deadline) != r.deadlineOf() {
				t.w.violate("%s (%s) shows %+v, record %d of slot %d has %s", q.id, &q.command, *r, f.seq, f.slot, words(l))
			}
		}
	}
}
