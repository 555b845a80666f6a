package stock

import "slices"

// bookLine brings the line in these books to its state in the holder's. Its units are drawn
// from the holder's escrow.
func (m *mirroring) bookLine(there *Line) *Refusal {
	q := there.Quantity()
	for _, n := range [...]Qty{q, there.Confirmed, there.Released, there.Requested} {
		if n < 0 || n > MaxQty {
			return malformed("a reservation of product %q has a figure of %d", there.Item.Product, n)
		}
	}
	if (there.End == Open) != (q > 0) || there.Waiting() > 0 || there.Leg != nil || there.End > EndExpired {
		return malformed("a reservation of product %q is in no state that a till keeps", there.Item.Product)
	}
	d := m.draft(there.Item, m.stateAtHolder(there.Item))
	was, l, bucket := m.line(there)
	more := q - (l.Quantity() - (there.Confirmed - l.Confirmed) - (there.Released - l.Released))
	if more < 0 {
		return malformed("a reservation of product %q lost %d units", there.Item.Product, -more)
	}
	if more > 0 {
		m.judgeLate(was, l, d, more)
	}
	m.drawLine(l, d, there, more)
	m.leaveLine(l, d, there.Confirmed-l.Confirmed)
	if n := there.Released - l.Released; n > 0 {
		l.Drawn = escrowOf(d, m.Holder.Product).release(l, n)
	} else if n < 0 {
		return malformed("%d units of product %q that were given back are held again", -n, there.Item.Product)
	}
	l.Confirmed, l.Released, l.Requested = there.Confirmed, there.Released, there.Requested
	l.LastConfirmed, l.LastReleased = there.LastConfirmed, there.LastReleased
	l.End, l.UpdatedAt = there.End, m.now
	m.changeLine(bucket, was, l)
	return nil
}

// soldAt is the moment of the sale, by the clock of these books.
func (m *mirroring) soldAt() Time {
	if m.Event.Happened == 0 {
		return m.now
	}
	return min(m.Event.Happened, m.now)
}

// judgeLate notes what the rule of the line's channel says against n more units at the moment of the
// sale: the holder did not know of the rule, or of what the customer has elsewhere. The sale stands.
func (m *mirroring) judgeLate(was, l *Line, d *draft, n Qty) {
	rule, period := d.was.Rule(l.Channel), d.was.Channel(l.Channel)
	if rule == nil || period == nil || !d.was.Tracked || m.soldAt() < period.Since {
		return
	}
	var used Uses
	if k, limited := l.Allowance(); limited {
		used = m.s.Item(k).Uses()
	}
	if was != nil {
		n += was.Quantity() + was.Confirmed
		if l.Period != 0 {
			own := was.Uses()
			used.Held, used.Sold, used.Lines = used.Held-own.Held, used.Sold-own.Sold, used.Lines-own.Lines
		}
	}
	then := *rule
	then.Ended = false // it is written down later than the sale
	r := then.permits(d.was.Key, n, m.soldAt())
	if r == nil {
		r = then.permitsCustomer(d.was.Key, n, l.Customer, used)
	}
	if r != nil {
		m.against = append(m.against, r.Detail)
	}
}

// line is the line in these books, nil when there is none, and a copy of it or a new one, which is to
// be changed.
func (m *mirroring) line(there *Line) (was, is *Line, at Bucket) {
	k := m.item(there.Item)
	holds := m.s.Order(m.order())
	if h, l := LineOf(holds, k); l != nil {
		c := *l
		return l, &c, h.Key.Bucket
	}
	l := &Line{
		Item: k, Call: calls(holds, m.Bucket), Channel: m.channel(there.Channel), Customer: there.Customer,
		CreatedAt: m.now, UpdatedAt: m.now,
	}
	if it := m.s.Item(k); it != nil && l.Customer != "" && it.Rule(l.Channel).limitsCustomers() {
		if period := it.Channel(l.Channel); period != nil && period.Since <= m.soldAt() {
			l.Period = period.Since
		}
	}
	if m.e.Call == nil {
		m.e.Call = &Call{HomeBucket: m.Bucket, HomeLocation: k.Location, HomeProduct: k.Product}
	}
	return nil, l, m.Bucket
}

// drawLine holds more units.
func (m *mirroring) drawLine(l *Line, d *draft, there *Line, more Qty) {
	if more == 0 {
		return
	}
	if !d.was.Tracked || there.End == Open && !there.counted() {
		l.Drawn = []Balance{{Uncounted, l.Quantity() + more}}
		return
	}
	l.countAtHolder(d)
	took := Line{Channel: l.Channel, Tallied: l.Tallied, Counted: l.Counted, Drawn: m.takeEscrow(d, more, Held, l.Channel)}
	d.countHeld(&took, 1)
	l.Drawn = slices.Clone(l.Drawn) // those of the line before stay: the entry may be decided once more
	for _, b := range took.Drawn {
		if n := len(l.Drawn) - 1; n >= 0 && l.Drawn[n].Account == b.Account {
			l.Drawn[n].Qty += b.Qty
			continue
		}
		l.Drawn = append(l.Drawn, b)
	}
}

// leaveLine lets n units leave to the customer, or come back when n is below zero.
func (m *mirroring) leaveLine(l *Line, d *draft, n Qty) {
	counted := d.was.Tracked && (len(l.Drawn) == 0 || l.counted())
	switch {
	case n > 0:
		if counted {
			d.post(Held, Customer, n)
			d.sell(l, l.Drawn, n)
			l.leave(l.Drawn, n)
		}
		l.Drawn = dropFirst(l.Drawn, n)
	case n < 0 && counted:
		l.Tallied = l.Tallied && d.was.keepsChannel(l.Channel)
		back := l.takeBack(-n, d)
		l.Drawn = append(back, l.Drawn...)
		d.post(Customer, Held, -n)
		d.unsell(l, back, m.now)
	case n < 0:
		l.Drawn = []Balance{{Uncounted, l.Quantity() - n}}
	}
}
