package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// ofHolder returns the holder whose log the event was carried out from.
func (e *followedEvent) ofHolder() (holder string, ok bool) {
	for i := range e.Items {
		if holder, ok = e.Items[i].Key.OfHolder(); ok {
			return holder, true
		}
	}
	return "", false
}

// checkMirrored says what is wrong with a line that a holder's log brought to its
// state in the holder's books: it has no deadline, holds units of the holder only,
// and loses none.
func checkMirrored(old, l *stock.Line, holder string, e *followedEvent) string {
	for _, d := range l.Drawn {
		if of, _, ok := d.Account.Escrow(); d.Account != stock.Uncounted && (!ok || of != holder) {
			return fmt.Sprintf("a line of till %s has drawn %d from account %q", holder, d.Qty, d.Account)
		}
	}
	switch {
	case l.Leg != nil || l.Deadline != 0 || l.UpdatedAt != e.at || l.Tallied && !l.Counted || l.Period != 0 && l.Customer == "":
		return fmt.Sprintf("a line of a till is %+v", *l)
	case old != nil && old.Counted && !l.Counted:
		return "a line of a till counts in figures of channels no longer"
	case old == nil && l.Returned != 0 || old != nil && l.Returned != old.Returned:
		return fmt.Sprintf("%s of a till changes what was returned of the line to %d", e.Op, l.Returned)
	case old == nil && (e.Call == nil || l.CreatedAt != e.at):
		return "a line of a till is new and of no reserve call"
	case old == nil:
		return ""
	case l.Call != old.Call || l.Channel != old.Channel || l.Customer != old.Customer || l.Period != old.Period || l.CreatedAt != old.CreatedAt:
		return fmt.Sprintf("%s of a till changes what was asked", e.Op)
	case l.Quantity()+l.Confirmed+l.Released < old.Quantity()+old.Confirmed+old.Released:
		return fmt.Sprintf("%s of a till loses units of the line: %+v before, %+v now", e.Op, *old, *l)
	}
	return ""
}

// checkTakenOver says what is wrong with a line that its holder no longer keeps.
func checkTakenOver(old, l *stock.Line, e *followedEvent) string {
	if old == nil {
		return "a line is taken over that was never placed"
	}
	want := *old
	want.UpdatedAt, want.Drawn, want.Left, want.Kept = e.at, l.Drawn, l.Left, l.Kept
	want.Tallied, want.Counted = l.Tallied, false
	switch {
	case !want.Equal(l) || total(l.Drawn) != total(old.Drawn) || total(l.Left) != total(old.Left):
		return fmt.Sprintf("taking over leaves the line as %+v, it was %+v", *l, *old)
	case old.Drawn == nil && old.Left == nil && old.Kept == nil:
		return "a line is taken over that no till kept"
	}
	if _, kept := l.KeptBy(); kept {
		return "a line is taken over, and a till keeps it"
	}
	return ""
}

// mustTally reports whether the line must say, as of this event, whether the item keeps a
// record of its channel. A line of a till from before figures had the sales of tills never
// says so.
func (e *followedEvent) mustTally(old, l *stock.Line) bool {
	grown := old == nil || l.Quantity() > old.Quantity()
	if holder, ok := e.ofHolder(); ok && !stock.IsRedisHolder(holder) && !online(old, holder, e) {
		return grown && l.Counted
	}
	return e.Op == stock.OpPlace || (e.Op == stock.OpChange || e.Op == stock.OpRelocate) && grown
}

// followTillChannel is the record as it must be after an entry of a till's log: what its lines
// hold is compared with them afterwards, what has left is in the lines and postings.
func followTillChannel(from *stock.Item, was, is *stock.Channel, c *stock.ItemChange, e *followedEvent) stock.Channel {
	want := *was
	want.Held, want.PoolHeld = is.Held, is.PoolHeld
	own, pool := e.soldByTill(c, is.ID)
	want.Sold, want.PoolSold = max(0, was.Sold+own), max(0, was.PoolSold+pool)
	if shrinks := leavesQuota(c, is.ID); shrinks > 0 {
		want.Pending -= min(want.Pending, shrinks)
	}
	if was.Held != is.Held && !hasEnded(from.Rule(is.ID)) {
		want.Pending -= unitsMoved(c, stock.Quota(is.ID), stock.Shared)
	}
	return want
}

// leavesQuota is how many units of the channel's quota holders had, and were neither sold nor
// given back to the quota.
func leavesQuota(c *stock.ItemChange, channel string) (n stock.Qty) {
	quota := stock.Quota(channel)
	for _, p := range c.Postings {
		if _, origin, ok := p.From.Escrow(); ok && origin == quota && p.To != stock.Held && p.To != stock.Customer && sourceOf(p.To) != quota {
			n += p.Qty
		}
	}
	return n
}

// soldByTill is how many units the entry sold of the channel's quota, and of the pool on it.
func (e *followedEvent) soldByTill(c *stock.ItemChange, channel string) (own, pool stock.Qty) {
	add := func(a stock.Account, n stock.Qty) {
		if sourceOf(a) == stock.Shared {
			pool += n
		} else {
			own += n
		}
	}
	lines := false
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.Changed || l.Line.Item != c.Key {
			continue
		}
		lines = true
		var left leftUnits
		left.addLeft(&l.Line, 1)
		if h := e.hold(l.Bucket); h != nil {
			if old := h.Find(c.Key); old != nil {
				left.addLeft(old, -1)
			}
		}
		for a, n := range left {
			if of, ok := l.Line.CountsIn(a); ok && of == channel {
				add(a, n)
			}
		}
	}
	for _, p := range c.Postings {
		if lines || p.To != stock.Customer || p.From.Outside() {
			continue
		}
		source := sourceOf(p.From)
		if of, quota := source.Channel(); quota && of == channel || !quota && e.Channel == channel {
			add(source, p.Qty)
		}
	}
	return own, pool
}
