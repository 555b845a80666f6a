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
		for _, b := range m.takeEscrow(d, p.Qty, Uncounted) {
			settleRest(d, b.Account, b.Qty)
		}
	case from && p.To.seenBoth():
		m.takeEscrow(d, p.Qty, p.To)
	case p.From == Oversold && p.To == Granted:
		d.post(Oversold, escrowOf(d, m.Holder.Product).sharedAccount(), p.Qty)
	case to && p.From == Oversold:
		x := escrowOf(d, m.Holder.Product)
		d.post(Oversold, x.sharedAccount(), p.Qty)
		if cover := min(p.Qty, d.balance(Shared)); cover > 0 { // the till settles with these units what it owes
			d.post(Shared, x.sharedAccount(), cover)
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

// takeEscrow takes n units out of what the holder has, and returns from which accounts.
// Units that it lacks are covered first. With Uncounted as to nothing is posted from there
// yet.
func (m *mirroring) takeEscrow(d *draft, n Qty, to Account) (took []Balance) {
	x := escrowOf(d, m.Holder.Product)
	if missing := n - x.has(); missing > 0 {
		rest := d.take(missing, x.sharedAccount(), Shared)
		d.post(Oversold, x.sharedAccount(), rest)
		x.record(m.Epoch).Added += missing
	}
	for _, a := range x.accounts() {
		q := min(n, d.balance(a))
		if q == 0 {
			continue
		}
		if to != Uncounted {
			d.post(a, to, q)
		}
		took = append(took, Balance{a, q})
		n -= q
	}
	return took
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
