package world

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// The history of each item by itself, as clients saw it, must be linearizable: there is an order of
// all operations, each between its question and its answer, that explains every answer. This check
// uses only two facts of the log: when operations without an answer took effect, and when holds
// expired.

// happening is an event of a question that changed something.
type happening struct {
	at    int64
	cmd   *command // with what the log says of it
	items []itemKey
	// told says that the answer to the question was about it.
	told bool
}

// deed is an operation on one item.
type deed struct {
	cmd *command
	// at is its slot time, 0: any up to most.
	at, most int64
	// expires is the order whose line lapsed, when nobody asked for it; lapses says
	// that lots of the item did.
	expires string
	lapses  bool
}

// told is the answer to it. It is nil when there was none, though the operation took effect.
type told struct {
	code  string
	short *shortage
	line  *reservation
	item  *inventory
	free  *int64
	// shared is how channels share the item.
	shared *sharedStock
}

// modelState is the state: one item and its lines. It is never written to.
type modelState struct {
	it    item
	lines []orderLine
}

type orderLine struct {
	order string
	line
}

func (s *modelState) equal(o *modelState) bool { return s.it == o.it && slices.Equal(s.lines, o.lines) }

func (s *modelState) reservedBy(order string) int {
	return slices.IndexFunc(s.lines, func(l orderLine) bool { return l.order == order })
}

// shop returns a shop that has the item and the order's line of it.
func (s *modelState) shop(k itemKey, order string) *shop {
	one := newShop()
	if s.it.version > 0 {
		it := s.it
		one.items[k] = &it
	}
	if n := s.reservedBy(order); n >= 0 {
		l := s.lines[n].line
		one.orders[order] = []*line{&l}
	}
	return one
}

// withShop returns the shelf as the shop has changed it.
func (s *modelState) withShop(one *shop, k itemKey, order string) *modelState {
	next := &modelState{it: one.item(k), lines: s.lines}
	if lines := one.orders[order]; len(lines) > 0 {
		next.lines = slices.Clone(s.lines)
		if n := s.reservedBy(order); n >= 0 {
			next.lines[n].line = *lines[0]
		} else {
			at, _ := slices.BinarySearchFunc(next.lines, order, func(l orderLine, o string) int {
				return strings.Compare(l.order, o)
			})
			next.lines = slices.Insert(next.lines, at, orderLine{order, *lines[0]})
		}
	}
	return next
}

// model is the porcupine model of an item.
func model(k itemKey) porcupine.Model {
	return porcupine.Model{
		Init:  func() any { return &modelState{} },
		Equal: func(a, b any) bool { return a.(*modelState).equal(b.(*modelState)) },
		Step: func(state, in, out any) (bool, any) {
			next := state.(*modelState).step(k, in.(*deed), out.(*told))
			return next != nil, next
		},
		DescribeOperation: func(in, out any) string {
			d := in.(*deed)
			if d.expires != "" || d.lapses {
				return "expire " + d.expires
			}
			return fmt.Sprintf("%s -> %+v", d.cmd, out)
		},
	}
}

// step returns the shelf after the deed, nil when the answer to it cannot be right.
func (s *modelState) step(k itemKey, d *deed, t *told) *modelState {
	if d.lapses {
		next := &modelState{s.it, s.lines}
		if !next.it.lapse(d.at) {
			return nil
		}
		return next
	}
	if d.expires != "" {
		n := s.reservedBy(d.expires)
		if n < 0 || !s.lines[n].isPast(d.at) {
			return nil
		}
		one := s.shop(k, d.expires)
		one.expire(one.orders[d.expires][0], d.at)
		return s.withShop(one, k, d.expires)
	}
	if d.cmd.reads() {
		return s.read(d, t)
	}
	moments := []int64{d.at}
	if d.at == 0 {
		if n := s.reservedBy(d.cmd.order); n >= 0 {
			moments = append(moments, s.lines[n].matters(d.cmd, 0, d.most)...)
		}
		for n := range s.it.channels { // a period that has just begun is not begun anew
			moments = append(moments, s.it.channels[n].since)
		}
		if d.cmd.lot > 0 { // which may no longer be for sale
			moments = append(moments, lapses(d.most)...)
		}
	}
	for _, now := range moments {
		one := s.shop(k, d.cmd.order)
		cmd := *d.cmd
		o := one.do(&cmd, now)
		if t != nil && !t.fits(d.cmd, k, o, one, now) || t != nil && d.at == 0 && len(o.changes) > 0 {
			continue
		}
		for _, change := range o.changes {
			change()
		}
		return s.withShop(one, k, d.cmd.order)
	}
	return nil
}

// read returns the shelf when it is what was read.
func (s *modelState) read(d *deed, t *told) *modelState {
	var due []*line
	for i := range s.lines {
		if l := &s.lines[i].line; l.isPast(d.at) {
			due = append(due, l)
		}
	}
	c := s.it.freed(due, d.at)
	switch {
	case t.item != nil && fitItem(t.item, &c) == "",
		t.free != nil && *t.free == c.drawable(d.cmd.channel, "", d.at),
		t.shared != nil && fitShared(t.shared, &c) == "":
		return s
	}
	return nil
}

