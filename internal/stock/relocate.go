package stock

import (
	"fmt"
	"slices"
)

// Relocate moves what an order holds of a product from one location to another, in one
// step: the units there are drawn before those here are given back, and the line there is
// like the one here was. One record decides it, where the line here is decided. Units in
// another slot are held as a leg before.
type Relocate struct {
	Order      OrderKey
	From, To   ItemKey
	FromBucket Bucket
	ToBucket   Bucket
	// Known says that the product and the destination exist.
	Known bool
	// Inactive says that the destination takes no new orders.
	Inactive bool
	// Qty is how many units, 0 for all that is held. A part needs Keyed.
	Qty   Qty
	Note  Note
	Keyed bool

	// Home is set where there are several slots: the bucket in which the line is decided,
	// and the key of the decision; the key is zero when only the line shows it.
	Home *Home
	// Copied says that the line is the home's copy: its units are in another slot.
	Copied bool
	// Away is the outcome for the units at the other location, when they are in another
	// slot than the home.
	Away *Away
}

// Op names the command.
func (c Relocate) Op() Op { return OpRelocate }

// Reach says what the command needs to be judged.
func (c Relocate) Reach() Reach {
	r := Reach{Order: c.Order}
	for _, d := range c.demands() {
		r.Items = append(r.Items, d.Item)
	}
	return r
}

// demands are what is asked of the items that are where the line is decided.
func (c Relocate) demands() (here []Demand) {
	if !c.Copied {
		here = append(here, Demand{Item: c.From, Bucket: c.FromBucket})
	}
	if c.Away == nil {
		here = append(here, Demand{Item: c.To, Bucket: c.ToBucket, Qty: max(c.Qty, 1)})
	}
	return here
}

// A relocation that was carried out may be asked for again: nothing is held here, and
// something is there.
func (c Relocate) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	from := Target{Order: c.Order, Item: c.From, Qty: c.Qty, Keyed: c.Keyed}
	lines, err := from.lines(s)
	if err != nil {
		return Event{}, err
	}
	holds := s.Order(c.Order)
	if c.isElsewhere(lines[0], holds) {
		return Event{}, &Elsewhere{Homes: []Bucket{lines[0].bucket}}
	}
	line := lines[0].line.At(now)
	var there Qty
	in, l := LineOf(holds, c.To)
	if l != nil && (c.Away == nil || !l.Follows()) {
		at := l.At(now)
		there = at.Quantity()
	}
	again := line.End == EndReleased && there > 0
	if again && c.Away != nil {
		e := Event{Op: OpRelocate, Tenant: c.Order.Tenant, Order: c.Order.Order, Note: c.Note}
		e.Lines = []LineChange{{Bucket: lines[0].bucket, Line: line}, {Bucket: in.Key.Bucket, Line: l.At(now)}}
		return e, nil
	}
	if line.End != Open && !again {
		return Event{}, refuseEnded(&line)
	}
	var n Qty
	if !again {
		var r *Refusal
		if n, r = from.units(&line); r != nil {
			return Event{}, r
		}
	}
	left := Wanted{Demand: Demand{Item: c.From, Bucket: c.FromBucket, Qty: line.Quantity() - n}}
	ch := &changing{op: OpRelocate, from: &line, s: s, now: now, holds: holds, Change: Change{Order: c.Order, Note: c.Note, Lines: []Wanted{left}}}
	if c.Away == nil {
		there := Demand{Item: c.To, Bucket: c.ToBucket, Qty: there + n, Known: c.Known, Inactive: c.Inactive, Lot: line.Lot}
		ch.Lines = append(ch.Lines, Wanted{Demand: there, Channel: line.Channel})
		return ch.decide()
	}
	if r := c.judgeAway(l, n); r != nil {
		return Event{}, r
	}
	e, err := ch.decide()
	if err == nil {
		c.adopt(&e, &line, calls(holds, c.Home.Bucket), now)
	}
	return e, err
}

// isElsewhere reports whether the line is not decided, or its units are not, where the
// sender took them to be; or whether a leg for the units is where their copy is to be.
func (c Relocate) isElsewhere(from placed, holds []*Hold) bool {
	if c.Home == nil {
		return false
	}
	if from.bucket != c.Home.Bucket || from.line.Copied() != c.Copied {
		return true
	}
	return c.Away != nil && slices.ContainsFunc(holds, func(h *Hold) bool {
		l := h.Find(c.To)
		return l != nil && l.Follows() && (l.Leg.Undone && l.Leg.Key == c.Home.Key || !l.Leg.Undone && h.Key.Bucket == c.Home.Bucket)
	})
}

