package stock

import "slices"

// tellSoldOut notes for which channels the event has left nothing to draw, and for which
// there is something again. Channels are distinguished only for an item with figures of
// channels: for any other, what is available is the same for all. A change that time alone
// has made since the item's last event is announced with this one.
func (d *draft) tellSoldOut(now Time) {
	if !d.to.Tracked || len(d.was.Channels)+len(d.to.Channels) == 0 || !d.maySellOut() {
		return
	}
	is := d.was.Clone()
	d.to.applyTo(is)
	tell := func(channel string) {
		had, has := d.was.Drawable(channel, d.was.UpdatedAt) > 0, is.Drawable(channel, now) > 0
		switch {
		case had && !has:
			d.to.SoldOut = append(d.to.SoldOut, channel)
		case has && !had:
			d.to.InStock = append(d.to.InStock, channel)
		}
	}
	tell("")
	for i := range is.Channels {
		tell(is.Channels[i].ID)
	}
}

// maySellOut reports whether the draft has emptied an account that is drawn from, or filled
// an empty one, or changed the rules of drawing.
func (d *draft) maySellOut() bool {
	return len(d.was.Rules)+len(d.to.Rules) > 0 ||
		d.to.OnSale != d.was.OnSale || !slices.Equal(d.to.Off, d.was.Off) ||
		slices.ContainsFunc(d.to.Touched, func(b Balance) bool {
			return b.Account.Sellable() && (b.Qty > 0) != (d.was.Of(b.Account) > 0)
		})
}
