package stock

import "slices"

// An order of the centre that a till took on is carried out in the line that the order has
// here, by the ordinary rules. If the order had ended here, or another till keeps it, the
// units that the till gave out have left the house all the same (serveLate).

// online reports whether the entry is about the lines of an order that was made in these books.
func (m *mirroring) online() bool {
	_, ok := OfCentre(m.Event.Order)
	return ok && m.Event.Op != OpReturn && slices.ContainsFunc(m.Event.Lines, func(l LineChange) bool { return l.Changed })
}

// bookOnline carries out what the entry says of an order of these books.
func (m *mirroring) bookOnline() error {
	switch m.Event.Op {
	case OpAccept, OpDecline:
		return m.answerOffer()
	case OpCancelRefuse:
		return m.refuseCancel()
	}
	late := false
	for i := range m.Event.Lines {
		there := &m.Event.Lines[i].Line
		if !m.Event.Lines[i].Changed || !m.concerns(there.Item) {
			continue
		}
		h, l := LineOf(m.s.Order(m.order()), m.item(there.Item))
		switch {
		case l != nil && l.Kept != nil && l.Kept.Holder == m.Holder.Product:
			if err := m.followLine(h.Key.Bucket, l, there); err != nil {
				return err
			}
		case l != nil && l.End == EndConfirmed && l.Kept == nil: // it was sold here: these are the same units
		default:
			late = m.serveLate(there) || late
		}
	}
	if err := m.end(); err != nil {
		return err
	}
	if late {
		m.e.Op = OpServeLate
	}
	return nil
}

// answerOffer lets the till keep the order, or gives back what it declines. It does so for
// the whole order, or not at all when a line is not as it was offered.
func (m *mirroring) answerOffer() error {
	holds := m.s.Order(m.order())
	for i := range m.Event.Lines {
		there := &m.Event.Lines[i].Line
		if !m.concerns(there.Item) {
			continue
		}
		if _, l := LineOf(holds, m.item(there.Item)); l == nil || !l.Offered() || l.Quantity() != there.Requested {
			return nil
		}
	}
	for i := range m.Event.Lines {
		there := &m.Event.Lines[i].Line
		if !m.concerns(there.Item) {
			continue
		}
		h, l := LineOf(holds, m.item(there.Item))
		to, d := *l, m.draft(there.Item, nil)
		if m.Event.Op == OpDecline {
			if _, r := (Release{}).line(&to, d); r != nil {
				return r
			}
		} else {
			to.Kept = &Kept{Holder: m.Holder.Product}
		}
		m.changeLine(h.Key.Bucket, l, &to)
	}
	return m.end()
}

// followLine brings a line that the till keeps to its state in the till's books.
func (m *mirroring) followLine(b Bucket, l, there *Line) error {
	sold := there.Confirmed - l.Confirmed
	back := l.Quantity() - there.Quantity() - sold
	if back < 0 || -sold > l.Confirmed || sold > l.Quantity() || there.Quantity() < 0 {
		return malformed("a reservation of product %q lost or won units", there.Item.Product)
	}
	to, d := *l, m.draft(there.Item, nil)
	switch {
	case sold > 0:
		if _, r := (Confirm{Target: Target{Qty: sold, Keyed: true}}).line(&to, d); r != nil {
			return r
		}
	case sold < 0:
		to.comeBack(-sold, d, m.s, m.now)
	}
	if back > 0 {
		if _, r := (Release{Target: Target{Qty: back, Keyed: true}}).line(&to, d); r != nil {
			return r
		}
	}
	if to.End == EndReleased && to.Confirmed == 0 {
		to.Kept = nil
	}
	if sold != 0 || back != 0 {
		m.changeLine(b, l, &to)
	}
	return nil
}

// refuseCancel notes that the till does not cancel the order. A request that came later
// stays open.
func (m *mirroring) refuseCancel() error {
	for i := range m.Event.Lines {
		there := &m.Event.Lines[i].Line
		if !m.concerns(there.Item) || there.Kept == nil {
			continue
		}
		h, l := LineOf(m.s.Order(m.order()), m.item(there.Item))
		if l == nil || l.End != Open || l.Kept == nil || l.Kept.Holder != m.Holder.Product || !l.Kept.Wanted() || l.Kept.Asked != there.Kept.Asked {
			continue
		}
		to := *l
		to.Kept = &Kept{Holder: l.Kept.Holder, Asked: l.Kept.Asked, Refused: true}
		m.draft(there.Item, nil)
		m.changeLine(h.Key.Bucket, l, &to)
	}
	return m.end()
}

func (m *mirroring) changeLine(b Bucket, was, to *Line) {
	to.UpdatedAt = m.now
	m.e.Lines = append(m.e.Lines, LineChange{Bucket: b, Changed: true, Line: *to})
	m.lines = append(m.lines, [2]*Line{was, to})
}

// serveLate posts what the till gave out, or took back again, for an order that is not the
// till's here, as a sale of the order's channel draws. Units that there are not are oversold.
func (m *mirroring) serveLate(there *Line) bool {
	some := false
	of := m.stateAtHolder(there.Item)
	if of == nil {
		return false
	}
	d := m.draft(there.Item, of)
	if !d.was.Tracked {
		return false
	}
	for _, p := range of.Postings {
		switch {
		case p.From == Held && p.To == Customer:
			m.soldOn = m.channel(there.Channel)
			sale{d, m.soldOn}.take(d.was.drawsAnyway(m.soldOn, m.now), p.Qty)
			some = true
		case p.From == Customer && p.To == Held:
			settleRest(d, Customer, p.Qty)
			some = true
		}
	}
	return some
}
