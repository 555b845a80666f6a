package stock

import "errors"

// State is what the rules may look at. The values returned belong to the state and must not
// be changed.
type State interface {
	// Item returns the item, or nil when it was never opened.
	Item(ItemKey) *Item
	// Order returns the order's holds, one per bucket in ascending order,
	// nil when it has none.
	Order(OrderKey) []*Hold
}

// Book is a State that Apply may change.
type Book interface {
	State
	// EditItem returns the item to be changed in place; a new, empty one when
	// it was never opened.
	EditItem(ItemKey) *Item
	// EditHold returns the hold to be changed in place; a new, empty one when
	// there is none.
	EditHold(HoldKey) *Hold
}

// Command is something that shall be done.
type Command interface {
	// Op names what it does.
	Op() Op
	// Reach says which items and which order the command needs to be judged.
	Reach() Reach
	// AppendCanonical appends the bytes that make two requests the same
	// request: every field but the note's operator, in a fixed order.
	AppendCanonical([]byte) []byte

	decide(s State, now Time) (Event, error)
}

// Reach is what a command needs to know before it can be judged. It also needs the items of
// the lines of the order.
type Reach struct {
	Items []ItemKey
	Order OrderKey
	// New says that the order is most likely unknown. It need not be looked up first:
	// storing its hold is the proof.
	New bool
	// For is an order of which the command needs only the lines of its items that are in
	// this slot: it does not affect where the command is decided.
	For OrderKey
	// Tenant is set by commands that are about no item and no order.
	Tenant string
}

// About is the order that the command is about, or that units come, or come back, for.
func (r *Reach) About() OrderKey {
	if r.Order == (OrderKey{}) {
		return r.For
	}
	return r.Order
}

// Decide judges the command against s at the time now. It returns the event
// that carries it out (an event that changes nothing when there is nothing to
// do) or a *Refusal. It changes neither s nor cmd, and the same arguments
// always give the same answer.
func Decide(s State, cmd Command, now Time) (Event, error) {
	var e Event
	var err error
	if order, brings := Brings(cmd); brings {
		v := bringing{State: s, from: Brought(order)}
		if e, err = cmd.decide(&v, now); err == nil {
			v.book(&e)
		} else if r, refused := errors.AsType[*Refusal](err); refused && v.isElsewhere(r, cmd.Reach()) {
			err = throughRedis(ItemKey{Product: r.Shortages[0].Product, Location: r.Shortages[0].Location})
		}
	} else {
		e, err = cmd.decide(s, now)
	}
	if err == nil {
		if r := e.refuseRetired(cmd); r != nil {
			return Event{}, r
		}
		if r := e.judgeReason(); r != nil {
			return Event{}, r
		}
		e.Note.Denied, e.Note.Way = "", BothWays
	}
	return e, err
}
