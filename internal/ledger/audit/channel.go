package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// channelTally is what an item's open lines hold on a channel and count in its
// figures: of the channel's own quota, and of the shared pool.
type channelTally struct{ own, pool stock.Qty }

// channelTallies are those of one item by channel.
type channelTallies map[string]channelTally

// add counts the line's units once more, or once less.
func (a *channelTallies) add(l *stock.Line, sign stock.Qty) {
	if l.Copied() {
		return
	}
	for _, d := range l.Drawn {
		if d.Account.Ahead() {
			continue // not there yet
		}
		id, counts := l.CountsIn(d.Account)
		if !counts || d.Account == stock.Uncounted {
			continue
		}
		if *a == nil {
			*a = channelTallies{}
		}
		t := (*a)[id]
		if sourceOf(d.Account) == stock.Shared {
			t.pool += sign * d.Qty
		} else {
			t.own += sign * d.Qty
		}
		if t == (channelTally{}) {
			delete(*a, id)
		} else {
			(*a)[id] = t
		}
	}
}

// sourceOf is the pool or quota that the units of an account came from.
func sourceOf(a stock.Account) stock.Account {
	if _, origin, ok := a.Escrow(); ok {
		return origin
	}
	return a
}

// checkTally checks the record of one channel against the open lines.
func (it *keptItem) checkTally(to faults, channel string) {
	if fault := it.tallyDrift(channel); fault != "" {
		to.addItemDrift(it.item.Key, fault)
	}
}

func (it *keptItem) tallyDrift(channel string) string {
	var held channelTally
	if c := it.item.Channel(channel); c != nil {
		held = channelTally{c.Held, c.PoolHeld}
	}
	if lines := it.tallies[channel]; lines != held {
		return fmt.Sprintf("channel %q is said to hold %d of its quota and %d of the pool, its open lines hold %d and %d",
			channel, held.own, held.pool, lines.own, lines.pool)
	}
	return ""
}

// checkTallies checks the records that the event can have changed.
func (it *keptItem) checkTallies(to faults, e *followedEvent) {
	for i := range e.Items {
		if c := &e.Items[i]; c.Key == it.item.Key {
			for n := range c.Channels {
				it.checkTally(to, c.Channels[n].ID)
			}
		}
	}
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed || c.Line.Item != it.item.Key {
			continue
		}
		if c.Line.Tallied {
			it.checkTally(to, c.Line.Channel)
		}
		for _, d := range c.Line.Drawn {
			if id, ok := c.Line.CountsIn(d.Account); ok && id != c.Line.Channel && !c.Line.Copied() {
				it.checkTally(to, id)
			}
		}
	}
}

// checkAllTallies checks all records, of an item that came from another slot.
func (it *keptItem) checkAllTallies(to faults) {
	for i := range it.item.Channels {
		it.checkTally(to, it.item.Channels[i].ID)
	}
	for channel := range it.tallies {
		if it.item.Channel(channel) == nil {
			it.checkTally(to, channel)
		}
	}
}

// checkChannels says what is wrong with the records of channels that an event
// changes, given the item before it. What they hold is compared with the open
// lines afterwards.
func checkChannels(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if len(c.Channels) > 0 && !c.Changed {
		return "records of channels change and the item does not"
	}
	for i := range c.Channels {
		is := &c.Channels[i]
		if slices.ContainsFunc(c.Channels[:i], func(o stock.Channel) bool { return o.ID == is.ID }) {
			return fmt.Sprintf("channel %q is in it twice", is.ID)
		}
		was := from.Channel(is.ID)
		switch {
		case is.Since == 0:
			if e.Op != stock.OpQuota && !beginsLots(from, c) || was == nil || *was != (stock.Channel{ID: was.ID, Since: was.Since}) || from.Of(stock.Quota(was.ID)) != 0 {
				return fmt.Sprintf("the record of channel %q is gone", is.ID)
			}
			continue
		case was == nil:
			if !beginsRecord(e.Op, c, is.ID) || is.Since != e.at || is.Sold != 0 || is.PoolSold != 0 {
				return fmt.Sprintf("the record of channel %q begins with %+v by %s", is.ID, *is, e.Op)
			}
			was = &stock.Channel{ID: is.ID, Since: is.Since}
		}
		follow := followChannel
		if holder, ok := e.ofHolder(); ok && !stock.IsRedisHolder(holder) {
			follow = followTillChannel
		}
		if want := follow(from, was, is, c, e); *is != want {
			return fmt.Sprintf("the record of channel %q is %+v, after %s it should be %+v", is.ID, *is, e.Op, want)
		}
		if is.Pending > 0 && balanceAfter(from, c, stock.Quota(is.ID)) != 0 {
			return fmt.Sprintf("channel %q is to give %d back and still has some", is.ID, is.Pending)
		}
	}
	if fault := checkRules(from, c, e); fault != "" {
		return fault
	}
	if e.Op == stock.OpSoldElsewhere && from.Channel(e.Channel) != nil && !slices.ContainsFunc(c.Channels, func(o stock.Channel) bool { return o.ID == e.Channel }) {
		if unitsMoved(c, stock.Quota(e.Channel), stock.Customer)+unitsMoved(c, stock.Shared, stock.Customer) > 0 {
			return fmt.Sprintf("channel %q sold and its record does not say so", e.Channel)
		}
	}
	return ""
}

