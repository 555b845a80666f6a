package stock

import (
	"fmt"
	"slices"
)

// This file has what a change does about units in other slots. A new line is a leg of Home;
// a line that is there holds units on top (More). The record of the change adopts both. A
// line in another slot that shall hold less needs no step before: its leg learns of it
// afterwards.

// awayOf returns the outcome for the item's units in another slot, nil when none were to be
// held there.
func (c *Change) awayOf(item ItemKey) *Away {
	at := slices.IndexFunc(c.Away, func(a Away) bool { return a.Line.Item == item })
	if at < 0 {
		return nil
	}
	return &c.Away[at]
}

// isElsewhere reports whether lines are decided in another slot, or their units are not
// where the sender took them to be; or whether the sender has not yet held the units that
// are wanted in addition.
func (c *Change) isElsewhere(holds []*Hold, now Time) bool {
	if !c.hasHome(holds) {
		return true
	}
	have := indexLines(holds, len(c.Lines))
	for i := range c.Lines {
		w := &c.Lines[i]
		line := have.find(w.Item, true).line
		if (line == nil) != w.IsNew || line != nil && line.Copied() != w.IsAway || line == nil && c.legInTheWay(holds, w) {
			return true
		}
		if !w.IsAway || c.awayOf(w.Item) != nil {
			continue
		}
		is := Line{End: EndReleased}
		if line != nil {
			is = line.At(now)
		}
		if w.Qty > is.Quantity() && (is.End == Open || is.End == EndReleased) {
			return true
		}
	}
	return false
}

// hasHome reports whether the line that names the home is decided here.
func (c *Change) hasHome(holds []*Hold) bool {
	h := holdIn(holds, c.Home.Bucket)
	return h != nil && slices.ContainsFunc(h.Lines, func(l Line) bool {
		if l.Copied() {
			call := &h.Calls[l.Call]
			return call.HomeLocation == c.Home.Location && call.HomeProduct == c.Home.Product
		}
		return l.Leg == nil && l.Item.Location == c.Home.Location && l.Item.Product == c.Home.Product
	})
}

// legInTheWay reports whether a leg is here where the line is to be.
func (c *Change) legInTheWay(holds []*Hold, w *Wanted) bool {
	return slices.ContainsFunc(holds, func(h *Hold) bool {
		l := h.Find(w.Item)
		switch {
		case l == nil || !l.Follows():
			return false
		case l.Leg.Undone:
			return w.IsAway && l.Leg.Key == c.Home.Key
		}
		return !w.IsAway || h.Key.Bucket == c.Home.Bucket
	})
}

// top holds additional units for the leg that is named.
func (c Change) top(s State, now Time, holds []*Hold) (Event, error) {
	w := &c.Lines[0]
	in, leg := LegOf(holds, w.Item)
	if leg == nil {
		return Event{}, NotReserved(c.Order, w.Item)
	}
	at := LineChange{Bucket: in.Key.Bucket, Line: *leg}
	e := Event{Op: OpChange, Tenant: c.Order.Tenant, Order: c.Order.Order, Note: c.Note}
	switch more := leg.Leg.More; {
	case more != nil && more.Key == c.Home.Key:
		e.Lines = []LineChange{at}
		return e, nil
	case more != nil:
		return Event{}, &Elsewhere{Homes: []Bucket{in.Calls[leg.Call].HomeBucket}}
	case leg.End != Open && leg.End != EndReleased:
		return Event{}, refuseEnded(leg)
	case leg.Waiting() > 0: // arriving units are for all that it holds, of which a part would not be decided
		return Event{}, &Refusal{Code: InvalidState, State: leg.State(), Detail: fmt.Sprintf(
			"product %q at location %q: %d units are not there yet, and the order is decided in another slot; ask for more when they are there",
			w.Item.Product, w.Item.Location, leg.Waiting())}
	}
	to := changed{Wanted: *w, line: *leg, item: s.Item(w.Item)}
	to.Qty += leg.Quantity()
	ch := &changing{Change: c, op: OpChange, s: s, now: now, holds: holds}
	if r := ch.judgeMore(&to); r != nil {
		return Event{}, r
	}
	if ch.short != nil {
		short := shortOf(w.Item, w.Qty, ch.short[0].Available-leg.Quantity())
		short.NotOnSale = ch.short[0].NotOnSale
		return Event{}, insufficient(short)
	}
	if to.item == nil {
		return Event{}, fmt.Errorf("%w: order %q holds product %q at location %q, which was never opened", ErrBroken, c.Order.Order, w.Item.Product, w.Item.Location)
	}
	return c.bookTop(s, now, e, at, to.item)
}