// fits reports whether the answer is the outcome.
func (t *told) fits(c *command, k itemKey, o *outcome, one *shop, now int64) bool {
	switch {
	case t.line != nil && o.code != "":
		// A refused call about a whole order leaves this line as it is.
		all := c.item.product == "" && c.verb != "reserve" && c.verb != "change"
		if lines := one.orders[c.order]; all && len(lines) > 0 {
			return fitLines([]reservation{*t.line}, []line{*lines[0]}, now) == ""
		}
		return false
	case t.code != o.code:
		return false
	case t.short != nil:
		return slices.Equal(o.shorts, []shortage{*t.short})
	case t.line != nil:
		return fitLines([]reservation{*t.line}, o.reservations, now) == ""
	case t.item != nil:
		return fitItem(t.item, o.item) == ""
	}
	return true
}

// histories judges the history of each item.
func (v *verdict) histories() {
	ops := map[itemKey][]porcupine.Operation{}
	add := func(k itemKey, begun, ended int, d *deed, t *told) {
		end := int64(math.MaxInt64)
		if ended > 0 {
			end = int64(2*ended + 1)
		}
		ops[k] = append(ops[k], porcupine.Operation{ClientId: len(ops[k]), Input: d, Call: int64(2 * begun), Output: t, Return: end})
	}
	for _, x := range v.lapses {
		add(x.itemKey, x.step, x.step, &deed{expires: x.order, lapses: x.order == "", at: x.at}, nil)
	}
	for _, q := range v.w.questions {
		for _, h := range v.happened[q.id] {
			if h.told {
				continue
			}
			for _, k := range h.items {
				cmd := h.cmd.partAbout(k, q.answer)
				cmd.known = true // it is in the log
				add(k, q.begun, 0, &deed{cmd: cmd, at: h.at}, nil)
			}
		}
		if q.answer == nil || q.sundry != nil {
			continue
		}
		for k, t := range q.splitAnswer() {
			cmd := v.toldCommand(q)
			if cmd == nil {
				continue
			}
			d := &deed{cmd: cmd.partAbout(k, q.answer), at: v.when[q.id], most: int64(q.most)}
			if q.reads() {
				d.at = q.answer.body.AsOf.UnixMilli()
			}
			add(k, q.begun, q.ended, d, t)
		}
	}
	for k, history := range ops {
		switch porcupine.CheckOperationsTimeout(model(k), history, time.Minute) {
		case porcupine.Illegal:
			v.w.violate("the history of %v, %d operations, is not linearizable", k, len(history))
		case porcupine.Unknown:
			v.w.violate("the history of %v, %d operations, could not be judged in a minute", k, len(history))
		}
	}
}

// partAbout is the part of the command that is about one item.
func (c command) partAbout(k itemKey, a *answer) *command {
	if c.verb == "relocate" {
		return c.half(k)
	}
	if c.verb == "reserve" || c.verb == "change" {
		c.known = a != nil && (a.code == "" || a.code == "INSUFFICIENT_STOCK")
		all := c.lines
		c.lines = nil
		for _, d := range all {
			if d.itemKey == k {
				c.lines = append(c.lines, d)
			}
		}
	}
	return &c
}

// toldCommand is the command that the answer is about, with what the log says of it if it changed
// something. It is nil when the command does not belong in the history of one item.
func (v *verdict) toldCommand(q *question) *command {
	for _, h := range v.happened[q.id] {
		if h.told {
			return h.cmd
		}
	}
	if q.verb == "relocate" || q.verb == "recall" || q.answer.code != "" && (q.verb == "observe" || q.verb == "retire" || q.isChecked()) {
		return nil // it depends on other items too, on a time that no answer names, or on an order
	}
	return &q.command
}

// splitAnswer splits the answer by item.
func (q *question) splitAnswer() map[itemKey]*told {
	a := q.answer
	all := map[itemKey]*told{}
	switch q.verb {
	case "check":
		all[q.item] = &told{free: a.body.Available}
	case "product":
		for i := range a.body.Locations {
			l := &a.body.Locations[i]
			all[itemKey{l.Product, l.Location}] = &told{item: l}
		}
	case "quotas":
		all[q.item] = &told{shared: a.sharing()}
	case "reserve", "change", "relocate", "release", "deduct", "commit", "extend":
		for i := range a.body.Reservations {
			r := &a.body.Reservations[i]
			all[itemKey{r.Product, r.Location}] = &told{line: r}
		}
		for i := range a.body.Shortages {
			s := &a.body.Shortages[i]
			k := itemKey{s.Product, s.Location}
			if all[k] == nil {
				all[k] = &told{code: a.code}
			}
			all[k].short = s
		}
		switch one := q.item; {
		case a.code == "" || len(all) > 0:
		case q.verb == "reserve" && len(q.partAbout(q.lines[0].itemKey, a).lines) == len(q.lines):
			all[q.lines[0].itemKey] = &told{code: a.code}
		case one.product != "":
			all[one] = &told{code: a.code}
		}
	default:
		if !verbs[q.verb].item {
			break
		}
		all[q.item] = &told{code: a.code, item: &a.body.inventory}
		if a.code != "" || q.sharing() || q.verb == "recall" || q.verb == "lot_policy" { // these show a later state
			all[q.item].item = nil
		}
		if len(a.body.Shortages) > 0 {
			all[q.item].short = &a.body.Shortages[0]
		}
	}
	return all
}
