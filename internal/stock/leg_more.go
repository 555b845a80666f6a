package stock

import "slices"

// More are additional units that a leg holds for a change of its line, until the home of
// the line has decided it. They are among what the line has drawn. The home, and its
// totals, do not include them before that.
type More struct {
	// Key and Print are those of the change, as Leg.Key is of the reserve call. A process
	// that finds the units undecided closes the change under that key before anything is
	// given back.
	Key, Print [16]byte
	Drawn      []Balance
	// End is how the leg's own units have ended, Open while it holds some. Deadline is
	// theirs; the line has the deadline at which the leg asks its home.
	End      End
	Deadline Time
}

// Equal reports whether the legs are the same in every field, or both none.
func (l *Leg) Equal(o *Leg) bool {
	if l == nil || o == nil {
		return l == o
	}
	if (l.More == nil) != (o.More == nil) || l.More != nil && !l.More.equal(o.More) {
		return false
	}
	a, b := *l, *o
	a.More, b.More = nil, nil
	return a == b
}

func (m *More) equal(o *More) bool {
	return m.Key == o.Key && m.Print == o.Print && m.End == o.End && m.Deadline == o.Deadline && slices.Equal(m.Drawn, o.Drawn)
}

// Own is the line without the additional units for a change: the line as its home knows it.
func (l Line) Own() Line {
	if l.Leg == nil || l.Leg.More == nil {
		return l
	}
	if l.Drawn = subtractUnits(l.Drawn, l.Leg.More.Drawn); l.Drawn == nil {
		l.End = l.Leg.More.End
	}
	l.Deadline = l.Leg.More.Deadline
	l.setMore(nil)
	return l
}

// OfLots reports whether units of the line are, or were, of lots.
func (l *Line) OfLots() bool {
	ofLot := func(b Balance) bool {
		_, _, of := b.Account.Lot()
		return of
	}
	return slices.ContainsFunc(l.Drawn, ofLot) || slices.ContainsFunc(l.Left, ofLot)
}

// MayBeOfLots is OfLots, and also true for every line that has given units back: a lot that
// was released by its name leaves no trace in the line.
func (l *Line) MayBeOfLots() bool { return l.Released > 0 || l.OfLots() }

// LegOf finds the order's leg of the item and the hold it is in, nil when there is none.
// The slot may have the home's copy of it as well.
func LegOf(holds []*Hold, item ItemKey) (in *Hold, leg *Line) {
	for _, h := range holds {
		if l := h.Find(item); l != nil && l.Follows() && !l.Leg.Undone {
			return h, l
		}
	}
	return nil, nil
}

// KnownBy is the leg as known by the home that has the copy: without the additional units
// for a change that the copy has not joined.
func (l *Line) KnownBy(home *Line) *Line {
	if l.Leg == nil || l.Leg.More == nil || home.Leg == nil || home.Leg.Joined == l.Leg.More.Key {
		return l
	}
	own := l.Own()
	return &own
}

// setMore replaces the additional units.
func (l *Line) setMore(m *More) {
	leg := *l.Leg
	leg.More = m
	l.Leg = &leg
}

// settleMore settles a leg that holds additional units for a change.
func (c Settle) settleMore(l *Line, d *draft) (bool, *Refusal) {
	more := *l.Leg.More
	switch none := [16]byte{}; {
	case c.Undo && (c.Joined == more.Key || c.Joined == none):
		for _, b := range slices.Backward(more.Drawn) {
			if b.Account != Uncounted {
				d.returnUnits(l, b.Account, b.Qty)
			}
		}
		*l = l.Own()
		if c.Joined == none && l.End == Open {
			return c.follow(l, d)
		}
		return true, nil
	case c.Joined == more.Key:
		l.Deadline = more.Deadline
		l.setMore(nil)
		_, r := c.follow(l, d)
		return r == nil, r
	case c.Undo:
		return false, nil // of another change
	}
	own := l.Own()
	if own.End != Open {
		return false, nil
	}
	if changed, r := c.follow(&own, d); !changed {
		return false, r
	}
	more.End, more.Deadline = own.End, own.Deadline
	own.End, own.Deadline, own.Drawn = Open, l.Deadline, mergeDrawn(own.Drawn, more.Drawn)
	own.setMore(&more)
	*l = own
	return true, nil
}

// subtractUnits returns the units without some of them, nil when nothing is left.
func subtractUnits(of, some []Balance) []Balance {
	for _, b := range some {
		of = subtractLast(of, b)
	}
	if len(of) == 0 {
		return nil
	}
	return of
}

func (l *Leg) append(dst []byte) []byte {
	joined := l.Joined != ([16]byte{})
	dst = appendUint(dst, bit(l.Copy, legCopy)|bit(l.Undone, legUndone)|bit(joined, legJoined)|bit(l.More != nil, legMore))
	dst = append(append(dst, l.Key[:]...), l.Print[:]...)
	if joined {
		dst = append(dst, l.Joined[:]...)
	}
	if m := l.More; m != nil {
		dst = append(append(append(dst, m.Key[:]...), m.Print[:]...), byte(m.End))
		dst = appendBalances(appendInt(dst, int64(m.Deadline)), m.Drawn)
	}
	return dst
}

func (s *byteReader) leg() *Leg {
	bits := s.bitmap(legKnown)
	l := &Leg{Copy: bits&legCopy != 0, Undone: bits&legUndone != 0}
	s.fill(l.Key[:])
	s.fill(l.Print[:])
	if bits&legJoined != 0 {
		s.fill(l.Joined[:])
		s.want(l.Copy && l.Joined != ([16]byte{}))
	}
	if bits&legMore != 0 {
		l.More = &More{}
		s.fill(l.More.Key[:])
		s.fill(l.More.Print[:])
		l.More.End, l.More.Deadline = End(s.byte()), Time(s.int())
		l.More.Drawn = s.readBalances()
		s.want(!l.Copy && !l.Undone && l.More.End <= EndExpired)
	}
	return l
}
