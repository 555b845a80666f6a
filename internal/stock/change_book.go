package stock

import (
	"fmt"
	"slices"
)

// This file books what was granted to a change.

// book makes the event from the judged lines.
func (c *changing) book() (Event, error) {
	e := Event{Op: c.op, Tenant: c.Order.Tenant, Order: c.Order.Order, Note: c.Note, Lines: make([]LineChange, 0, len(c.lines))}
	fresh := c.listNewLines()
	if len(fresh) > 0 {
		e.Call = c.call(fresh)
	}
	deadline := c.deadline()
	for i := range c.lines {
		to := &c.lines[i]
		if to.was.line == nil && to.Qty == 0 {
			continue // nothing is held, and nothing is wanted
		}
		at := LineChange{Bucket: to.Bucket, Line: to.line}
		if err := c.bookLine(&e, to, &at, deadline); err != nil {
			return Event{}, err
		}
		e.Lines = append(e.Lines, at)
	}
	for i := range e.Lines {
		at := &e.Lines[i]
		if !at.Changed {
			continue
		}
		var was *Line
		if n := slices.IndexFunc(c.lines, func(to changed) bool { return to.Item == at.Line.Item }); c.lines[n].was.line != nil {
			was = &c.lines[n].line
		}
		if err := e.use(c.s, c.now, at.Bucket, was, &at.Line); err != nil {
			return Event{}, err
		}
	}
	return e, nil
}

// listNewLines returns the asks of lines that are new.
func (c *changing) listNewLines() (asks []ask) {
	for i := range c.lines {
		if to := &c.lines[i]; to.was.line == nil && to.Qty > 0 {
			a := ask{Demand: to.Demand, gets: to.Qty}
			if to.IsAway {
				a.away = c.awayOf(to.Item)
			}
			asks = append(asks, a)
		}
	}
	return asks
}

// deadline is the deadline of lines that hold nothing yet: the latest of the order's, if
// the change names none.
func (c *changing) deadline() Time {
	if c.from != nil {
		return c.from.Deadline
	}
	if c.TTL != 0 {
		return c.now + c.TTL
	}
	latest := c.Latest
	for _, p := range collectLines(c.holds) {
		if p.line.End == Open && !p.line.Due(c.now) && !p.line.Follows() {
			latest = max(latest, p.line.Deadline)
		}
	}
	if latest == 0 {
		latest = c.now + newTTL
	}
	return latest
}

// bookLine makes the line hold the wanted quantity.
func (c *changing) bookLine(e *Event, to *changed, at *LineChange, deadline Time) error {
	l := &at.Line
	more := to.adds()
	renews := c.TTL != 0 && l.End == Open && l.Deadline != 0 && l.Deadline != deadline && to.Qty > 0
	if more == 0 && !renews {
		return nil
	}
	at.Changed = true
	if to.was.line == nil && to.IsAway {
		c.adopt(to, at, deadline)
		return nil
	}
	if to.was.line == nil {
		*l = Line{
			Item: to.Item, Call: calls(c.holds, to.Bucket), Channel: to.Channel, Lot: to.Lot, Requested: to.Qty,
			Deadline: deadline, CreatedAt: c.now, Customer: c.customer(l),
		}
		if to.item.Rule(l.Channel).limitsCustomers() {
			l.Period = to.item.Channel(l.Channel).Since
		}
	}
	l.UpdatedAt = c.now
	if renews || l.End != Open {
		l.Deadline = deadline
	}
	if l.Copied() { // its leg gives the units back, or has them already
		if more > 0 {
			c.adopt(to, at, deadline)
		} else if more < 0 {
			l.giveAway(-more, nil)
		}
		return nil
	}
	if to.item == nil {
		return fmt.Errorf("%w: order %q holds product %q at location %q, which was never opened", ErrBroken, c.Order.Order, to.Item.Product, to.Item.Location)
	}
	e.Items = append(e.Items, ItemChange{})
	d := edit(to.item, &e.Items[len(e.Items)-1])
	switch {
	case more > 0:
		l.End = Open
		grow(&d, l, more, c.now)
	case more < 0:
		l.giveAway(-more, &d)
	}
	return d.end(c.now, "quantity")
}

// giveAway gives n of the line's units back; without a draft it changes only the line.
func (l *Line) giveAway(n Qty, d *draft) {
	l.Drawn = giveBack(l, n, d)
	l.Released += n
	if l.Drawn == nil {
		l.End = EndReleased
	}
}

// grow draws n more units for the line. There are enough.
func grow(d *draft, l *Line, n Qty, now Time) {
	switch counts := d.was.Channel(l.Channel) != nil; {
	case l.Drawn == nil:
		l.Tallied = counts // nothing that it held before is left
	case counts && !l.Tallied:
		// The channel got its quota since then: from now on all of the line counts in it.
		l.Tallied = true
		own := *l
		own.Drawn = slices.DeleteFunc(slices.Clone(l.Drawn), func(b Balance) bool {
			id, _ := l.CountsIn(b.Account)
			return id != l.Channel
		})
		d.countHeld(&own, 1)
	}
	more := *l
	more.Drawn = d.was.draw(l.Channel, l.Lot, n, now)
	for _, b := range more.Drawn {
		if b.Account != Uncounted {
			d.post(b.Account, Held, b.Qty)
		}
	}
	d.countHeld(&more, 1)
	l.Drawn = mergeDrawn(l.Drawn, more.Drawn)
}

// mergeDrawn returns drawn together with more: units that are sold ahead stay last.
func mergeDrawn(drawn, more []Balance) []Balance {
	all := slices.Clone(drawn)
	for _, b := range more {
		if at := slices.IndexFunc(all, func(o Balance) bool { return o.Account == b.Account }); at >= 0 {
			all[at].Qty += b.Qty
			continue
		}
		at := slices.IndexFunc(all, func(o Balance) bool { return o.Account.Ahead() })
		if at < 0 {
			at = len(all)
		}
		all = slices.Insert(all, at, b)
	}
	return all
}

// describeDifference says that the line was asked for in another way.
func (c *changed) describeDifference() string {
	return fmt.Sprintf("the order has a reservation of product %q at location %q on channel %q, with the choice of lots %q",
		c.Item.Product, c.Item.Location, c.line.Channel, c.line.Lot)
}
