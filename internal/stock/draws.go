package stock

import (
	"cmp"
	"slices"
)

// Draws returns what a hold on the channel of an item without rules may draw
// from, in drawing order: the channel's own quota, then the shared pool.
func Draws(channel string) []Account {
	if channel == "" {
		return []Account{Shared}
	}
	return []Account{Quota(channel), Shared}
}

// Draws returns what a hold on the channel may draw from now, in drawing order: the
// channel's own quota; the quotas of the channels that lend to it, the lowest priority
// number first and equal ones by name; then the shared pool. For an item that is kept in
// lots also the lots, before the rest or after it as its policy says. A campaign that does
// not run draws nothing and lends nothing. While orders of the channel wait, nothing is
// lent to it: they get units of their own quota and of the pool only, and no later hold may
// pass them.
func (i *Item) Draws(channel string, now Time) []Account {
	return i.DrawsOf(channel, "", now)
}

// DrawsOf is Draws for a hold that takes units of the wanted lot only, or, when
// the item has no such lot, of those that have all its attributes.
func (i *Item) DrawsOf(channel string, want Lot, now Time) []Account {
	if len(i.Lots) == 0 && want == "" {
		return i.reaches(channel, now, !i.hasWaiting(channel))
	}
	return i.reachesLots(i.reaches(channel, now, true), want, now)
}

// reaches is Draws without the lots; lent says whether the quotas of lending channels are
// included.
func (i *Item) reaches(channel string, now Time, lent bool) []Account {
	if len(i.Rules) == 0 {
		return Draws(channel)
	}
	own := i.Rule(channel)
	if !own.Opens(now) {
		return nil
	}
	var from []Account
	if channel != "" {
		from = append(from, Quota(channel))
	}
	if lent {
		for _, r := range i.lenders(channel, now) {
			from = append(from, Quota(r.Channel))
		}
	}
	if own == nil || !own.Alone {
		from = append(from, Shared)
	}
	return from
}

// lenders are the rules of the channels that lend to this channel now, in the order in
// which they give.
func (i *Item) lenders(channel string, now Time) []*Rule {
	var all []*Rule
	for n := range i.Rules {
		if r := &i.Rules[n]; r.lends(channel) && r.Opens(now) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}

// Frees returns the accounts to which held units must come back so that a hold on the
// channel that wants the lot ("": any) can draw them. These are the accounts it draws from, and
// accounts that pass on the units they get: quotas that must shrink, quotas of campaigns that are
// over, and units sold ahead.
func (i *Item) Frees(channel string, want Lot, now Time) []Account {
	from := i.DrawsOf(channel, want, now)
	if want != "" {
		return from
	}
	for n := range i.Channels {
		c := &i.Channels[n]
		passes := c.Pending > 0
		if len(i.Rules) > 0 {
			r := i.Rule(c.ID)
			passes = passes || r != nil && r.Ended
		}
		if passes && !slices.Contains(from, Quota(c.ID)) {
			from = append(from, Quota(c.ID))
		}
	}
	if i.Promises != nil {
		from = append(from, Presale, Backorder)
	}
	return from
}
