package stock

import "slices"

// bookItem posts the changes of the entry to the item that are not in its lines.
func (m *mirroring) bookItem(there *ItemChange) *Refusal {
	d := m.draft(there.Key, there)
	if m.Event.Op == OpSaleStatus {
		m.turn(d, there)
	}
	if there.Shelf != nil {
		return m.look(d, there)
	}
	if !d.was.Tracked {
		return nil
	}
	held := slices.ContainsFunc(m.Event.Lines, func(l LineChange) bool { return l.Changed && l.Line.Item == there.Key })
	for _, p := range there.Postings {
		if p.Qty <= 0 || p.Qty > MaxQty {
			return malformed("a posting of %d", p.Qty)
		}
		if held && (p.From == Held || p.To == Held) {
			continue // its line says so
		}
		if r := m.post(d, p); r != nil {
			return r
		}
	}
	return nil
}

// turn sets the switch that was set there. The switches of other channels stay as they are
// here: the holder may not have heard of them.
func (m *mirroring) turn(d *draft, there *ItemChange) {
	channel := m.Event.Channel
	if channel == "" {
		d.to.OnSale = there.OnSale && !d.was.Retired
		return
	}
	_, off := slices.BinarySearch(there.Off, channel)
	at, is := slices.BinarySearch(d.was.Off, channel)
	switch {
	case off && !is:
		d.to.Off = slices.Insert(slices.Clone(d.was.Off), at, channel)
	case is && !off:
		d.to.Off = slices.Delete(slices.Clone(d.was.Off), at, at+1)
	}
}

// post books a posting of the holder's books in these books.
func (m *mirroring) post(d *draft, p Posting) *Refusal {
	from, to := p.From.pool(), p.To.pool()
	switch {
	case from && to, p.From == Granted && to, from && p.To == Granted:
		// Either within what it may sell, or these books gave the units or took them back.
	case from && p.To == HandedBack:
		m.handBack(d, p.Qty)
	case p.From == Granted && p.To == Oversold, from && p.To == Oversold:
		m.settleOwed(d, p.Qty)
	case from && p.To == Customer:
		for _, b := range m.takeEscrow(d, p.Qty, Customer, m.sells()) {
			sale{d, m.soldOn}.count(b.Account, b.Qty)
		}
	case from && p.To.seenBoth():
		m.takeEscrow(d, p.Qty, p.To, "")
	case p.From == Oversold && p.To == Granted:
		d.post(Oversold, escrowOf(d, m.Holder.Product).sharedAccount(), p.Qty)
	case to && p.From == Oversold:
		x := escrowOf(d, m.Holder.Product)
		d.post(Oversold, x.sharedAccount(), p.Qty)
		if cover := p.Qty - m.cover(d, p.Qty, m.channel(m.Event.Channel)); cover > 0 { // the till settles with these units what it owes
			x.record(m.Epoch).Added += cover
		}
	case to && p.From.seenBoth():
		takeThere(d, p.From, escrowOf(d, m.Holder.Product).sharedAccount(), p.Qty)
	case p.To == Oversold && p.From.seenBoth():
		n := p.Qty
		if !p.From.Outside() {
			n = min(n, d.balance(p.From))
		}
		settleRest(d, p.From, n)
	case p.From == Oversold && p.To == Customer:
		sale{d, m.sells()}.take(d.was.drawsAnyway(m.soldOn, m.now), p.Qty)
	case p.From == Oversold && p.To.seenBoth():
		d.post(Oversold, p.To, p.Qty)
	case p.From.seenBoth() && p.To.seenBoth():
		takeThere(d, p.From, p.To, p.Qty)
	default:
		return malformed("no till moves units from account %q to %q", p.From, p.To)
	}
	return nil
}

// seenBoth reports whether an account of a till is the same account in the books of its
// centre.
func (a Account) seenBoth() bool {
	switch a {
	case Withheld, Damaged, Quality, Supplier, Customer, Adjustment:
		return true
	}
	return false
}

// sells notes that units leave without a line, and returns the channel on which they do.
func (m *mirroring) sells() string {
	m.soldOn = m.channel(m.Event.Channel)
	return m.soldOn
}

