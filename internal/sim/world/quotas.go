package world

import (
	"cmp"
	"slices"
)

// The effect of calls about quotas on an item.

// setting is a call's values for one channel; a value below zero leaves the old one.
type setting struct {
	channel              int // its number
	quota, weight, level int64
}

// stays marks a value that a setting does not name.
const stays = -1

// setQuotas sets all or nothing. Units from a lowered quota are available to those that are raised.
func (it *item) setQuotas(c *command, now int64, o *outcome) {
	var raised [quotaChannels]int64
	var wanted int64
	for _, s := range c.settings {
		ch := it.begin(s.channel, now)
		if s.weight != stays {
			ch.weight = s.weight
		}
		if s.level != stays {
			ch.level = s.level
		}
		if s.quota == stays {
			continue
		}
		remains := s.quota - ch.held - ch.sold
		if remains < 0 && !c.wait {
			o.refuse("INVALID_STATE")
			return
		}
		ch.pending = max(0, -remains)
		switch own := &it.has[quota+place(s.channel)]; {
		case remains > *own:
			raised[s.channel] = remains - *own
			wanted += raised[s.channel]
		default:
			to := max(0, remains)
			it.has[pool] += *own - to
			*own = to
		}
	}
	if wanted > it.has[pool] {
		o.refuse("INSUFFICIENT_STOCK")
		o.shorts = []shortage{{c.item.product, c.item.location, wanted, it.has[pool], ""}}
		return
	}
	it.has[pool] -= wanted
	for n, more := range raised {
		it.has[quota+place(n)] += more
	}
}

// allot shares units by weight, exact to the unit. A channel without a weight, or whose quota is
// still to shrink, does not take part.
func (it *item) allot(c *command) {
	free := max(0, it.has[pool]-c.qty)
	var who []int
	var room [quotaChannels]int64
	total := free
	for n := range it.channels {
		ch, own := &it.channels[n], it.has[quota+place(n)]
		room[n] = ch.level - own
		if !ch.kept || ch.weight == 0 || ch.pending > 0 || c.mode == "under_level" && room[n] <= 0 {
			continue
		}
		who = append(who, n)
		if c.mode == "rebalance" {
			total += own
		}
	}
	if len(who) == 0 {
		return
	}
	var more [quotaChannels]int64
	if c.mode == "under_level" {
		// A channel that would get more than it needs to reach its level is full, the
		// tightest first. The others share the rest.
		for len(who) > 0 {
			part := it.shares(total, who)
			full := -1
			for _, n := range who {
				// By exact shares, not by those that were rounded.
				over := room[n]*it.weigh(who) <= total*it.channels[n].weight
				if over && (full < 0 || room[n]*it.channels[full].weight < room[full]*it.channels[n].weight) {
					full = n
				}
			}
			if full < 0 {
				for _, n := range who {
					more[n] = part[n]
				}
				break
			}
			more[full] = room[full]
			total -= room[full]
			who = slices.DeleteFunc(who, func(n int) bool { return n == full })
		}
	} else {
		part := it.shares(total, who)
		for _, n := range who {
			more[n] = part[n]
			if c.mode == "rebalance" {
				more[n] -= it.has[quota+place(n)]
			}
		}
	}
	for n, m := range more {
		it.has[quota+place(n)] += m
		it.has[pool] -= m
	}
}

// weigh is the weight of those who take part.
func (it *item) weigh(who []int) (sum int64) {
	for _, n := range who {
		sum += it.channels[n].weight
	}
	return sum
}

// shares splits units by weight: each gets its share rounded down, and what is
// left goes one by one to the largest remainders, of equal ones to the first by
// name.
func (it *item) shares(total int64, who []int) (part [quotaChannels]int64) {
	sum := it.weigh(who)
	left := total
	for _, n := range who {
		part[n] = total * it.channels[n].weight / sum
		left -= part[n]
	}
	byRest := slices.Clone(who)
	slices.SortStableFunc(byRest, func(a, b int) int {
		return cmp.Compare(total*it.channels[b].weight%sum, total*it.channels[a].weight%sum)
	})
	for _, n := range byRest[:left] {
		part[n]++
	}
	return part
}

// reset begins a new period: what was sold counts from 0, no unit moves.
func (it *item) reset(c *command, now int64, o *outcome) {
	named := c.named
	if len(named) == 0 {
		for n := range it.channels {
			if it.channels[n].kept {
				named = append(named, n)
			}
		}
	}
	for _, n := range named {
		ch := &it.channels[n]
		if !ch.kept {
			o.refuse("NOT_FOUND")
			return
		}
		ch.pending = max(0, ch.pending-ch.sold)
		ch.sold, ch.soldFromPool, ch.since = 0, 0, now
	}
}

// move takes units from one account to another.
func (it *item) move(c *command, now int64, o *outcome) {
	from, _ := c.spot(c.from)
	if has := it.has[from]; has < c.qty {
		o.refuse("INSUFFICIENT_STOCK")
		o.shorts = []shortage{{c.item.product, c.item.location, c.qty, has, ""}}
		return
	}
	if to, _ := c.spot(c.to); to >= lotPool && to < lotWithheld && !it.sells(c.lot-1, now) {
		o.refuse("INVALID_STATE")
		return
	}
	it.has[from] -= c.qty
	if _, inside := c.spot(c.to); inside {
		facts{it}.takeBack(c, now, o)
	}
}

// takeBack brings units to an account, from a customer or from another account. Those that are for sale first cover what is owed.
func (it facts) takeBack(c *command, now int64, o *outcome) {
	rest := *c
	if to, _ := c.spot(c.to); it.sold(to, now) {
		rest.qty = it.settle(c.qty)
	}
	if rest.qty > 0 {
		it.put(&rest, now, o)
	}
}

// put brings units into the account that the call names; in an account outside the house they are
// gone. A quota grows by the units that are put into it, unless it is to shrink.
func (it *item) put(c *command, now int64, o *outcome) {
	to, inside := c.spot(c.to)
	if !inside {
		return
	}
	if n := int(to - quota); n >= 0 && n < quotaChannels {
		if it.begin(n, now).pending > 0 {
			o.refuse("INVALID_STATE")
			return
		}
	}
	it.arrive(to, c.qty, now)
}
