package stock

// Confirm lets held units leave to the customer.
type Confirm struct {
	Target
	// At is when they left; 0: just now. It is no part of what makes two requests the same.
	At   Time
	Note Note
}

// Op names the command.
func (c Confirm) Op() Op { return OpConfirm }

func (c Confirm) decide(s State, now Time) (Event, error) {
	if c.At == 0 {
		return c.judgeEach(s, now, OpConfirm, c.Note, c.line)
	}
	at := min(c.At, now)
	e, err := c.judgeEach(s, now, OpConfirm, c.Note, func(l *Line, d *draft) (bool, *Refusal) {
		changed, r := c.line(l, d)
		if changed && d != nil {
			amendLook(d, at, now)
		}
		return changed, r
	})
	if err == nil && len(e.Items) > 0 {
		e.Happened = at
	}
	return e, err
}

func (c Confirm) line(l *Line, d *draft) (bool, *Refusal) {
	if l.End != Open {
		if c.repeats(l.End == EndConfirmed, l.LastConfirmed, l.Confirmed, l.Released) {
			return false, nil
		}
		return false, refuseEnded(l)
	}
	n, r := c.units(l)
	if r != nil {
		return false, r
	}
	if l.Waiting() > 0 {
		var p *Promises
		if d != nil {
			p = d.was.Promises
		}
		if n, r = c.confirmable(l, n, p); r != nil || n == 0 {
			return false, r
		}
	}
	var rest []Balance
	took := l.Drawn
	if lot := c.Item.LotOf(); lot != "" {
		took, rest = lot.firstOf(l.Drawn, n)
	} else {
		rest = dropFirst(l.Drawn, n)
	}
	l.sellFirst(took, rest, n, d)
	return true, nil
}

// sellFirst lets n units leave, the first of those it took; rest is what is still drawn.
func (l *Line) sellFirst(took, rest []Balance, n Qty, d *draft) {
	if d != nil && l.counted() {
		d.post(Held, Customer, n)
		d.sell(l, took, n)
	}
	if l.counted() {
		l.leave(took, n)
	}
	l.Drawn = rest
	l.Confirmed += n
	l.LastConfirmed = n
	if l.Drawn == nil {
		l.End = EndConfirmed
	}
}

// counted reports whether the units of the open line are those of a tracked
// item.
func (l *Line) counted() bool { return l.Drawn[0].Account != Uncounted }

// dropFirst takes n > 0 units away in the order of drawing and returns what
// is still drawn, nil when nothing is.
func dropFirst(drawn []Balance, n Qty) []Balance {
	for i, b := range drawn {
		if b.Qty > n {
			return append([]Balance{{b.Account, b.Qty - n}}, drawn[i+1:]...)
		}
		n -= b.Qty
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c Confirm) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpConfirm)))
	return c.Note.appendCanonical(dst)
}

func (c Confirm) append(dst []byte) []byte { return c.Note.append(c.Target.append(dst)) }