// judgeAway says why the units that are held in the other slot are not those that are to be
// moved; l is what the order holds there already, as far as the home knows.
func (c Relocate) judgeAway(l *Line, n Qty) *Refusal {
	a := c.Away
	switch {
	case l != nil && !l.Follows():
		return HeldApart(l)
	case a.Refusal != nil:
		return a.Refusal
	case a.Line.Leg == nil:
		short := shortOf(c.To, n, a.Line.Quantity())
		short.NotOnSale = a.NotOnSale
		return insufficient(short)
	case a.Line.Quantity() != n:
		return &Refusal{Code: InvalidState, State: StateActive, Detail: fmt.Sprintf(
			"the reservation of product %q at location %q changed while it was relocated: %d units were to go, %d are held for it",
			c.From.Product, c.From.Location, n, a.Line.Quantity())}
	}
	return nil
}

// HeldApart refuses to add units in another slot to a line that the order has there.
func HeldApart(l *Line) *Refusal {
	return &Refusal{Code: InvalidState, State: l.State(), Detail: fmt.Sprintf(
		"the order has a reservation of product %q at location %q, which lies in another slot: nothing is added to it", l.Item.Product, l.Item.Location)}
}

// adopt makes the leg a line of a separate call at the home of the line.
func (c Relocate) adopt(e *Event, from *Line, call int, now Time) {
	a := c.Away
	e.Call = &Call{HomeBucket: c.Home.Bucket, HomeLocation: c.Home.Location, HomeProduct: c.Home.Product, Legs: []Bucket{a.Bucket}}
	e.Lines = append(e.Lines, LineChange{Bucket: c.Home.Bucket, Changed: true, Line: Line{
		Item: c.To, Call: call, Channel: a.Line.Channel, Lot: a.Line.Lot, Requested: a.Line.Requested, Drawn: a.Line.Drawn,
		Deadline: from.Deadline, CreatedAt: now, UpdatedAt: now, Customer: from.Customer,
		Leg: &Leg{Copy: true, Key: c.Home.Key, Print: c.Home.Print},
	}})
}

// Check says what is wrong with the command itself, independent of the books; nil when
// nothing is.
func (c Relocate) Check() error {
	if r := c.check(); r != nil {
		return r
	}
	return nil
}

func (c Relocate) check() *Refusal {
	if r := (Target{Order: c.Order, Item: c.From, Qty: c.Qty}).check(); r != nil {
		return r
	}
	if r := checkItem(c.To); r != nil {
		return r
	}
	for _, k := range []ItemKey{c.From, c.To} {
		if r := checkWhole(k); r != nil {
			return r
		}
	}
	switch {
	case c.To.Tenant != c.Order.Tenant || c.To.Product != c.From.Product:
		return invalid("product_id", "a hold stays one of the same product")
	case c.To == c.From:
		return invalid("to_location_id", "a hold is relocated to another location")
	}
	return nil
}

func (c Relocate) firstItem() (ItemKey, Bucket, bool) {
	if c.To.Location < c.From.Location {
		return c.To, c.ToBucket, true
	}
	return c.From, c.FromBucket, true
}

// AppendCanonical appends what makes two requests the same.
func (c Relocate) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(OpRelocate)))
	dst = c.To.appendCanonical(c.From.appendCanonical(dst))
	return c.Note.appendCanonical(appendQty(dst, c.Qty))
}

func (c Relocate) append(dst []byte) []byte {
	dst = appendItemAt(appendItemAt(c.Order.appendCanonical(dst), c.From, c.FromBucket), c.To, c.ToBucket)
	dst = c.Note.append(appendQty(appendBool(appendBool(dst, c.Known), c.Inactive), c.Qty))
	dst = c.Home.append(appendBool(dst, c.Keyed))
	dst = appendBool(appendBool(dst, c.Copied), c.Away != nil)
	if c.Away != nil {
		dst = c.Away.append(dst)
	}
	return dst
}

func (s *commandSource) relocate() Relocate {
	c := Relocate{Order: s.orderKey(), From: s.itemKey(), FromBucket: s.bucket(), To: s.itemKey(), ToBucket: s.bucket()}
	c.Known, c.Inactive, c.Qty, c.Note, c.Keyed = s.bool(), s.bool(), s.qty(), s.note(), s.bool()
	c.Home, c.Copied = s.home(), s.bool()
	if s.bool() {
		away := s.readAway()
		c.Away = &away
	}
	return c
}
