package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// changing is a change while it is judged.
type changing struct {
	Change
	op    Op
	from  *Line // the line that is relocated; nil for a change
	s     State
	now   Time
	holds []*Hold

	lines []changed
	short []Shortage
}

// changed is a line that is to hold another number of units than now.
type changed struct {
	Wanted
	was  placed // no line: it is new
	line Line   // as it is now
	item *Item
}

// adds is how many more units are to be held.
func (c *changed) adds() Qty { return c.Qty - c.line.Quantity() }

func (c *changing) decide() (Event, error) {
	for _, judge := range []func() *Refusal{c.find, c.expect, c.checkAlive, c.judge} {
		if r := judge(); r != nil {
			return Event{}, r
		}
	}
	return orNothing(c.book())
}

// find finds the lines that are meant. A line that does not exist, or was given back whole,
// can be held anew.
func (c *changing) find() *Refusal {
	have := indexLines(c.holds, len(c.Lines)+len(c.Expected))
	named := make(map[ItemKey]bool, len(c.Lines))
	for i := range c.Lines {
		w := &c.Lines[i]
		named[w.Item] = true
		copied := c.Home != nil || c.from != nil && c.from.Copied() && c.from.Item == w.Item
		to := changed{Wanted: *w, was: have.find(w.Item, copied)}
		if to.was.line != nil && to.was.line.undone() {
			to.was = placed{}
		}
		if to.was.line == nil && have.find(w.Item, true).line != nil {
			return apartLines(w.Item) // the home's copy only
		}
		if to.was.line != nil {
			if to.was.line.Leg != nil && !copied {
				return apartLines(w.Item)
			}
			to.line = to.was.line.At(c.now)
			to.Bucket = to.was.bucket
		}
		c.lines = append(c.lines, to)
	}
	if !c.Replace {
		return nil
	}
	for _, p := range collectLines(c.holds) {
		l := p.line.At(c.now)
		if l.End != Open || named[l.Item] {
			continue
		}
		if l.Follows() {
			continue // decided elsewhere, or of a call that is not decided
		}
		w := Wanted{Demand: Demand{Item: l.Item, Bucket: p.bucket}, IsAway: l.Copied()}
		c.lines = append(c.lines, changed{Wanted: w, was: p, line: l})
	}
	return nil
}

// expect refuses the change when the order does not hold what the caller expected. But a
// change that has been carried out may be asked for again.
func (c *changing) expect() *Refusal {
	if !slices.ContainsFunc(c.lines, func(to changed) bool { return to.adds() != 0 }) {
		return nil
	}
	for _, e := range c.Expected {
		var held Qty
		for _, h := range c.holds {
			if l := h.Find(e.Item); l != nil && !l.Follows() {
				at := l.At(c.now)
				held = at.Quantity()
			}
		}
		if held != e.Qty {
			return checkExpected(e, held)
		}
	}
	return nil
}

// checkAlive refuses a change that would hold units anew for an order that has expired:
// none of its lines is open, here or in another slot, and not all of them were ended by
// somebody.
func (c *changing) checkAlive() *Refusal {
	anew := func(to changed) bool { return to.adds() > 0 && (to.was.line == nil || to.line.End == EndReleased) }
	if c.from != nil || c.Latest > c.now || !slices.ContainsFunc(c.lines, anew) {
		return nil
	}
	expired := c.Latest != 0 // its latest deadline passed on the way here
	for _, p := range collectLines(c.holds) {
		if l := p.line.At(c.now); !l.Follows() {
			if l.End == Open {
				return nil
			}
			expired = expired || l.End == EndExpired
		}
	}
	if !expired {
		return nil
	}
	return &Refusal{Code: Expired, State: StateExpired, Detail: fmt.Sprintf(
		"order %q has expired and holds nothing: a change does not hold units anew, reserve them", c.Order.Order)}
}

// judge says why the lines cannot hold what is wanted.
func (c *changing) judge() *Refusal {
	for i := range c.lines {
		to := &c.lines[i]
		if !to.IsAway {
			to.item = c.s.Item(to.Item)
		}
		if r := c.judgeLine(to); r != nil {
			return r
		}
	}
	if c.short != nil {
		return insufficient(c.short...)
	}
	return nil
}

