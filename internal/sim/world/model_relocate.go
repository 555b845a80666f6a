package world

// relocate moves the units that the order's line holds to another location. There they become the
// same kind of line, or join the line that the order has there.
func (s *shop) relocate(c *command, now int64, o *outcome) *outcome {
	stored := s.find(c.order, c.item)
	if stored == nil {
		return o.refuse("NOT_FOUND")
	}
	here, to := stored.expireAt(now), c.goal()
	old := s.find(c.order, to)
	there := line{itemKey: to, channel: here.channel, want: here.want}
	if old != nil {
		there = old.expireAt(now)
	}
	n := c.qty
	switch {
	case here.state != active && !here.lapsed && !here.left && there.held > 0 && here.channel != "" && here.channel != there.channel:
		return o.refuse("ALREADY_EXISTS") // what is there came another way
	case here.state != active && !here.lapsed && !here.left && there.held > 0:
		o.reservations = append(o.reservations, here, there)
		return o // it was carried out before
	case here.state != active && here.lapsed:
		return o.refuse("RESERVATION_EXPIRED")
	case here.state != active:
		return o.refuse("INVALID_STATE")
	case n == 0:
		n = here.held
	case n > here.held:
		return o.refuse("INVALID_STATE")
	case n < here.held && c.key == "":
		return o.refuse("INVALID_ARGUMENT")
	}
	switch {
	case old != nil && there.state != active && there.left:
		return o.refuse("INVALID_STATE")
	case old != nil && there.state != active && there.lapsed:
		return o.refuse("RESERVATION_EXPIRED")
	case here.channel != "" && here.channel != there.channel, here.want != "" && here.want != there.want:
		return o.refuse("ALREADY_EXISTS")
	case there.held > 0 && there.deadline != here.deadline:
		return o.refuse("INVALID_STATE") // neither gets the deadline, or the commit, of the other
	}
	it := s.item(to)
	if has := it.drawable(there.channel, there.want, now); has < n {
		o.refuse("INSUFFICIENT_STOCK")
		lacks := shortage{to.product, to.location, there.held + n, there.held + has, ""}
		if it.off {
			lacks.Reason = "not_on_sale"
		}
		o.shorts = []shortage{lacks}
		return o
	}
	o.moved = n
	s.leave(stored, here, n, now, o)
	s.come(c.order, old, there, here.deadline, n, now, o)
	return o
}

// goal is where a relocation goes.
func (c *command) goal() itemKey { return itemKey{c.item.product, c.to} }

// leave gives n units of the line back.
func (s *shop) leave(stored *line, l line, n, now int64, o *outcome) {
	was := l
	it := s.item(l.itemKey)
	it.giveUnitsBack(&l, n, "", now)
	l.held -= n
	l.released += n
	if l.held == 0 {
		l.end(cancelled)
	}
	o.reservations = append(o.reservations, l)
	o.changes = append(o.changes, func() {
		*stored = l
		s.touch(l.itemKey, func(it *item) { it.giveUnitsBack(&was, n, "", now) })
	})
}

// come lets the order's line hold n units more; old is nil when there is none yet. One
// that holds nothing until then gets the deadline.
func (s *shop) come(order string, old *line, l line, deadline, n, now int64, o *outcome) {
	if old == nil {
		l.requested = n
	}
	if l.state != active {
		l.deadline = deadline
	}
	was := l
	it := s.item(l.itemKey)
	it.grow(&l, n, now)
	l.held += n
	l.state, l.lapsed, l.left = active, false, false
	o.reservations = append(o.reservations, l)
	o.changes = append(o.changes, func() {
		if old == nil {
			old = &line{}
			s.orders[order] = append(s.orders[order], old)
		}
		*old = l
		s.touch(l.itemKey, func(it *item) { it.grow(&was, n, now) })
	})
}

// The two halves of a relocation, as the histories of both items have them.
const (
	left = "relocated from"
	came = "relocated to"
)

// half is what of the relocation the history of one item has.
func (c *command) half(k itemKey) *command {
	h := *c
	h.item = k
	if h.verb = left; k == c.goal() {
		h.verb = came
	}
	return &h
}

// relocated is one half of a relocation that came about.
func (s *shop) relocated(c *command, now int64, o *outcome) *outcome {
	stored := s.find(c.order, c.item)
	if c.verb == left {
		if stored == nil || stored.expireAt(now).held < c.qty {
			return o.refuse("NOT_FOUND")
		}
		s.leave(stored, stored.expireAt(now), c.qty, now, o)
		return o
	}
	l := line{itemKey: c.item, channel: c.channel, want: c.want}
	if stored != nil {
		l = stored.expireAt(now)
	}
	if it := s.item(c.item); it.drawable(l.channel, l.want, now) < c.qty {
		return o.refuse("INSUFFICIENT_STOCK")
	}
	s.come(c.order, stored, l, c.until, c.qty, now, o)
	return o
}
