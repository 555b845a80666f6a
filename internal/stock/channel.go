package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxChannels is how many channels an item keeps figures of. It bounds the row of an item.
// The largest marketplaces list some dozens of channels; the rest is room for campaigns.
const MaxChannels = 1000

// Channel is what an item keeps of one channel that has or had a quota of it.
// The rest of the quota is not in it: that is the balance of its account.
type Channel struct {
	ID string
	// Weight is its share when units are allotted; 0: it takes no part.
	Weight uint32
	// Level is the remaining quota below which an allotment may fill it up; 0: never.
	Level Qty
	// Held and Sold count units of its own quota: those that open lines hold,
	// and those that left in the period.
	Held, Sold Qty
	// PoolHeld and PoolSold count the same for units that lines on the channel drew from
	// the shared pool.
	PoolHeld, PoolSold Qty
	// Pending is by how much the quota is still larger than what it was set to: held units
	// that come back pass to the pool until it is 0.
	Pending Qty
	// Since is when the period of Sold and PoolSold began. A record without one says that
	// the item no longer keeps anything of the channel.
	Since Time
}

// Channel returns the item's record of the channel, nil when it keeps none.
func (i *Item) Channel(id string) *Channel {
	if len(i.Channels) == 0 {
		return nil
	}
	at, ok := i.findChannel(id)
	if !ok {
		return nil
	}
	return &i.Channels[at]
}

func (i *Item) findChannel(id string) (at int, ok bool) {
	return slices.BinarySearchFunc(i.Channels, id, func(c Channel, id string) int { return cmp.Compare(c.ID, id) })
}

// Quota is the channel's whole quota in the period: what remains of it, what
// is held and what was sold. Units on their way to an order that waits count
// as remaining.
func (i *Item) Quota(c *Channel) Qty {
	return i.Remaining(c.ID) + i.Of(Arrived(Quota(c.ID))) + c.Held + c.Sold
}

// Remaining is what is left of the channel's quota: here, and with holders that were given
// units of it.
func (i *Item) Remaining(channel string) Qty {
	return i.Of(Quota(channel)) + i.quotaAway(channel)
}

// quotaAway is how many units of the channel's quota holders have to sell.
func (i *Item) quotaAway(channel string) (n Qty) {
	quota := Quota(channel)
	for _, b := range i.Balances {
		if _, origin, ok := b.Account.Escrow(); ok && origin == quota {
			n += b.Qty
		}
	}
	return n
}

// setChannel stores the record. The caller owns i.Channels.
func (i *Item) setChannel(c Channel) {
	at, ok := i.findChannel(c.ID)
	switch {
	case ok && c.Since == 0:
		i.Channels = slices.Delete(i.Channels, at, at+1)
		if len(i.Channels) == 0 {
			i.Channels = nil
		}
	case ok:
		i.Channels[at] = c
	case c.Since != 0:
		i.Channels = slices.Insert(i.Channels, at, c)
	}
}

// idle reports whether the record has nothing that would be missed.
func (i *Item) idle(c *Channel) bool {
	r := i.Rule(c.ID)
	return *c == Channel{ID: c.ID, Since: c.Since} && i.Remaining(c.ID) == 0 && (r == nil || r.Ended)
}

// keep begins a record of the channel whose quota the account is, as a setting of the quota
// would: units were put there by name. A quota that is to shrink takes no units, nor does
// an item that keeps as many channels as it may.
func (d *draft) keep(a Account, now Time) *Refusal {
	id, ok := a.Channel()
	if !ok {
		return nil
	}
	switch was := d.was.Channel(id); {
	case was != nil && was.Pending > 0:
		return &Refusal{
			Code:   InvalidState,
			Detail: fmt.Sprintf("the quota of channel %q is still to shrink by %d: set it anew first", id, was.Pending),
		}
	case was != nil:
		return nil
	case len(d.was.Channels) >= MaxChannels:
		return invalid("to", "product %q at location %q keeps %d channels already, which is the most",
			d.was.Key.Product, d.was.Key.Location, len(d.was.Channels))
	}
	d.to.Channels = append(d.to.Channels, Channel{ID: id, Since: now})
	return nil
}

// validate reports what can never be true of a record.
func (c *Channel) validate() error {
	for _, q := range [...]Qty{c.Level, c.Held, c.Sold, c.PoolHeld, c.PoolSold, c.Pending} {
		if q < 0 {
			return fmt.Errorf("channel %q has figures below zero: %+v", c.ID, *c)
		}
	}
	return nil
}

// channel is the draft's record of the channel, to be changed. The pointer is
// good until the next call.
func (d *draft) channel(id string) *Channel {
	for i := range d.to.Channels {
		if d.to.Channels[i].ID == id {
			return &d.to.Channels[i]
		}
	}
	c := Channel{ID: id}
	if was := d.was.Channel(id); was != nil {
		c = *was
	}
	d.to.Channels = append(d.to.Channels, c)
	return &d.to.Channels[len(d.to.Channels)-1]
}

