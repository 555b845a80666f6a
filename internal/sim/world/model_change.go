package world

import "slices"

// change brings the named lines to the units that they are to hold. With replace it gives back the
// order's other lines.
func (s *shop) change(c *command, now int64, o *outcome) *outcome {
	if len(s.orders[c.order]) == 0 && !c.known {
		return o.refuse("NOT_FOUND")
	}
	asks := slices.Clone(c.lines)
	for _, l := range s.orders[c.order] {
		named := slices.ContainsFunc(asks, func(d demand) bool { return d.itemKey == l.itemKey })
		if c.replace && !named && l.state == active && !l.isPast(now) {
			asks = append(asks, demand{l.itemKey, 0})
		}
	}
	if s.hasExpired(c.order, now) && slices.ContainsFunc(asks, func(d demand) bool { return s.holdsAnew(c.order, d) }) {
		return o.refuse("RESERVATION_EXPIRED")
	}
	var short []shortage
	for _, d := range asks {
		stored := s.find(c.order, d.itemKey)
		l := line{itemKey: d.itemKey, requested: d.qty}
		if stored != nil {
			l = stored.expireAt(now)
		}
		switch {
		case stored == nil:
		case l.state != active && l.left:
			return o.refuse("INVALID_STATE")
		case l.state != active && l.lapsed && d.qty > 0:
			return o.refuse("RESERVATION_EXPIRED")
		case l.state == active && l.deadline == 0 && d.qty != l.held: // it is given a deadline
			return o.refuse("INVALID_STATE")
		}
		it := s.item(d.itemKey)
		if more := d.qty - l.held; more > it.drawable(l.channel, l.want, now) {
			lacks := shortage{d.product, d.location, d.qty, l.held + it.drawable(l.channel, l.want, now), ""}
			if it.off {
				lacks.Reason = "not_on_sale"
			}
			short = append(short, lacks)
			continue
		}
		s.bring(c, now, stored, l, d.qty, o)
	}
	if short != nil {
		o.refuse("INSUFFICIENT_STOCK")
		o.shorts = short
	}
	return o
}

// hasExpired reports whether the order holds nothing any longer, and not because all its lines were ended by
// somebody.
func (s *shop) hasExpired(order string, now int64) (some bool) {
	for _, stored := range s.orders[order] {
		l := stored.expireAt(now)
		if l.state == active {
			return false
		}
		some = some || l.lapsed
	}
	return some
}

// holdsAnew reports whether the order would hold units of an item of which it has no line, or one that was given
// back.
func (s *shop) holdsAnew(order string, d demand) bool {
	stored := s.find(order, d.itemKey)
	return d.qty > 0 && (stored == nil || stored.state != active && !stored.lapsed && !stored.left)
}

// bring is what a change does to one line.
func (s *shop) bring(c *command, now int64, stored *line, l line, n int64, o *outcome) {
	if stored == nil && n == 0 {
		return
	}
	more, was := n-l.held, l
	if named := slices.ContainsFunc(c.lines, func(d demand) bool { return d.itemKey == l.itemKey }); named && n > 0 && (l.state != active || l.deadline != 0) {
		l.deadline = now + c.ttl*1000
	}
	leave := func(it *item, l *line) {
		switch {
		case more > 0:
			it.grow(l, more, now)
		case more < 0:
			it.giveUnitsBack(l, -more, "", now)
		}
	}
	it := s.item(l.itemKey)
	leave(&it, &l)
	switch l.held = n; {
	case more > 0:
		l.state, l.lapsed, l.left = active, false, false
	case more < 0:
		l.released -= more
		if n == 0 {
			l.end(cancelled)
		}
	}
	o.reservations = append(o.reservations, l)
	if more == 0 && l.deadline == was.deadline {
		return
	}
	after := l
	o.changes = append(o.changes, func() {
		if stored == nil {
			stored = &line{}
			s.orders[c.order] = append(s.orders[c.order], stored)
		}
		*stored = after
		if more != 0 {
			s.touch(l.itemKey, func(it *item) { leave(it, &was) })
		}
	})
}

// grow lets the line have n units more, of which there are enough. If its channel is
// kept since it was made, all of it counts there from now on.
func (it *item) grow(l *line, n, now int64) {
	if counts := it.channel(l.channel) != nil; l.held == 0 {
		l.counts = counts
	} else if counts && !l.counts {
		l.counts = true
		for _, d := range l.drawn {
			it.count(l, d.from, d.n, 0)
		}
	}
	it.held += n
	for _, p := range it.draws(l.channel, l.want, now) {
		took := min(n, it.has[p])
		if took == 0 {
			continue
		}
		it.has[p] -= took
		n -= took
		it.count(l, p, took, 0)
		at := slices.IndexFunc(l.drawn[:], func(d portion) bool { return d.n == 0 || d.from == p })
		l.drawn[at] = portion{p, l.drawn[at].n + took}
	}
}
