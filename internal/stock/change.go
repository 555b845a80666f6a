package stock

import (
	"fmt"
)

// Change brings lines of an order to the quantities that are wanted, whole or not at all:
// more is drawn, less is given back, an item that the order has no line of is reserved. One
// record decides it, in the slot that decides for all of the lines. Units in other slots
// are held as legs before (change_away.go).
type Change struct {
	Order OrderKey
	Lines []Wanted
	// Replace gives back the order's other lines.
	Replace bool
	// TTL is the new life of the lines named; 0: their deadlines stay, and new lines
	// get the latest of the order.
	TTL Time
	// Expected is what the caller takes to be held; when it is not held, nothing changes.
	Expected []Expected
	Note     Note
	// Default is the channel of new lines that name none: that of the till where the order is changed.
	// It is no part of the request.
	Default string
	// Keyed says that the command has an idempotency key. Without one a change needs
	// Expected: a repeat could not be distinguished from a later change.
	Keyed bool

	// Home is set where there are several slots. It names a line of the order that is
	// decided in this slot, and the key of the decision; the key is zero when only the
	// lines show it.
	Home *Home
	// Away is the outcome for the units that were to be held in other slots.
	Away []Away
	// Latest is the latest deadline of the order's open lines in all slots. Where all of
	// them are committed, it is the deadline that a new line gets; where none is open, the latest
	// of those that have expired.
	Latest Time
	// Tops says that the one line is a leg here. It holds so many additional units for TTL,
	// until Home has decided the change.
	Tops bool
}

// Wanted is what a change wants to be held of one item, 0 for nothing.
type Wanted struct {
	Demand
	// Channel is the channel of a new line. An existing line keeps its own channel; if
	// Channel names another one, that line is not meant.
	Channel string
	// IsAway and IsNew are the sender's assumptions where there are several slots: the
	// units are, or will be, in another slot; the order has no line of the item.
	IsAway, IsNew bool
}

// Expected is what a caller takes to be held of an item.
type Expected struct {
	Item ItemKey
	Qty  Qty
}

// NewTTL is the life of a new line where no line of the order has a deadline.
const newTTL Time = 30 * 60 * 1000

// NewTTL is newTTL for packages that look the order's lines up.
const NewTTL = newTTL

// Op names the command.
func (c Change) Op() Op { return OpChange }

// Reach says what the command needs to be judged.
func (c Change) Reach() Reach {
	items := make([]ItemKey, 0, len(c.Lines))
	for i := range c.Lines {
		if !c.Lines[i].IsAway {
			items = append(items, c.Lines[i].Item)
		}
	}
	return Reach{Items: items, Order: c.Order}
}

func (c Change) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	holds := s.Order(c.Order)
	if c.Tops && c.Home != nil && len(c.Lines) == 1 {
		return c.top(s, now, holds)
	}
	if c.Home != nil && c.isElsewhere(holds, now) {
		return Event{}, &Elsewhere{Homes: []Bucket{c.Home.Bucket}}
	}
	if err := c.checkDecidedHere(holds); err != nil {
		return Event{}, err
	}
	ch := &changing{Change: c, op: OpChange, s: s, now: now, holds: holds}
	return ch.decide()
}

// checkDecidedHere refuses the change if no line of the order is decided here. A line that counts as
// never placed makes no order, and a line that follows its home is decided there. The key
// of the change would have no line to be kept with.
func (c Change) checkDecidedHere(holds []*Hold) error {
	err := error(UnknownOrder(c.Order))
	for _, h := range holds {
		for i := range h.Lines {
			switch l := &h.Lines[i]; {
			case !l.Follows():
				return nil
			case !l.undone():
				err = apartLines(l.Item)
			}
		}
	}
	return err
}

// Check says what is wrong with the command itself, independent of the books; nil when
// nothing is.
func (c Change) Check() error {
	if r := c.check(); r != nil {
		return r
	}
	return nil
}

func (c Change) check() *Refusal {
	if r := checkOrder(c.Order); r != nil {
		return r
	}
	if c.TTL != 0 {
		if r := checkTTL(c.TTL); r != nil {
			return r
		}
	}
	if len(c.Lines) == 0 || len(c.Lines) > MaxLines {
		return invalid("items", "items must be from 1 to %d, there are %d", MaxLines, len(c.Lines))
	}
	seen := make(map[ItemKey]bool, len(c.Lines))
	for i := range c.Lines {
		w := &c.Lines[i]
		if r := c.checkNamed("items", w.Item, seen); r != nil {
			return r
		}
		if r := w.Lot.check(w.Item); r != nil {
			return r
		}
		if r := checkQty("quantity", w.Qty, 0); r != nil {
			return r
		}
	}
	if len(c.Expected) == 0 && !c.Keyed {
		return invalid("expected", "a change needs an Idempotency-Key, or what the order is expected to hold")
	}
	if len(c.Expected) > MaxLines {
		return invalid("expected", "expected must be at most %d, there are %d", MaxLines, len(c.Expected))
	}
	clear(seen)
	for _, e := range c.Expected {
		if r := c.checkNamed("expected", e.Item, seen); r != nil {
			return r
		}
		if r := checkQty("expected", e.Qty, 0); r != nil {
			return r
		}
	}
	return nil
}

