package stock

// withdraw is the rule of a leg when the home has taken units of it back: the leg takes
// back the units that have left beyond the home's figure. A leg that had not yet learned
// that they were to leave has nothing to take back. It notes how many came back, so that an
// older figure of units that left is known to be older. Additional units held for a change
// stay as they are.
func (c Settle) withdraw(l *Line, d *draft, s State, now Time) (bool, *Refusal) {
	if c.Withdrawn <= l.Withdrawn {
		return false, nil
	}
	own := l.Own()
	if n := own.Confirmed - c.Confirmed; n > 0 {
		if own.End == EndExpired {
			return false, refuseEnded(&own)
		}
		if c.ByLot && own.OfLots() {
			own.Left = c.leftInOrder(&own)
		}
		own.comeBack(n, d, s, now)
		own.Deadline = c.Deadline
	}
	own.Withdrawn = c.Withdrawn
	if l.Leg.More != nil {
		more := *l.Leg.More
		more.End, more.Deadline = own.End, own.Deadline
		own.End, own.Deadline, own.Drawn = Open, l.Deadline, mergeDrawn(own.Drawn, more.Drawn)
		own.setMore(&more)
	}
	*l = own
	return true, nil
}

// leftInOrder is what has left of the leg. The units that, by the home's line, are back
// come last.
func (c Settle) leftInOrder(l *Line) []Balance {
	stays := c.Left
	if stays == nil && c.Confirmed > 0 {
		stays = []Balance{{Shared, c.Confirmed}}
	}
	left := l.Left
	if left == nil {
		left = []Balance{{Shared, l.Confirmed}}
	}
	back := left
	for _, b := range stays {
		back = subtractLast(back, b)
	}
	if total(back) != l.Confirmed-c.Confirmed {
		return l.Left // the home's line names other pools
	}
	for _, b := range back {
		left = subtractLast(left, b)
	}
	return append(left, back...)
}
