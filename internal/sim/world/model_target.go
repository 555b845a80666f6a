package world

// describeConflict is why a reserve of n units cannot have the line that the order has,
// "" when it is the same reserve.
func (l *line) describeConflict(n int64, c *command) string {
	switch {
	case l.state != active && l.lapsed:
		return "RESERVATION_EXPIRED"
	case l.state != active:
		return "INVALID_STATE"
	case l.requested != n || l.channel != c.channel || l.want != c.want:
		return "ALREADY_EXISTS"
	}
	return ""
}

// target is release, deduct, commit and extend.
func (s *shop) target(c *command, now int64, o *outcome) *outcome {
	lines := s.orders[c.order]
	if c.item.product != "" {
		if l := s.find(c.order, c.item); l != nil {
			lines = []*line{l}
		} else {
			lines = nil
		}
	}
	if len(lines) == 0 {
		return o.refuse("NOT_FOUND")
	}
	refused, granted := "", false
	for _, stored := range lines {
		l := stored.expireAt(now)
		code := s.take(c, now, stored, &l, o)
		o.reservations = append(o.reservations, l)
		switch {
		case code == "":
			granted = true
		case refused == "" || code == "RESERVATION_EXPIRED":
			refused = code
		}
	}
	if !granted {
		return o.refuse(refused)
	}
	return o
}

// take is what a call does to one line, or the code of the refusal.
func (s *shop) take(c *command, now int64, stored, l *line, o *outcome) string {
	if c.verb == "commit" || c.verb == "extend" {
		return l.endLine(c, now, stored, o)
	}
	deduct := c.verb == "deduct"
	if l.state != active {
		did, last, all, other := l.released > 0, l.lastReleased, l.released, l.deducted
		if deduct {
			did, last, all, other = l.left, l.lastDeducted, l.deducted, l.released
		}
		again := c.qty == 0 && did || c.qty > 0 && c.qty == last &&
			(c.key == "" || last == all && other == 0) // another key is another part, except of what went in one call
		switch {
		case again:
			return ""
		case l.lapsed:
			return "RESERVATION_EXPIRED"
		}
		return "INVALID_STATE"
	}
	n, has := c.qty, l.drawn.count(c.want)
	if c.want == "" {
		has = l.held
	}
	if n == 0 {
		n = has
	}
	switch {
	case has == 0 || n > has:
		return "INVALID_STATE"
	case n < l.held && c.key == "":
		return "INVALID_ARGUMENT"
	}
	l.held -= n
	if deduct {
		l.deducted += n
		l.lastDeducted = n
	} else {
		l.released += n
		l.lastReleased = n
	}
	if l.held == 0 {
		l.end(map[bool]string{true: confirmed, false: cancelled}[deduct])
	}
	leave := func(it *item, l *line) {
		if deduct {
			it.sell(l, n, c.want)
		} else {
			it.giveUnitsBack(l, n, c.want, now)
		}
	}
	it := s.item(l.itemKey)
	leave(&it, l) // what it still holds is to be shown
	after := *l
	o.changes = append(o.changes, func() {
		was := *stored
		*stored = after
		if !stored.away {
			s.touch(stored.itemKey, func(it *item) { leave(it, &was) })
		}
	})
	return ""
}

// endLine is what commit and extend do to one line: they change how long it holds
// its units, and no unit moves.
func (l *line) endLine(c *command, now int64, stored *line, o *outcome) string {
	until := int64(0)
	switch {
	case c.verb == "commit" && (l.left || l.state == active && l.deadline == 0):
		return "" // it is so, or was until the units left
	case l.state != active && l.lapsed:
		return "RESERVATION_EXPIRED"
	case l.state != active:
		return "INVALID_STATE"
	case c.verb == "extend" && l.deadline == 0:
		return "INVALID_STATE"
	case c.verb == "extend":
		until = now + c.ttl*1000
	}
	if l.deadline == until {
		return ""
	}
	l.deadline = until
	after := *l
	o.changes = append(o.changes, func() { *stored = after })
	return ""
}

// expire carries out that the line's deadline has passed.
func (s *shop) expire(l *line, now int64) {
	n, was := l.held, *l
	*l = l.expireAt(now)
	if !l.away {
		s.touch(l.itemKey, func(it *item) { it.giveUnitsBack(&was, n, "", now) })
	}
}