// checkNamed refuses an item that cannot be meant, or is named twice.
func (c Change) checkNamed(field string, k ItemKey, seen map[ItemKey]bool) *Refusal {
	if r := checkItem(k); r != nil {
		return r
	}
	if k.Tenant != c.Order.Tenant {
		return invalid("tenant", "all items must be of the order's tenant")
	}
	if r := checkWhole(k); r != nil {
		return r
	}
	if seen[k] {
		return invalid(field, "product %q at location %q is named twice: what is to be held of it is one number", k.Product, k.Location)
	}
	seen[k] = true
	return nil
}

// Demands are what a command that may hold units asks of each item; nil for all other
// commands.
func Demands(cmd Command) []Demand {
	switch c := cmd.(type) {
	case Place:
		return c.Lines
	case Change:
		lines := make([]Demand, 0, len(c.Lines))
		for i := range c.Lines {
			if !c.Lines[i].IsAway {
				lines = append(lines, c.Lines[i].Demand)
			}
		}
		return lines
	case Relocate:
		return c.demands()
	}
	return nil
}

// firstItem is the first item named, in byte order of location and product.
func (c Change) firstItem() (k ItemKey, b Bucket, ok bool) {
	return Place{Lines: Demands(c)}.firstItem()
}

// apartLines refuses a change of lines that are not all decided, and held, in the slot of
// the change.
func apartLines(k ItemKey) *Refusal {
	return invalid("items",
		"the reservation of product %q at location %q was made together with others in another slot, or lies in one, where a change cannot be made in one step: for less, release a quantity of it; for more, reserve under another order_id",
		k.Product, k.Location)
}

// DecidedApart refuses a change of lines that no single slot decides for; l is a line that
// another slot than that of the change decides for.
func DecidedApart(l *Line) *Refusal {
	return invalid("items",
		"the reservation of product %q at location %q was made by another call and is decided in another slot than the others: change it by a call of its own",
		l.Item.Product, l.Item.Location)
}

// checkExpected refuses a change when the order does not hold what the caller expected.
func checkExpected(e Expected, held Qty) *Refusal {
	return &Refusal{
		Code:   VersionConflict,
		Detail: fmt.Sprintf("the order holds %d of product %q at location %q, not %d", held, e.Item.Product, e.Item.Location, e.Qty),
	}
}

// AppendCanonical appends what makes two requests the same.
func (c Change) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(OpChange)))
	dst = appendUint(dst, uint64(len(c.Lines)))
	for i := range c.Lines {
		w := &c.Lines[i]
		dst = appendQty(w.Item.appendCanonical(dst), w.Qty)
		dst = appendString(appendString(dst, w.Channel), string(w.Lot))
	}
	dst = appendInt(appendBool(dst, c.Replace), int64(c.TTL))
	dst = appendUint(dst, uint64(len(c.Expected)))
	for _, e := range c.Expected {
		dst = appendQty(e.Item.appendCanonical(dst), e.Qty)
	}
	return c.Note.appendCanonical(dst)
}

func (c Change) append(dst []byte) []byte {
	dst = appendUint(c.Order.appendCanonical(dst), uint64(len(c.Lines)))
	for i := range c.Lines {
		w := &c.Lines[i]
		dst = appendQty(appendItemAt(dst, w.Item, w.Bucket), w.Qty)
		dst = append(dst, w.flags()|bit(w.IsAway, wantedAway)|bit(w.IsNew, wantedNew))
		dst = appendString(appendString(dst, w.Channel), string(w.Lot))
	}
	dst = appendInt(appendBool(dst, c.Replace), int64(c.TTL))
	dst = appendUint(dst, uint64(len(c.Expected)))
	for _, e := range c.Expected {
		dst = appendQty(e.Item.appendCanonical(dst), e.Qty)
	}
	dst = append(c.Note.append(dst), bit(c.Keyed, changeKeyed)|bit(c.Default != "", changeDefault))
	if c.Default != "" {
		dst = appendString(dst, c.Default)
	}
	return c.appendOver(dst)
}

// The bits of a change's byte on the way between nodes.
const (
	changeKeyed byte = 1 << iota // a yes
	changeDefault
)

// minWanted and minExpected are the least that one takes: the lengths of four
// strings of a key and what follows.
const (
	minWanted   = 9
	minExpected = 5
)

func (s *commandSource) change() Change {
	c := Change{Order: s.orderKey()}
	if n := s.count(minWanted); n > 0 {
		c.Lines = make([]Wanted, n)
		for i := range c.Lines {
			w := &c.Lines[i]
			w.Item, w.Bucket, w.Qty = s.itemKey(), s.bucket(), s.qty()
			bits := s.flags(&w.Demand, wantedAway|wantedNew)
			w.IsAway, w.IsNew = bits&wantedAway != 0, bits&wantedNew != 0
			w.Channel, w.Lot = s.string(), Lot(s.string())
		}
	}
	c.Replace, c.TTL = s.bool(), Time(s.int())
	if n := s.count(minExpected); n > 0 {
		c.Expected = make([]Expected, n)
		for i := range c.Expected {
			c.Expected[i] = Expected{s.itemKey(), s.qty()}
		}
	}
	c.Note = s.note()
	bits := s.byte()
	s.want(bits&^(changeKeyed|changeDefault) == 0)
	if c.Keyed = bits&changeKeyed != 0; bits&changeDefault != 0 {
		c.Default = s.string()
		s.want(c.Default != "")
	}
	s.changeOver(&c)
	return c
}
