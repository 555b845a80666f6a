package stock

import (
	"errors"
	"slices"
)

// ErrUnsettled says that a leg that is to join its home's line has not followed
// it yet. Nothing has changed: settle it and try again.
var ErrUnsettled = errors.New("the leg is behind its home")

// errTwice says that a line would come to a hold that has another line of its item.
var errTwice = errors.New("the order has two lines of the item")

// Rehouse brings an item to another bucket of its slot, or the lines of one reserve call in
// a bucket to the buckets in which their items are by now. Nothing else about them changes;
// but a leg that comes where its home's copy is becomes one line with it again, and one
// that counts as never placed goes.
type Rehouse struct {
	// Item goes to the bucket To; or else the lines of the call of the order's
	// hold in the bucket From go to their items.
	Item ItemKey
	To   Bucket

	Order OrderKey
	From  Bucket
	Call  int
}

// Op names the command.
func (c Rehouse) Op() Op { return OpRehouse }

// Reach says what the command needs to be judged.
func (c Rehouse) Reach() Reach {
	if c.Item != (ItemKey{}) {
		return Reach{Items: []ItemKey{c.Item}}
	}
	return Reach{Order: c.Order}
}

// AppendCanonical appends what makes two requests the same.
func (c Rehouse) AppendCanonical(dst []byte) []byte {
	dst = append(dst, byte(OpRehouse))
	dst = appendUint(c.Item.appendCanonical(dst), uint64(c.To))
	dst = appendUint(c.Order.appendCanonical(dst), uint64(c.From))
	return appendUint(dst, uint64(c.Call))
}

func (c Rehouse) decide(s State, _ Time) (Event, error) {
	if c.Item == (ItemKey{}) {
		return c.lines(s)
	}
	e := Event{Op: OpRehouse, Tenant: c.Item.Tenant}
	if it := s.Item(c.Item); it != nil && it.Bucket != c.To {
		change := it.arrival(nil)
		change.Bucket, change.Touched, change.Channels, change.Rules, change.Promises, change.Lots, change.Recalls = c.To, nil, nil, nil, nil, nil, nil
		e.Items = []ItemChange{change}
	}
	return e, nil
}

// lines is the event that brings the lines to their items.
func (c Rehouse) lines(s State) (Event, error) {
	e := Event{Op: OpRehouse, Tenant: c.Order.Tenant, Order: c.Order.Order}
	holds := s.Order(c.Order)
	from := holdIn(holds, c.From)
	if from == nil || c.Call >= len(from.Calls) {
		return e, nil
	}
	call := from.Calls[c.Call]
	call.Legs = slices.Clone(call.Legs)
	for i := range from.Lines {
		l := from.Lines[i]
		it := s.Item(l.Item)
		if l.Call != c.Call || l.Copied() || it == nil || it.Bucket == c.From {
			continue
		}
		if !l.undone() {
			comes, err := arriveIn(l, &call, holdIn(holds, it.Bucket))
			if err != nil {
				return Event{}, err
			}
			e.Lines = append(e.Lines, LineChange{Bucket: it.Bucket, Changed: true, Line: comes})
			if it.Bucket != call.HomeBucket && !slices.Contains(call.Legs, it.Bucket) {
				call.Legs = append(call.Legs, it.Bucket)
			}
		}
		e.Lines = append(e.Lines, LineChange{Bucket: c.From, Changed: true, Line: l})
	}
	if len(e.Lines) > 0 {
		slices.Sort(call.Legs)
		e.Call, e.Leaves = &call, &c.From
	}
	return e, nil
}

// arriveIn is the line as it is in the hold (nil: none yet) that it comes to.
func arriveIn(l Line, call *Call, to *Hold) (Line, error) {
	l.Call = 0
	if to == nil {
		return l, nil
	}
	if l.Call = slices.IndexFunc(to.Calls, call.sameHome); l.Call < 0 {
		l.Call = len(to.Calls)
	}
	was := to.Find(l.Item)
	switch {
	case was == nil || was.undone():
		return l, nil
	case !was.Copied() || !l.Follows() || was.Leg.Key != l.Leg.Key:
		return l, errTwice
	case was.End != l.End || was.Confirmed != l.Confirmed || was.Released != l.Released || was.Withdrawn != l.Withdrawn ||
		was.Quantity() != l.Quantity() || was.Waiting() != l.Waiting():
		return l, ErrUnsettled
	}
	joined := *was
	// The pools are kept where the units are: the home's line may name others for units
	// that have come back.
	joined.Leg, joined.Tallied, joined.Drawn, joined.Left = nil, l.Tallied, l.Drawn, l.Left
	return joined, nil
}

func holdIn(holds []*Hold, b Bucket) *Hold {
	at := slices.IndexFunc(holds, func(h *Hold) bool { return h.Key.Bucket == b })
	if at < 0 {
		return nil
	}
	return holds[at]
}

// sameHome reports whether the calls have one home.
func (c Call) sameHome(o Call) bool {
	return c.HomeBucket == o.HomeBucket && c.HomeLocation == o.HomeLocation && c.HomeProduct == o.HomeProduct
}

// leave takes the line out of the hold that it leaves. The home's legs are kept there: the
// order's history and its decisions continue there.
func (e *Event) leave(h *Hold, l *Line) {
	h.Lines = slices.DeleteFunc(h.Lines, func(o Line) bool { return o.Item == l.Item })
	if e.Call != nil && e.Call.HomeBucket == h.Key.Bucket && l.Call < len(h.Calls) {
		h.Calls[l.Call].Legs = e.Call.Legs
	}
}
