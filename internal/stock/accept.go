package stock

import (
	"slices"
	"strings"
)

// onlineEnd is the end of an order's id in the books of a till when its centre made the
// order.
const onlineEnd = "@centre"

// OnlineOrder is the id, in the books of a till, of an order that its centre made.
func OnlineOrder(order string) string { return order + onlineEnd }

// OfCentre returns the centre's own id of an order in the books of a till.
func OfCentre(order string) (there string, ok bool) {
	there, ok = strings.CutSuffix(order, onlineEnd)
	return there, ok && there != ""
}

// Offer is an order that was made at the centre, as far as it is about the location of a till:
// the till may take it on, or not.
type Offer struct {
	Order    OrderKey // OnlineOrder
	Channel  string
	Customer string
	Lines    []Demand // each item once
}

// Accept takes on an order of the centre, in the books of a till. The units are those that
// the centre holds for it: they come from Accepted, and go back there if the till gives
// them up.
type Accept struct {
	Offer
	Note Note
}

// Decline says, in the books of a till, that it will not serve an order of the centre.
type Decline struct {
	Offer
	Note Note
}

// Op names the command.
func (c Accept) Op() Op { return OpAccept }

// Op names the command.
func (c Decline) Op() Op { return OpDecline }

// Reach says what the command needs to be judged.
func (o Offer) Reach() Reach {
	r := Reach{Order: o.Order}
	for i := range o.Lines {
		r.Items = append(r.Items, o.Lines[i].Item)
	}
	return r
}

// An order that was accepted before stays accepted, also when it was served since.
func (c Accept) decide(s State, now Time) (Event, error) {
	return c.answer(s, now, OpAccept, c.Note, func(l *Line, d *draft) *Refusal {
		switch {
		case d == nil && l.End != Open && l.End != EndConfirmed:
			return refuseEnded(l)
		case d == nil:
			return nil
		case !d.was.Tracked:
			l.Drawn = []Balance{{Uncounted, l.Requested}}
			return nil
		}
		l.Drawn = []Balance{{Accepted, l.Requested}}
		d.post(Accepted, Held, l.Requested)
		return nil
	})
}

func (c Decline) decide(s State, now Time) (Event, error) {
	return c.answer(s, now, OpDecline, c.Note, func(l *Line, d *draft) *Refusal {
		switch {
		case d == nil && l.End == Open:
			return &Refusal{Code: InvalidState, State: l.State(), Detail: "the order was accepted: release it"}
		case d == nil && l.End != EndReleased:
			return refuseEnded(l)
		case d != nil:
			l.gaveBack(l.Requested)
		}
		return nil
	})
}

func (o Offer) check() *Refusal {
	if r := checkOrder(o.Order); r != nil {
		return r
	}
	if _, ok := OfCentre(o.Order.Order); !ok {
		return invalid("order_id", "order %q is none of the centre", o.Order.Order)
	}
	if len(o.Lines) == 0 || len(o.Lines) > MaxLines {
		return invalid("items", "items must be from 1 to %d, there are %d", MaxLines, len(o.Lines))
	}
	for i := range o.Lines {
		k := o.Lines[i].Item
		if r := checkItem(k); r != nil {
			return r
		}
		if r := checkWhole(k); r != nil {
			return r
		}
		if r := checkQty("quantity", o.Lines[i].Qty, 1); r != nil {
			return r
		}
		if slices.ContainsFunc(o.Lines[:i], func(d Demand) bool { return d.Item == k }) {
			return invalid("items", "product %q is there twice", k.Product)
		}
	}
	return nil
}

// answer lets the rule judge each line. d is nil when the till answered it before.
func (o Offer) answer(s State, now Time, op Op, note Note, rule func(l *Line, d *draft) *Refusal) (Event, error) {
	if r := o.check(); r != nil {
		return Event{}, r
	}
	holds := s.Order(o.Order)
	e := Event{Op: op, Tenant: o.Order.Tenant, Order: o.Order.Order, Channel: o.Channel, Note: note}
	e.Items, e.Lines = make([]ItemChange, 0, len(o.Lines)), make([]LineChange, 0, len(o.Lines))
	for _, ask := range o.Lines {
		it, err := orUnopened(s, ask.Item, ask.Bucket, &Opening{})
		if err != nil {
			return Event{}, err
		}
		e.Items = append(e.Items, ItemChange{})
		d := edit(it, &e.Items[len(e.Items)-1])
		c := LineChange{Bucket: ask.Bucket}
		if _, was := LineOf(holds, ask.Item); was != nil {
			c.Line = *was
			if r := rule(&c.Line, nil); r != nil {
				return Event{}, r
			}
			d.show()
			e.Lines = append(e.Lines, c)
			continue
		}
		c.Changed, c.Line = true, Line{
			Item: ask.Item, Call: calls(holds, ask.Bucket), Channel: o.Channel, Customer: o.Customer, Requested: ask.Qty,
			CreatedAt: now, UpdatedAt: now, Kept: &Kept{},
		}
		if r := rule(&c.Line, &d); r != nil {
			return Event{}, r
		}
		if err := d.end(now, "quantity"); err != nil {
			return Event{}, err
		}
		e.Lines = append(e.Lines, c)
		if e.Call == nil || ask.Item.Product < e.Call.HomeProduct {
			e.Call = &Call{HomeBucket: ask.Bucket, HomeLocation: ask.Item.Location, HomeProduct: ask.Item.Product}
		}
	}
	return e, nil
}

// AppendCanonical appends what makes two requests the same.
func (c Accept) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(c.appendOffer(append(dst, byte(OpAccept))))
}

func (c Accept) append(dst []byte) []byte { return c.Note.append(c.appendOffer(dst)) }

// AppendCanonical appends what makes two requests the same.
func (c Decline) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(c.appendOffer(append(dst, byte(OpDecline))))
}

func (c Decline) append(dst []byte) []byte { return c.Note.append(c.appendOffer(dst)) }

func (o Offer) appendOffer(dst []byte) []byte {
	dst = appendString(appendString(o.Order.appendCanonical(dst), o.Channel), o.Customer)
	dst = appendUint(dst, uint64(len(o.Lines)))
	for i := range o.Lines {
		dst = appendQty(appendItemAt(dst, o.Lines[i].Item, o.Lines[i].Bucket), o.Lines[i].Qty)
	}
	return dst
}

func (o Offer) firstItem() (k ItemKey, b Bucket, ok bool) {
	if len(o.Lines) == 0 {
		return k, b, false
	}
	return o.Lines[0].Item, o.Lines[0].Bucket, true
}
