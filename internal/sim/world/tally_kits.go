package world

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// chapter is an order of kits as it is after a record.
type chapter struct {
	seq  int
	kept map[string]parts
	past bool // units have expired
}

// parts are the units of a component.
type parts struct {
	held, left, given int64
	timed             bool // those held have a deadline
}

// tell notes how the order of kits stands after an event.
func (t *tally) tell(e *stock.Event) {
	if !strings.HasPrefix(e.Order, kitted) {
		return
	}
	now := chapter{seq: t.seq, kept: map[string]parts{}}
	for at, l := range t.lines {
		if at.order == e.Order && !l.Follows() {
			p := now.kept[at.item.product]
			p.held += int64(l.Quantity())
			p.left += int64(l.Confirmed)
			p.given += int64(l.Released)
			p.timed = p.timed || l.End == stock.Open && l.Deadline != 0
			now.kept[at.item.product] = p
			now.past = now.past || l.End == stock.EndExpired
		}
	}
	t.stories[e.Order] = append(t.stories[e.Order], now)
}

// chapterAt is how the order stood after the record of that number.
func (t *tally) chapterAt(order string, seq int) chapter {
	for _, c := range slices.Backward(t.stories[order]) {
		if c.seq <= seq {
			return c
		}
	}
	return chapter{}
}

// whole is how many kits the units make.
func whole(kit string, units func(parts) int64, of chapter) int64 {
	least := int64(1 << 40)
	for _, p := range kits[kit] {
		least = min(least, units(of.kept[p.Product])/int64(p.Qty))
	}
	return least
}

// judgeKits compares an answer about an order of kits with what the log has of the order before it
// and after it. Only one client asks for something there, one call after another.
func (t *tally) judgeKits(q *question) {
	a := q.answer
	if a == nil || q.verb == "reserve" || !strings.HasPrefix(q.order, kitted) {
		return
	}
	was, is := t.chapterAt(q.order, q.from), t.chapterAt(q.order, q.to)
	if is.past || a.code == "RESERVATION_EXPIRED" || a.code == "INVALID_ARGUMENT" {
		return
	}
	t.w.looking = q.ended
	wrong := func(why string) {
		t.w.violate("%s (%s) was answered %d %s: %s; the order was %+v and is %+v", q.id, &q.command, a.status, a.code, why, was.kept, is.kept)
	}
	held := func(p parts) int64 { return p.held }
	kit := q.item.product
	has := whole(kit, held, was)
	var about []string
	for p := range is.kept {
		if kits[kit] == nil && (kit == "" || kit == p) || slices.ContainsFunc(kits[kit], func(c catalog.Component) bool { return c.Product == p }) {
			about = append(about, p)
		}
	}
	some := func(is func(parts) bool, of chapter) bool {
		return slices.ContainsFunc(about, func(p string) bool { return is(of.kept[p]) })
	}
	switch {
	case a.code != "" && (q.verb == "deduct" || q.verb == "release") && has >= max(q.qty, 1):
		wrong("it holds as many")
	case a.code == "NOT_FOUND" && q.verb == "withdraw" && some(func(p parts) bool { return p.left > 0 }, was),
		a.code == "NOT_FOUND" && q.verb != "withdraw" && some(func(p parts) bool { return p.held > 0 }, was):
		wrong("it has some")
	case a.code != "":
	case q.verb == "withdraw" && some(func(p parts) bool { return p.left > 0 }, is):
		wrong("units that have left have not come back")
	case q.verb == "commit" && some(func(p parts) bool { return p.timed }, is):
		wrong("it has a deadline")
	case q.verb != "deduct" && q.verb != "release":
	case q.qty == 0 && some(func(p parts) bool { return p.held > 0 }, is):
		wrong("it holds some still")
	case q.qty > 0 && has >= q.qty:
		for _, c := range kits[kit] {
			before, after := was.kept[c.Product], is.kept[c.Product]
			moved := after.left - before.left
			if q.verb == "release" {
				moved = after.given - before.given
			}
			if moved != q.qty*int64(c.Qty) {
				wrong("other units have moved")
				return
			}
		}
	}
}