func (c *changing) judgeLine(to *changed) *Refusal {
	l := &to.line
	switch isNew := to.was.line == nil; {
	case to.item == nil && !to.Known && isNew && !to.IsAway:
		return UnknownItem(to.Item)
	case isNew:
		to.Channel = cmp.Or(to.Channel, c.Default)
		l.Channel, l.Lot = to.Channel, to.Lot
	case l.End == EndConfirmed, l.End == EndExpired && to.Qty > 0, l.End != Open && l.Kept != nil:
		return refuseEnded(l)
	case to.adds() != 0 && checkNotKept(l) != nil:
		return checkNotKept(l)
	case to.Channel != "" && to.Channel != l.Channel, to.Lot != "" && to.Lot != l.Lot:
		return &Refusal{Code: AlreadyExists, State: l.State(), Detail: to.describeDifference()}
	case to.adds() < 0 && l.Deadline == 0 && c.from == nil:
		return &Refusal{Code: InvalidState, State: l.State(), Detail: to.committed()}
	case to.adds() > 0 && l.End == Open:
		if r := c.judgeJoin(l); r != nil {
			return r
		}
	}
	switch {
	case to.adds() <= 0:
		return nil
	case to.Inactive:
		return inactive(to.Item.Location)
	case to.IsAway:
		return c.judgeAway(to)
	}
	return c.judgeMore(to)
}

// judgeJoin refuses to add units to the open line that would lose, or get, a commit or a deadline by
// that: a line has one of them for all its units.
func (c *changing) judgeJoin(l *Line) *Refusal {
	var why string
	switch {
	case c.from == nil && (l.Deadline != 0 || c.TTL == 0), c.from != nil && l.Deadline == c.from.Deadline:
		return nil
	case c.from == nil:
		why = "is committed: additional units have no deadline either; leave out ttl_seconds, or reserve them under another order_id"
	case c.from.Deadline == 0:
		why = fmt.Sprintf("expires at %s, and the one at %q is committed: commit the order first, or release one of them", l.Deadline.text(), c.from.Item.Location)
	case l.Deadline == 0:
		why = fmt.Sprintf("is committed, and the one at %q expires at %s: commit the order first, or release one of them", c.from.Item.Location, c.from.Deadline.text())
	default:
		why = fmt.Sprintf("expires at %s, and the one at %q at %s: extend the order first, which gives both the same deadline",
			l.Deadline.text(), c.from.Item.Location, c.from.Deadline.text())
	}
	return &Refusal{
		Code: InvalidState, State: l.State(),
		Detail: fmt.Sprintf("the reservation of product %q at location %q %s", l.Item.Product, l.Item.Location, why),
	}
}

// judgeMore finds out whether the item can give the additional units.
func (c *changing) judgeMore(to *changed) *Refusal {
	l, it, more := &to.line, to.item, to.adds()
	var obtainable Qty
	switch {
	case it == nil || !it.Sells(l.Channel):
	case !it.Tracked:
		return nil
	default:
		var used Uses
		if k, limited := it.AllowanceOf(l.Channel, c.customer(l)); limited {
			used = c.s.Item(k).Uses()
			if own, counts := l.Allowance(); counts && own == k {
				of := l.Uses()
				used.Held, used.Lines = used.Held-of.Held, used.Lines-of.Lines
			}
		}
		if r := it.Forbids(l.Channel, c.customer(l), to.Qty, used, c.now); r != nil {
			return r
		}
		obtainable = it.DrawableOf(l.Channel, l.Lot, c.now)
	}
	if obtainable < more {
		s := shortOf(to.Item, to.Qty, l.Quantity()+obtainable)
		s.NotOnSale = it != nil && !it.Sells(l.Channel)
		c.short = append(c.short, s)
	}
	return nil
}

// customer is who ordered: the line's own, for a new line that of the order's other lines.
func (c *changing) customer(l *Line) string {
	if l.Customer != "" || l.Requested != 0 {
		return l.Customer
	}
	if c.from != nil {
		return c.from.Customer
	}
	for _, h := range c.holds {
		for i := range h.Lines {
			if h.Lines[i].Customer != "" {
				return h.Lines[i].Customer
			}
		}
	}
	return ""
}

// committed says that a line that was paid cannot hold less.
func (c *changed) committed() string {
	return fmt.Sprintf("the reservation of product %q at location %q is committed and holds %d: less is held by a release only",
		c.Item.Product, c.Item.Location, c.line.Quantity())
}
