package stock

// Release gives held units back to where they were drawn from.
type Release struct {
	Target
	Note Note
}

// Op names the command.
func (c Release) Op() Op { return OpRelease }

func (c Release) decide(s State, now Time) (Event, error) {
	return c.judgeEach(s, now, OpRelease, c.Note, c.line)
}

func (c Release) line(l *Line, d *draft) (bool, *Refusal) {
	if l.End != Open {
		if c.repeats(l.Released > 0, l.LastReleased, l.Released, l.Confirmed) {
			return false, nil
		}
		return false, refuseEnded(l)
	}
	n, r := c.units(l)
	if r != nil {
		return false, r
	}
	if lot := c.Item.LotOf(); lot != "" {
		l.Drawn = lot.giveBack(l, n, d)
	} else {
		l.Drawn = giveBack(l, n, d)
	}
	l.gaveBack(n)
	return true, nil
}

// gaveBack notes n units as given back.
func (l *Line) gaveBack(n Qty) {
	l.Released += n
	l.LastReleased = n
	if l.Drawn == nil {
		l.End = EndReleased
	}
}

// giveBack posts n units of the line back to where they were drawn from, last drawn first,
// and returns what is still drawn, nil when nothing is. Without a draft it posts nothing.
func giveBack(l *Line, n Qty, d *draft) (rest []Balance) {
	rest = returned(l, n, d)
	if d != nil && l.Waiting() > 0 && waiting(rest) == 0 {
		d.removeWaiting(l.Channel)
	}
	return rest
}

// returned is giveBack without the count of the orders that wait.
func returned(l *Line, n Qty, d *draft) (rest []Balance) {
	for i := len(l.Drawn) - 1; i >= 0; i-- {
		b := l.Drawn[i]
		back := min(n, b.Qty)
		if d != nil && b.Account != Uncounted {
			d.returnUnits(l, b.Account, back)
		}
		n -= back
		if n == 0 {
			rest = append(rest, l.Drawn[:i]...)
			if b.Qty > back {
				rest = append(rest, Balance{b.Account, b.Qty - back})
			}
			return rest
		}
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c Release) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpRelease)))
	return c.Note.appendCanonical(dst)
}

func (c Release) append(dst []byte) []byte { return c.Note.append(c.Target.append(dst)) }