// takeEscrow takes n units out of what the holder has, and returns from which accounts.
// Units that it lacks are covered first. A sale takes them in the order in which its channel
// draws, units of its quota first, wherever they are; anything else takes units of the pool
// first.
func (m *mirroring) takeEscrow(d *draft, n Qty, to Account, channel string) (took []Balance) {
	x := escrowOf(d, m.Holder.Product)
	sale := to == Held || to == Customer
	m.coverLack(d, n, m.channel(channel))
	accounts := m.drawingOrder(d, channel)
	if sale {
		m.exchange(d, n, channel)
	} else {
		accounts = x.accounts()
		slices.Reverse(accounts)
	}
	for _, a := range accounts {
		q := min(n, d.balance(a))
		if q == 0 {
			continue
		}
		if sale {
			a = x.settleSource(a)
		} else {
			x.quotaShrinks(a.source(), q)
		}
		d.post(a, to, q)
		took = append(took, Balance{a, q})
		n -= q
	}
	return took
}

// drawingOrder are the accounts of the holder in the order in which a sale on the channel takes
// from them.
func (m *mirroring) drawingOrder(d *draft, channel string) (all []Account) {
	for _, a := range m.draws(d, channel) {
		all = append(all, Escrow(m.Holder.Product, a))
	}
	for _, a := range escrowOf(d, m.Holder.Product).accounts() {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// draws is what a sale on the channel draws from. A till has no lots.
func (m *mirroring) draws(d *draft, channel string) []Account {
	return slices.DeleteFunc(d.was.drawsAnyway(channel, m.now), func(a Account) bool { return !a.pool() })
}

// settleOwed uses n units of the holder for what its books owed. They settle what is still
// owed here; the rest goes back to where it came from.
func (m *mirroring) settleOwed(d *draft, n Qty) {
	x := escrowOf(d, m.Holder.Product)
	m.coverLack(d, n, m.Channel)
	accounts := x.accounts()
	slices.Reverse(accounts) // units of the pool first: a quota does not pay for what was owed
	for _, a := range accounts {
		q := min(n, d.balance(a))
		rest := d.settle(q, a)
		x.quotaShrinks(a.source(), q-rest)
		x.giveBack(a, rest, m.now)
		n -= q
	}
}

// coverLack covers what the holder has less than n units.
func (m *mirroring) coverLack(d *draft, n Qty, channel string) {
	x := escrowOf(d, m.Holder.Product)
	if missing := n - x.has(); missing > 0 {
		d.post(Oversold, x.sharedAccount(), m.cover(d, missing, channel))
		x.record(m.Epoch).Added += missing
	}
}

// cover gives the holder up to n units as a sale on the channel would draw them, and returns
// how many there are not.
func (m *mirroring) cover(d *draft, n Qty, channel string) (missing Qty) {
	for _, a := range m.draws(d, channel) {
		q := min(n, d.balance(a))
		d.post(a, Escrow(m.Holder.Product, a), q)
		n -= q
	}
	return n
}

// exchange lets a sale of n units draw as one on the channel does, wherever the units are: as
// far as it would draw others than those that the holder has, the holder gets them for units
// of its own.
func (m *mirroring) exchange(d *draft, n Qty, channel string) {
	x := escrowOf(d, m.Holder.Product)
	order := m.drawingOrder(d, channel)
	for i, from := range m.draws(d, channel) {
		n -= min(n, d.balance(order[i]))
		for last := len(order) - 1; last > i; last-- {
			if q := min(n, d.balance(order[last]), d.balance(from)); q > 0 {
				x.giveBack(order[last], q, m.now)
				d.post(from, order[i], q)
				n -= q
			}
		}
	}
}

// takeThere posts n units from the account. Units that it lacks were never there, or have
// left since: they are oversold.
func takeThere(d *draft, from, to Account, n Qty) {
	if from.Outside() {
		d.post(from, to, n)
		return
	}
	d.post(Oversold, to, d.take(n, to, from))
}

// settleRest posts units that the holder's books used for what was oversold there. They
// settle what is still oversold here; the rest goes to the shared pool.
func settleRest(d *draft, from Account, n Qty) {
	d.post(from, Shared, d.settle(n, from))
}

// handBack posts n units of the holder back to where they came from.
func (m *mirroring) handBack(d *draft, n Qty) {
	x := escrowOf(d, m.Holder.Product)
	missing := x.reclaim(n, m.now)
	rec := x.record(m.Epoch)
	rec.Added += missing // given by books that lost the record of it
	rec.Capped, rec.Keep = false, 0
}
