package stock

// serve gives the order's line of the item what it waits for, at most n units that come
// from the account, and returns how many it got.
func (e *Event) serve(holds []*Hold, d *draft, from Account, n Qty, now Time) Qty {
	for _, h := range holds {
		l := h.Find(d.was.Key)
		if l == nil || !l.awaits() || l.Due(now) {
			continue
		}
		to := LineChange{Bucket: h.Key.Bucket, Changed: true, Line: *l}
		n = min(n, l.Waiting())
		d.post(from, Held, n)
		fillLine(d, &to.Line, Shared, n)
		if to.Line.Waiting() == 0 {
			d.removeWaiting(l.Channel)
		}
		to.Line.UpdatedAt = now
		e.Lines = append(e.Lines, to)
		e.fillCopy(holds, &to.Line, now)
		return n
	}
	return 0
}

// Posted is how many units the event moved from one account to another.
func (c *ItemChange) Posted(from, to Account) (n Qty) {
	for _, p := range c.Postings {
		if p.From == from && p.To == to {
			n += p.Qty
		}
	}
	return n
}