// beginsRecord reports whether the event may begin a record of the channel: it sets
// quotas, or puts units into that of the channel by name.
func beginsRecord(op stock.Op, c *stock.ItemChange, channel string) bool {
	switch op {
	case stock.OpQuota, stock.OpRepair:
		return true
	case stock.OpMove, stock.OpReturn:
		return slices.ContainsFunc(c.Postings, func(p stock.Posting) bool { return p.To == stock.Quota(channel) })
	}
	return false
}

// followChannel is the record as it must be after the event, where that does not
// follow from its lines or from the request.
func followChannel(from *stock.Item, was, is *stock.Channel, c *stock.ItemChange, e *followedEvent) stock.Channel {
	want := *was
	want.Held, want.PoolHeld = is.Held, is.PoolHeld
	switch e.Op {
	case stock.OpQuota:
		want.Held, want.PoolHeld = was.Held, was.PoolHeld
		want.Weight, want.Level, want.Pending = is.Weight, max(is.Level, 0), max(is.Pending, 0)
	case stock.OpQuotaReset:
		want.Held, want.PoolHeld = was.Held, was.PoolHeld
		want.Pending = max(0, was.Pending-was.Sold)
		want.Sold, want.PoolSold, want.Since = 0, 0, e.at
	case stock.OpConfirm:
		want.Sold += was.Held - is.Held
		want.PoolSold += was.PoolHeld - is.PoolHeld
	case stock.OpWithdraw: // units sold in an earlier period are not in the figures
		want.Sold -= min(was.Sold, max(is.Held-was.Held, 0))
		want.PoolSold -= min(was.PoolSold, max(is.PoolHeld-was.PoolHeld, 0))
	case stock.OpSoldElsewhere:
		want.Held, want.PoolHeld = was.Held, was.PoolHeld
		want.Sold += unitsMoved(c, stock.Quota(is.ID), stock.Customer)
		if e.Channel == is.ID {
			want.PoolSold += unitsMoved(c, stock.Shared, stock.Customer)
		}
	case stock.OpRelease, stock.OpExpire, stock.OpChange, stock.OpRelocate:
		if was.Held != is.Held && !hasEnded(from.Rule(is.ID)) {
			want.Pending -= unitsMoved(c, stock.Quota(is.ID), stock.Shared)
		}
	case stock.OpPlace, stock.OpFulfil, stock.OpRestock, stock.OpTransfer, stock.OpTakeOver, stock.OpRepair:
	case stock.OpReclaim, stock.OpGrant:
		want.Held, want.PoolHeld = was.Held, was.PoolHeld
		want.Pending -= min(want.Pending, leavesQuota(c, is.ID))
	case stock.OpLapse:
		want.Held, want.PoolHeld, want.Pending = was.Held, was.PoolHeld, 0
	default:
		want.Held, want.PoolHeld = was.Held, was.PoolHeld
	}
	return want
}

// unitsMoved is how many units the event moved from one account to another.
func unitsMoved(c *stock.ItemChange, from, to stock.Account) (n stock.Qty) {
	for _, p := range c.Postings {
		if p.From == from && p.To == to {
			n += p.Qty
		}
	}
	return n
}

// balanceAfter is the account's balance after the event.
func balanceAfter(from *stock.Item, c *stock.ItemChange, a stock.Account) stock.Qty {
	for _, t := range c.Touched {
		if t.Account == a {
			return t.Qty
		}
	}
	return from.Of(a)
}

// checkTallied says what is wrong with whether a line counts in the figures of
// its channel, given the item before it was placed.
func checkTallied(it *stock.Item, c *stock.LineChange) string {
	l := &c.Line
	keeps := it != nil && it.Channel(l.Channel) != nil && !l.Copied()
	if l.Tallied != keeps {
		return fmt.Sprintf("the line counts for channel %q: %t, the item has a record of it: %t", l.Channel, l.Tallied, keeps)
	}
	return ""
}