// bookTop books the additional units. From now on the leg asks its home when TTL is over.
func (c *Change) bookTop(s State, now Time, e Event, at LineChange, it *Item) (Event, error) {
	was, l := at.Line, &at.Line
	at.Changed = true
	e.Items = make([]ItemChange, 1, 2)
	d := edit(it, &e.Items[0])
	l.End, l.UpdatedAt = Open, now
	grow(&d, l, c.Lines[0].Qty, now)
	l.setMore(&More{Key: c.Home.Key, Print: c.Home.Print, Drawn: subtractUnits(l.Drawn, was.Drawn), End: was.End, Deadline: was.Deadline})
	if until := now + c.TTL; l.Deadline == 0 || l.Deadline > until || was.End != Open {
		l.Deadline = until
	}
	if err := d.end(now, "quantity"); err != nil {
		return Event{}, err
	}
	err := e.use(s, now, at.Bucket, &was, l)
	e.Lines = []LineChange{at}
	return e, err
}

// judgeAway says why the units that are held in another slot are not the additional units
// of the line.
func (c *changing) judgeAway(to *changed) *Refusal {
	a := c.awayOf(to.Item)
	units := a.Line.Drawn
	if to.was.line != nil && a.Line.Leg != nil && a.Line.Leg.More != nil {
		units = a.Line.Leg.More.Drawn
	}
	switch {
	case a.Refusal != nil:
		return a.Refusal
	case a.Line.Leg == nil:
		s := shortOf(to.Item, to.Qty, to.line.Quantity()+total(units))
		s.NotOnSale = a.NotOnSale
		c.short = append(c.short, s)
	case total(units) != to.adds():
		return &Refusal{Code: InvalidState, State: to.line.State(), Detail: fmt.Sprintf(
			"the reservation of product %q at location %q changed meanwhile: %d more were to be held of it, %d are",
			to.Item.Product, to.Item.Location, to.adds(), total(units))}
	}
	return nil
}

// adopt makes what is held in another slot the line's.
func (c *changing) adopt(to *changed, at *LineChange, deadline Time) {
	a, l := c.awayOf(to.Item), &at.Line
	if to.was.line == nil {
		at.Bucket = c.Home.Bucket
		*l = Line{
			Item: to.Item, Call: calls(c.holds, at.Bucket), Channel: a.Line.Channel, Lot: a.Line.Lot, Requested: to.Qty, Drawn: a.Line.Drawn,
			Deadline: deadline, CreatedAt: c.now, UpdatedAt: c.now, Customer: a.Line.Customer,
			Leg: &Leg{Copy: true, Key: c.Home.Key, Print: c.Home.Print},
		}
		return
	}
	leg := *l.Leg
	leg.Joined = c.Home.Key
	l.Leg, l.End, l.Drawn = &leg, Open, mergeDrawn(l.Drawn, a.Line.Leg.More.Drawn)
}

// call is the call that new lines belong to: with lines in other slots, one of the home.
func (c *changing) call(fresh []ask) *Call {
	call := new(Call)
	own := slices.DeleteFunc(slices.Clone(fresh), func(a ask) bool { return a.away != nil })
	if len(own) == len(fresh) {
		call.chooseHome(own)
		return call
	}
	return c.Home.call(fresh)
}

func (c *Change) appendOver(dst []byte) []byte {
	dst = c.Home.append(dst)
	dst = appendUint(dst, uint64(len(c.Away)))
	for i := range c.Away {
		dst = c.Away[i].append(dst)
	}
	return appendBool(appendInt(dst, int64(c.Latest)), c.Tops)
}

func (s *commandSource) changeOver(c *Change) {
	c.Home = s.home()
	if n := s.count(minAway); n > 0 {
		c.Away = make([]Away, n)
		for i := 0; i < n && !s.bad; i++ {
			c.Away[i] = s.readAway()
		}
	}
	c.Latest, c.Tops = Time(s.int()), s.bool()
}
