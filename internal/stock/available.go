package stock

import "slices"

// Drawable returns what a hold on the channel could draw now: the channel's quota, quotas
// lent to it, the shared pool and the lots. It is 0 while the item is not on sale there, or
// while the channel is a campaign that does not run. It does not include units that due
// holds would give back. An untracked item has nothing to count, although a hold on it is
// always granted.
func (i *Item) Drawable(channel string, now Time) Qty { return i.DrawableOf(channel, "", now) }

// DrawableOf is Drawable for a hold that takes units of the wanted lot only, or
// of those that have all its attributes.
func (i *Item) DrawableOf(channel string, want Lot, now Time) Qty {
	if !i.Sells(channel) {
		return 0
	}
	var n Qty
	for _, a := range i.DrawsOf(channel, want, now) {
		n += i.Of(a)
	}
	return n
}

// Obtainable is Drawable plus, for a hold that accepts units that are not there yet, what
// is sold ahead. Those units will come into the shared pool: a campaign that does not run,
// or that may not draw from the pool, is sold nothing ahead.
func (i *Item) Obtainable(channel string, ahead bool, now Time) Qty {
	return i.obtainable(channel, "", ahead, now)
}

// obtainable is Obtainable for the wanted lot: no lot is sold ahead.
func (i *Item) obtainable(channel string, want Lot, ahead bool, now Time) Qty {
	n := i.DrawableOf(channel, want, now)
	if want != "" {
		return n
	}
	if ahead && i.Sells(channel) && slices.Contains(i.Draws(channel, now), Shared) {
		n += i.OnSaleAhead(Presale, channel) + i.OnSaleAhead(Backorder, channel)
	}
	return n
}

// draw takes want units in the order of drawing; units that the pools cannot give are sold
// ahead. The caller knows that there are enough.
func (i *Item) draw(channel string, lot Lot, want Qty, now Time) []Balance {
	if !i.Tracked {
		return []Balance{{Uncounted, want}}
	}
	drawn := make([]Balance, 0, 1)
	take := func(a Account, most Qty) {
		if n := min(want, most); n > 0 {
			drawn = append(drawn, Balance{a, n})
			want -= n
		}
	}
	for _, a := range i.DrawsOf(channel, lot, now) {
		if want == 0 {
			break
		}
		take(a, i.Of(a))
	}
	if want > 0 {
		take(Presale, i.OnSaleAhead(Presale, channel))
		take(Backorder, i.OnSaleAhead(Backorder, channel))
	}
	return drawn
}
