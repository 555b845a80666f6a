package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// Units that come back are counted against the order that they had left with: it cannot
// return more than has left. They are counted in the lines of the product, that of the item
// first, because an order may be returned at another location than the one it was sold at.

// Against says what happens when more units come back than have left with the order and were
// not returned.
type Against uint8

const (
	// Checked refuses the return.
	Checked Against = iota
	// Unchecked books it: a person says that they came back all the same.
	Unchecked
	// AsFact books it, and a case opens: it is the copy of what has happened elsewhere.
	AsFact
	againsts
)

// CountedReturn is how the units of a return were counted against its order.
type CountedReturn struct {
	// Unchecked says that a person had the order not checked.
	Unchecked bool
	// Counted units had left with the order. They are those of this event's lines.
	Counted Qty
	// Beyond units are more than had left. They are counted too, in the first of the lines,
	// if there is one.
	Beyond Qty
}

// AwayReturn is what other slots know of a return, whose lines of the product they decide.
type AwayReturn struct {
	// Left units have left there, of which Returned have come back.
	Left, Returned Qty
	// Counted of the units of this return were counted there (CountReturn).
	Counted Qty
}

// count counts the units against the order.
func (c Return) count(s State, e *Event, now Time) *Refusal {
	if c.Order == "" {
		return nil
	}
	lines := returnLines(s.Order(OrderKey{c.Item.Tenant, c.Order}), c.Item.Whole())
	n := c.Qty - c.Away.Counted
	left, returned := c.Away.Left, c.Away.Returned
	var may Qty
	for _, p := range lines {
		left, returned, may = left+p.line.Confirmed, returned+p.line.Returned, may+mayReturn(p.line)
	}
	if c.Against == Checked && n > may {
		return c.refuse(left, returned)
	}
	back := CountedReturn{Unchecked: c.Against == Unchecked, Counted: min(n, may)}
	back.Beyond = n - back.Counted
	e.Back = &back
	e.Lines = countLines(lines, back.Counted, back.Beyond, now)
	return nil
}

func (c Return) refuse(left, returned Qty) *Refusal {
	r := &Refusal{Code: InvalidState}
	if left == 0 {
		r.Detail = fmt.Sprintf("nothing of product %q has left with order %q", c.Item.Product, c.Order)
	} else {
		r.Detail = fmt.Sprintf("%d of product %q have left with order %q, of which %d were returned: %d cannot come back",
			left, c.Item.Product, c.Order, returned, c.Qty)
	}
	r.Detail += "; if they did, say unchecked, with a reason"
	return r
}

// returnLines are the lines of the product that are decided here, that of the item first.
func returnLines(holds []*Hold, item ItemKey) []placed {
	all := slices.DeleteFunc(collectLines(holds), func(p placed) bool {
		return p.line.Item.Product != item.Product || p.line.Follows() || p.line.undone()
	})
	slices.SortStableFunc(all, func(a, b placed) int {
		if here := a.line.Item == item; here != (b.line.Item == item) {
			if here {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.line.Item.Location, b.line.Item.Location)
	})
	return all
}

// countLines counts n units in the lines, as far as they can be of them, and beyond more in
// the first. It returns the lines that changed.
func countLines(lines []placed, n, beyond Qty, now Time) (changed []LineChange) {
	for i, p := range lines {
		here := min(n, mayReturn(p.line))
		n -= here
		if i == 0 {
			here += beyond
		}
		if here == 0 {
			continue
		}
		l := *p.line
		l.Returned, l.UpdatedAt = l.Returned+here, now
		changed = append(changed, LineChange{Bucket: p.bucket, Changed: true, Line: l})
	}
	return changed
}

// mayReturn is how many of the units that have left with the line can come back: those that
// were not returned.
func mayReturn(l *Line) Qty { return max(l.Confirmed-l.Returned, 0) }

// Withdrawable is how many units a withdraw can take back of the line.
func Withdrawable(l *Line) Qty { return mayReturn(l) }

// Returnable is what the holds say of the product of an order: how many units have left, by
// the lines that are decided there, and how many of them were returned.
func Returnable(holds []*Hold, item ItemKey) (away AwayReturn, may Qty) {
	for _, p := range returnLines(holds, item.Whole()) {
		away.Left, away.Returned, may = away.Left+p.line.Confirmed, away.Returned+p.line.Returned, may+mayReturn(p.line)
	}
	return away, may
}

// CountReturn counts units of a return that are booked in another slot, up to Qty and as far
// as they can be of the lines that are decided here. With Undo it takes that back: the other
// slot has refused them.
type CountReturn struct {
	Order OrderKey
	Item  ItemKey // of which the product counts
	Qty   Qty
	Undo  bool
	Note  Note
}

// Op is the operation that it is a part of.
func (c CountReturn) Op() Op { return OpReturn }

// Reach says what the command needs to be judged.
func (c CountReturn) Reach() Reach { return Reach{Order: c.Order} }

func (c CountReturn) decide(s State, now Time) (Event, error) {
	e := Event{Op: OpReturn, Tenant: c.Order.Tenant, Order: c.Order.Order, Note: c.Note, Back: &CountedReturn{}}
	lines := returnLines(s.Order(c.Order), c.Item.Whole())
	if c.Undo {
		for _, p := range lines {
			l, n := *p.line, min(c.Qty-e.Back.Counted, p.line.Returned)
			if n > 0 {
				l.Returned, l.UpdatedAt = l.Returned-n, now
				e.Back.Counted += n
				e.Lines = append(e.Lines, LineChange{Bucket: p.bucket, Changed: true, Line: l})
			}
		}
		e.Back.Counted = -e.Back.Counted
		return e, nil
	}
	for _, p := range lines {
		e.Back.Counted += mayReturn(p.line)
	}
	e.Back.Counted = min(e.Back.Counted, c.Qty)
	e.Lines = countLines(lines, e.Back.Counted, 0, now)
	return e, nil
}

// AppendCanonical appends what makes two requests the same.
func (c CountReturn) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(c.Order.appendCanonical(append(dst, byte(OpReturn))))
	return c.Note.appendCanonical(appendBool(appendQty(dst, c.Qty), c.Undo))
}

func (c CountReturn) append(dst []byte) []byte {
	dst = appendQty(c.Item.appendCanonical(c.Order.appendCanonical(dst)), c.Qty)
	return c.Note.append(appendBool(dst, c.Undo))
}

func (b *CountedReturn) append(dst []byte) []byte {
	return appendQty(appendQty(appendBool(dst, b.Unchecked), b.Counted), b.Beyond)
}

func (b *CountedReturn) read(s *byteReader) {
	b.Unchecked, b.Counted, b.Beyond = s.bool(), s.qty(), s.qty()
	s.want(b.Beyond >= 0)
}

func (a AwayReturn) append(dst []byte) []byte {
	return appendQty(appendQty(appendQty(dst, a.Left), a.Returned), a.Counted)
}

func (a *AwayReturn) read(s *byteReader) { a.Left, a.Returned, a.Counted = s.qty(), s.qty(), s.qty() }