// figures are the figures in which units from the account count.
func (c *Channel) figures(a Account) (held, sold *Qty) {
	if a.source() == Shared {
		return &c.PoolHeld, &c.PoolSold
	}
	return &c.Held, &c.Sold
}

// CountsIn returns the channel whose record counts units that the line drew from the
// account. For a quota it is the quota's own channel, whoever drew them; for the pool it is
// the line's. Units that a holder sold count as those of the pool or quota that gave them to
// it. It reports false when no record counts them. Every figure of a channel is made by this
// rule: see TestChannelFiguresOfEveryLine.
func (l *Line) CountsIn(a Account) (channel string, ok bool) {
	source := a.source()
	if source == a {
		return CountedIn(a, l.Channel, l.Tallied)
	}
	if of, ok := source.Channel(); ok {
		return of, l.Counted
	}
	return l.Channel, l.Counted && l.Tallied
}

// CountedIn is Line.CountsIn of a line on the channel that no holder keeps.
func CountedIn(a Account, channel string, tallied bool) (of string, ok bool) {
	if of, ok := a.Channel(); ok && of != channel {
		return of, true // only a channel with a rule, and so a record, lends
	}
	return channel, tallied && a != Uncounted
}

// keepsChannel reports whether the item keeps figures of the channel.
func (i *Item) keepsChannel(channel string) bool { return channel != "" && i.Channel(channel) != nil }

// countAtHolder makes the units of a holder's line count in figures of channels, also those
// that it drew when the item kept none.
func (l *Line) countAtHolder(d *draft) {
	tallied := d.was.keepsChannel(l.Channel)
	if len(d.was.Channels) == 0 || l.Counted && l.Tallied == tallied {
		return
	}
	d.countHeld(l, -1)
	l.Counted, l.Tallied, l.Drawn = true, tallied, slices.Clone(l.Drawn)
	for i := range l.Drawn {
		l.Drawn[i].Account = d.was.lasting(l.Drawn[i].Account)
	}
	d.countHeld(l, 1)
}

// countHeld counts what a line holds once more, or once less.
func (d *draft) countHeld(l *Line, sign Qty) {
	for _, b := range l.Drawn {
		if b.Account.Ahead() {
			continue // they count when they arrive
		}
		if id, ok := l.CountsIn(b.Account); ok {
			held, _ := d.channel(id).figures(b.Account)
			*held += sign * b.Qty
		}
	}
}

// sell counts n held units of the line as sold, the first of those that it drew.
func (d *draft) sell(l *Line, drawn []Balance, n Qty) {
	d.sellLots(drawn, n)
	for _, b := range drawn {
		took := min(n, b.Qty)
		if id, ok := l.CountsIn(b.Account); ok && took > 0 {
			held, sold := d.channel(id).figures(b.Account)
			*held -= took
			*sold += took
		}
		n -= took
	}
}

// unsell counts units that the line holds again as not sold. Units that were sold before
// the present period are not in its figures.
func (d *draft) unsell(l *Line, back []Balance, now Time) {
	for _, b := range back {
		if lot, _, of := b.Account.Lot(); of {
			d.lot(lot, now).Held += b.Qty
			d.to.confirmLot(lot, b.Qty)
		}
		if id, ok := l.CountsIn(b.Account); ok {
			held, sold := d.channel(id).figures(b.Account)
			*held += b.Qty
			*sold -= min(*sold, b.Qty)
		}
	}
}

// returnUnits posts n held units of the line to the account they came from. Units of a quota that
// is to shrink, or of a campaign that is over, pass to the pool in the same event.
func (d *draft) returnUnits(l *Line, a Account, n Qty) {
	if a.Ahead() {
		d.unpromise(l.Channel, a, n)
		return
	}
	d.post(Held, a, n)
	id, counts := l.CountsIn(a)
	if counts {
		held, _ := d.channel(id).figures(a)
		*held -= n
	}
	if a == Shared || d.was.Channel(id) == nil {
		return
	}
	if r := d.was.Rule(id); r != nil && r.Ended {
		d.post(a, Shared, n)
		return
	}
	c := d.channel(id)
	if c.Pending == 0 {
		return
	}
	if counts {
		n = min(n, c.Pending)
		c.Pending -= n
	}
	d.post(a, Shared, n)
}

// checkChannels refuses records past their range; a figure below zero means
// that the state was broken before.
func (d *draft) checkChannels(field string) error {
	for i := range d.to.Channels {
		c := &d.to.Channels[i]
		if err := c.validate(); err != nil {
			return fmt.Errorf("%w: product %q at location %q: %w", ErrBroken, d.was.Key.Product, d.was.Key.Location, err)
		}
		if c.Sold > MaxQty || c.PoolSold > MaxQty {
			return invalid(field, "what channel %q sold of product %q at location %q would leave its range (at most %d): begin a new period",
				c.ID, d.was.Key.Product, d.was.Key.Location, MaxQty)
		}
	}
	return nil
}
