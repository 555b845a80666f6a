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
		missing := d.take(moved, Adjustment, append([]Account{Shared}, d.was.quotas()...)...)
		d.post(Oversold, Adjustment, missing)
	} else {
		d.postArrival(Adjustment, Shared, -moved, now)
	}
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
