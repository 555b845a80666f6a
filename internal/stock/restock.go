package stock

import (
	"fmt"
	"slices"
)

// Restock receives Qty > 0 from the supplier into the shared pool, or into the pool of the
// lot that the item's key names. Units that an oversold case still owes are settled first,
// unless the lot is not sold.
type Restock struct {
	Item   ItemKey
	Bucket Bucket
	Qty    Qty
	Open   *Opening
	Note   Note
	// For is the order that the units came for, "" for none. Its line gets the units it
	// waits for before anything else is settled or set aside. The line must wait.
	For string
	// ForKnown says that the order is known, whether or not it holds anything here.
	ForKnown bool
	// At is when they came; 0: nobody has said. It is no part of what makes two requests the same.
	At Time
}

// Op names the command.
func (c Restock) Op() Op { return OpRestock }

// Reach says what the command needs to be judged.
func (c Restock) Reach() Reach {
	r := Reach{Items: []ItemKey{c.Item.Whole()}}
	if c.For != "" {
		r.For = OrderKey{c.Item.Tenant, c.For}
	}
	return r
}

func (c Restock) decide(s State, now Time) (Event, error) {
	if r := checkQty("quantity", c.Qty, 1); r != nil {
		return Event{}, r
	}
	lot := c.Item.LotOf()
	if r := lot.check(c.Item); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpRestock, it, c.Note)
	n := c.Qty
	if c.For != "" {
		got, r := c.serve(s, &e, &d, now)
		if r != nil {
			return Event{}, r
		}
		n -= got
	}
	d.postArrival(Supplier, Shared.InLot(lot), n, now)
	noteMoment(&e, &d, c.At, now)
	return orNothing(e, d.done(now, "quantity"))
}

// serve gives the order that the units came for what its line waits for, and returns how
// many units that were.
func (c Restock) serve(s State, e *Event, d *draft, now Time) (Qty, *Refusal) {
	order := OrderKey{c.Item.Tenant, c.For}
	holds := s.Order(order)
	n := e.serve(holds, d, Supplier, c.Qty, now)
	if n > 0 {
		e.Order = c.For
		return n, nil
	}
	if !c.ForKnown && !slices.ContainsFunc(collectLines(holds), func(p placed) bool { return !p.line.undone() }) {
		return 0, UnknownOrder(order)
	}
	r := &Refusal{Code: InvalidState, Detail: fmt.Sprintf("order %q does not wait for product %q at location %q: receive the units without for_order_id",
		c.For, c.Item.Product, c.Item.Location)}
	if _, l := LineOf(holds, c.Item.Whole()); l != nil {
		at := l.At(now)
		r.State = at.State()
	}
	return 0, r
}

// AppendCanonical appends what makes two requests the same.
func (c Restock) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpRestock)))
	dst = appendQty(dst, c.Qty)
	dst = c.Note.appendCanonical(dst)
	if c.For != "" {
		dst = appendString(appendString(dst, noCode), c.For)
	}
	return dst
}

func (c Restock) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	return c.Note.append(c.Open.append(dst))
}

func (c Restock) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
