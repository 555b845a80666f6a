package stock

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
	l, bucket := m.line(there)
	more := q - (l.Quantity() - (there.Confirmed - l.Confirmed) - (there.Released - l.Released))
	if more < 0 {
		return malformed("a reservation of product %q lost %d units", there.Item.Product, -more)
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
	m.e.Lines = append(m.e.Lines, LineChange{Bucket: bucket, Changed: true, Line: *l})
	return nil
}

// line is a copy of the line in these books, a new one when there is none.
func (m *mirroring) line(there *Line) (*Line, Bucket) {
	k := m.item(there.Item)
	holds := m.s.Order(m.order())
	if h, l := LineOf(holds, k); l != nil {
		c := *l
		return &c, h.Key.Bucket
	}
	l := &Line{
		Item: k, Call: calls(holds, m.Bucket), Channel: m.channel(there.Channel), Customer: there.Customer,
		CreatedAt: m.now, UpdatedAt: m.now,
	}
	if m.e.Call == nil {
		m.e.Call = &Call{HomeBucket: m.Bucket, HomeLocation: k.Location, HomeProduct: k.Product}
	}
	return l, m.Bucket
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
	for _, b := range took.Drawn {
		if n := len(l.Drawn) - 1; n >= 0 && l.Drawn[n].Account == b.Account {
			l.Drawn[n].Qty += b.Qty
			continue
		}
		l.Drawn = append(l.Drawn[:len(l.Drawn):len(l.Drawn)], b)
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
