package stock

// Drawable returns what a hold on the channel could draw now: the channel's
// quota, those lent to it and the shared pool, 0 while the item is not on sale
// there or the campaign that the channel is does not run. Units that
// due holds would give back are not in it, and an untracked item has none to
// count although a hold on it is always granted.
func (i *Item) Drawable(channel string, now Time) Qty {
	if !i.Sells(channel) {
		return 0
	}
	var n Qty
	for _, a := range i.Draws(channel, now) {
		n += i.Of(a)
	}
	return n
}

// draw takes want units in the order of drawing. There are enough.
func (i *Item) draw(channel string, want Qty, now Time) []Balance {
	if !i.Tracked {
		return []Balance{{Uncounted, want}}
	}
	drawn := make([]Balance, 0, 1)
	for _, a := range i.Draws(channel, now) {
		if n := min(want, i.Of(a)); n > 0 {
			drawn = append(drawn, Balance{a, n})
			want -= n
		}
	}
	return drawn
}
