package stock

// A fact may be reported later than it happened: a till's record, a sale elsewhere. What was on the shelf when somebody
// looked is then known better than before. So a fact from before the latest look changes the difference that the look
// found, and not the balance after it: whoever looked has seen its effect already.

// amendLook posts what a draft moved onto the shelf, or off it, against the difference of the latest look, if it
// happened before that look. A fact of the same millisecond counts as one after it: a holder's own records do.
func amendLook(d *draft, happened, now Time) {
	if happened == 0 || happened >= now || happened >= d.was.Seen.AsOf || d.to.Seen != d.was.Seen || !d.was.Tracked {
		return
	}
	if moved := movedOnShelf(d); moved > 0 {
		missing := d.take(moved, Adjustment, append(d.was.lacking(), gained(d)...)...)
		d.post(Oversold, Adjustment, missing)
	} else {
		d.postArrival(Adjustment, Shared, -moved, now)
	}
}

// gained lists the accounts for sale or set aside that have more than before: what came there may leave again.
// Only its holder takes from an escrow, and only a transfer from what is in transit.
func gained(d *draft) (all []Account) {
	for _, t := range d.to.Touched {
		_, _, escrow := t.Account.Escrow()
		if (t.Account.Sellable() || t.Account.SetAside()) && !escrow && t.Qty > d.was.Of(t.Account) {
			all = append(all, t.Account)
		}
	}
	return all
}

// movedOnShelf is how many units a draft added to those that should be on the shelf: those on hand less those
// oversold.
func movedOnShelf(d *draft) (n Qty) {
	for _, t := range d.to.Touched {
		if t.Account.Physical() || t.Account == Oversold {
			n += t.Qty - d.was.Of(t.Account)
		}
	}
	return n
}

// noteMoment notes in the event when a fact about the draft's item happened, where somebody has said so, and amends the
// latest look.
func noteMoment(e *Event, d *draft, happened, now Time) {
	if happened != 0 && d.was.Tracked {
		e.Happened = min(happened, now)
		amendLook(d, e.Happened, now)
	}
}

// happenedAt is the moment of the commands that may have one, 0 for others.
func happenedAt(c Command) Time {
	switch c := c.(type) {
	case Confirm:
		return c.At
	case Restock:
		return c.At
	case Return:
		return c.At
	case Adjust:
		return c.At
	case WriteBack:
		return c.At
	}
	return 0
}

// happening is the command as of a moment, nil if it has none.
func happening(c Command, at Time) Command {
	switch c := c.(type) {
	case Confirm:
		c.At = at
		return c
	case Restock:
		c.At = at
		return c
	case Return:
		c.At = at
		return c
	case Adjust:
		c.At = at
		return c
	case WriteBack:
		c.At = at
		return c
	}
	return nil
}
