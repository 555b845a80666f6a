package stock

import "slices"

// HeldUnits are units that lines hold: the account that they were drawn from and
// the channel whose figures count them, "" when none does.
type HeldUnits struct {
	Balance
	Channel string
}

// HeldUnitsOf says in whose figures units count that a line on the channel drew.
func HeldUnitsOf(b Balance, channel string, tallied bool) HeldUnits {
	if of, ok := CountedIn(b.Account, channel, tallied); ok {
		return HeldUnits{b, of}
	}
	return HeldUnits{b, ""}
}

// OpenHeld is what the open lines of an order hold, by item: the units that would come back
// if all of them were released now.
func OpenHeld(holds []*Hold, now Time) map[ItemKey][]HeldUnits {
	held := map[ItemKey][]HeldUnits{}
	for _, h := range holds {
		for i := range h.Lines {
			l := h.Lines[i].At(now)
			if l.End != Open {
				continue
			}
			for _, b := range l.Drawn {
				held[l.Item] = append(held[l.Item], HeldUnitsOf(b, l.Channel, l.Tallied))
			}
		}
	}
	return held
}

// Freed returns the item as it will be when lines that are past their deadline
// have given their units back at the time now.
func (i *Item) Freed(due []HeldUnits, now Time) *Item {
	if len(due) == 0 {
		return i
	}
	c := i.Clone()
	for _, u := range due {
		if u.Account == Uncounted || u.Qty == 0 {
			continue
		}
		if u.Account.Ahead() {
			c.unpromised(u.Balance)
			continue
		}
		to := u.Account
		c.Set(Held, c.Of(Held)-u.Qty)
		if at, ok := c.findChannel(u.Channel); ok {
			held, _ := c.Channels[at].figures(u.Account)
			*held -= min(*held, u.Qty)
		}
		if lot, _, of := to.Lot(); of {
			to = c.freedLot(lot, u.Qty, now)
		}
		passed := c.passesOn(u)
		c.Set(Shared, c.Of(Shared)+passed)
		c.Set(to, c.Of(to)+u.Qty-passed)
	}
	cover := func() {
		i.settleOwed(-c.Of(Oversold), slices.Clone(c.Balances), now, c.Of, func(a Account) bool { return c.draws(a, now) }, func(a Account, n Qty) {
			c.Set(a, c.Of(a)-n)
			c.Set(Oversold, c.Of(Oversold)+n)
		})
	}
	cover()
	if c.Promises != nil {
		setAside(c.Promises, c.Balances, c.Of, func(from, to Account, n Qty) {
			c.Set(from, c.Of(from)-n)
			c.Set(to, c.Of(to)+n)
		})
		cover()
	}
	return c
}

// passesOn returns how many of the units pass to the pool, as draft.back posts them, and
// notes that a quota has shrunk by so many. The caller owns i.Channels.
func (i *Item) passesOn(u HeldUnits) Qty {
	id, ok := u.Account.Channel()
	if !ok {
		return 0
	}
	at, ok := i.findChannel(id)
	if !ok {
		return 0
	}
	c := &i.Channels[at]
	r := i.Rule(id)
	switch {
	case r != nil && r.Ended:
		return u.Qty
	case c.Pending == 0:
		return 0
	case u.Channel != id:
		return u.Qty // the quota does not count them
	}
	n := min(u.Qty, c.Pending)
	c.Pending -= n
	return n
}
