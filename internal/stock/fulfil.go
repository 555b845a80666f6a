package stock

import (
	"fmt"
	"slices"
)

// Fulfil gives the order's line of the item units that were set aside for waiting lines: of
// its channel's quota first, then of the shared pool. The present rule of the channel does
// not matter: the units are promised. The caller chooses lines by the time of their
// reserves, oldest first.
type Fulfil struct {
	Order OrderKey
	Item  ItemKey
}

// Op names the command.
func (c Fulfil) Op() Op { return OpFulfil }

// Reach says what the command needs to be judged.
func (c Fulfil) Reach() Reach { return Reach{Items: []ItemKey{c.Item}, Order: c.Order} }

// A line that does not wait, or is past its deadline, gets nothing; nor does any line when
// nothing was set aside. So two that fulfil at once do no harm.
func (c Fulfil) decide(s State, now Time) (Event, error) {
	if r := checkOrder(c.Order); r != nil {
		return Event{}, r
	}
	e := Event{Op: OpFulfil, Tenant: c.Order.Tenant, Order: c.Order.Order}
	holds := s.Order(c.Order)
	for _, h := range holds {
		l := h.Find(c.Item)
		if l == nil || !l.awaits() || l.Due(now) {
			continue
		}
		it, err := heldItem(s, c.Order.Order, l)
		if err != nil {
			return Event{}, err
		}
		return c.fill(e, holds, now, it, LineChange{Bucket: h.Key.Bucket, Changed: true, Line: *l})
	}
	return e, nil
}

func (c Fulfil) fill(e Event, holds []*Hold, now Time, it *Item, to LineChange) (Event, error) {
	l := &to.Line
	e.Items = make([]ItemChange, 1)
	d := edit(it, &e.Items[0])
	wait := l.Waiting()
	for _, pool := range Draws(l.Channel) {
		n := min(l.Waiting(), d.balance(Arrived(pool)))
		if n == 0 {
			continue
		}
		d.post(Arrived(pool), Held, n)
		fillLine(&d, l, pool, n)
	}
	if l.Waiting() == wait {
		return Event{Op: e.Op, Tenant: e.Tenant, Order: e.Order}, nil
	}
	if l.Waiting() == 0 {
		d.removeWaiting(l.Channel)
	}
	l.UpdatedAt = now
	e.Lines = []LineChange{to}
	e.fillCopy(holds, l, now)
	return orNothing(e, d.done(now, "quantity"))
}

// fillLine turns n units that the line waits for, first drawn first, into units of the pool.
func fillLine(d *draft, l *Line, pool Account, n Qty) {
	p := d.promises()
	for left := n; left > 0; {
		a := l.Drawn[slices.IndexFunc(l.Drawn, func(b Balance) bool { return b.Account.Ahead() })]
		took := min(left, a.Qty)
		if s := p.Sale(a.Account); a.Account == Presale {
			p.wait(l.Channel).Units -= took
			s.Waiting, s.Filled = s.Waiting-took, s.Filled+took
			d.post(Awaited, Promise, took)
		} else {
			d.unpromise(l.Channel, a.Account, took)
		}
		l.Drawn = Filled(l.Drawn, pool, took)
		left -= took
	}
	if id, ok := l.CountsIn(pool); ok {
		held, _ := d.channel(id).figures(pool)
		*held += n
	}
}

// Filled is what is drawn when the first n units that were sold ahead have come from the
// pool instead. The order of drawing stays: quota, shared pool, sold ahead.
func Filled(drawn []Balance, pool Account, n Qty) []Balance {
	after := make([]Balance, 0, len(drawn)+1)
	after = append(after, drawn...)
	ahead := slices.IndexFunc(after, func(b Balance) bool { return b.Account.Ahead() })
	if after[ahead].Qty -= n; after[ahead].Qty == 0 {
		after = slices.Delete(after, ahead, ahead+1)
	}
	if at := slices.IndexFunc(after, func(b Balance) bool { return b.Account == pool }); at >= 0 {
		after[at].Qty += n
		return after
	}
	at := 0
	if pool == Shared {
		at = slices.IndexFunc(after, func(b Balance) bool { return b.Account.Ahead() })
		if at < 0 {
			at = len(after)
		}
	}
	return slices.Insert(after, at, Balance{pool, n})
}

// confirmable is how many of n units a confirm may take of a line that waits: only units that are
// there, and of a presale only when it ships in parts.
func (c Confirm) confirmable(l *Line, n Qty, p *Promises) (Qty, *Refusal) {
	wait := l.Waiting()
	here := l.Quantity() - wait
	presale := slices.ContainsFunc(l.Drawn, func(b Balance) bool { return b.Account == Presale })
	parts := presale && p != nil && p.Presale.InParts
	switch {
	case c.Qty == 0 && parts && here > 0:
		return here, nil
	case c.Qty == 0 && parts && l.Confirmed > 0:
		return 0, nil // the units that were there have left
	case c.Qty > 0 && n <= here && (parts || !presale || l.Follows()): // a leg's home has decided
		return n, nil
	}
	detail := fmt.Sprintf("product %q at location %q: %d of %d units are not there yet", l.Item.Product, l.Item.Location, wait, wait+here)
	switch {
	case presale && l.Copied():
		detail += ", and of a presale a line that is decided in another slot than it lies ships whole"
	case presale && !parts:
		detail += ", and the presale does not ship in parts"
	}
	return 0, &Refusal{Code: InvalidState, State: l.State(), Detail: detail}
}

// AppendCanonical appends what makes two requests the same.
func (c Fulfil) AppendCanonical(dst []byte) []byte {
	return c.Item.appendCanonical(c.Order.appendCanonical(append(dst, byte(OpFulfil))))
}

func (c Fulfil) append(dst []byte) []byte {
	return c.Item.appendCanonical(c.Order.appendCanonical(dst))
}
