package world

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// This file compares what the log says of items and lines with the model.

// fitBooks says how the item after the change differs from the model's, "" when it does not. A
// change has only the accounts and the channels that it touched.
func (it *item) fitBooks(c *stock.ItemChange) string {
	if it.retired != c.Retired || it.off == c.OnSale || it.threshold != int64(c.Threshold) || it.seen != int64(c.Seen.AsOf) {
		return fmt.Sprintf("retired %t, on sale %t, threshold %d, seen %d", c.Retired, c.OnSale, c.Threshold, c.Seen.AsOf)
	}
	if it.available() != int64(c.Figures.Available) || it.held != int64(c.Figures.Held) || it.onHand() != int64(c.Figures.OnHand) || it.version != int64(c.Version) {
		return fmt.Sprintf("%+v, version %d", c.Figures, c.Version)
	}
	for _, b := range c.Touched {
		p, ok := placeOf(string(b.Account))
		switch {
		case ok && it.has[p] != int64(b.Qty), b.Account == stock.Held && it.held != int64(b.Qty), b.Account == stock.Oversold && it.owed != -int64(b.Qty),
			!ok && b.Account != stock.Held && !b.Account.Outside():
			return fmt.Sprintf("%d in %s", b.Qty, b.Account)
		}
	}
	for i := range c.Channels {
		r := &c.Channels[i]
		if own := it.channel(r.ID); own == nil || *own != read(r) {
			return fmt.Sprintf("%+v", *r)
		}
	}
	if it.policy != policyOf(c.LotPolicy) {
		return fmt.Sprintf("the policy of lots %+v", c.LotPolicy)
	}
	for i := range c.Recalls {
		r := &c.Recalls[i]
		n := slices.IndexFunc(lots[:], func(l lot) bool { return l.encoded() == string(r.Lot) })
		if n < 0 || it.ruled[n] != (r.Since != 0) {
			return fmt.Sprintf("recall %+v", *r)
		}
	}
	for i := range c.Lots {
		r := &c.Lots[i]
		n := slices.IndexFunc(lots[:], func(l lot) bool { return l.encoded() == string(r.Lot) })
		if n < 0 || it.lots[n] != (lotKept{int64(r.Since), int64(r.Held), r.Recalled}) || r.Since != 0 && int64(r.Expires) != lots[n].expires() {
			return fmt.Sprintf("%+v", *r)
		}
	}
	return ""
}

// fitWhole is fitBooks for a change that has all there is of the item.
func (it *item) fitWhole(c *stock.ItemChange) string {
	for p, n := range it.has {
		at := slices.IndexFunc(c.Touched, func(b stock.Balance) bool { return string(b.Account) == accounts[p] })
		if n != 0 && at < 0 {
			return "nothing in " + accounts[p]
		}
	}
	for n := range it.channels {
		kept := slices.ContainsFunc(c.Channels, func(r stock.Channel) bool { return r.ID == channels[n] && r.Since != 0 })
		if kept != it.channels[n].kept {
			return fmt.Sprintf("figures of channel %s: %t", channels[n], kept)
		}
	}
	for n := range it.lots {
		kept := slices.ContainsFunc(c.Lots, func(r stock.LotRecord) bool { return string(r.Lot) == lots[n].encoded() && r.Since != 0 })
		if kept != (it.lots[n].since != 0) {
			return fmt.Sprintf("figures of lot %d: %t", n, kept)
		}
		if it.ruled[n] && !slices.ContainsFunc(c.Recalls, func(r stock.RecallRule) bool { return string(r.Lot) == lots[n].encoded() }) {
			return fmt.Sprintf("no recall of lot %d", n)
		}
	}
	return it.fitBooks(c)
}

// read is what a record says of a channel.
func read(r *stock.Channel) channel {
	return channel{
		kept: r.Since != 0, weight: int64(r.Weight), level: int64(r.Level), held: int64(r.Held), sold: int64(r.Sold),
		heldFromPool: int64(r.PoolHeld), soldFromPool: int64(r.PoolSold), pending: int64(r.Pending), since: int64(r.Since),
	}
}

// fitTold returns the fault when the change does not name exactly the channels that are
// now sold out and those that are in stock again; it returns "" when it does. For an
// item without quotas the change names none.
func (it *item) fitTold(c *stock.ItemChange, was *item) string {
	var out, in []string
	for n, name := range append([]string{""}, channels[:quotaChannels]...) {
		if n > 0 && !it.channels[n-1].kept {
			continue
		}
		switch had, has := was.drawable(name, "", 0) > 0, it.drawable(name, "", 0) > 0; {
		case had && !has:
			out = append(out, name)
		case has && !had:
			in = append(in, name)
		}
	}
	if it.channels == [quotaChannels]channel{} {
		out, in = nil, nil
	}
	if !slices.Equal(out, c.SoldOut) || !slices.Equal(in, c.InStock) {
		return fmt.Sprintf("sold out %q, in stock again %q; they are %q and %q", c.SoldOut, c.InStock, out, in)
	}
	return ""
}

// below reports whether a figure is below zero, or a quota is not what remains,
// is held and was sold of it.
func (it *item) below() bool {
	for _, n := range it.has {
		if n < 0 {
			return true
		}
	}
	for _, c := range it.channels {
		if min(c.held, c.sold, c.heldFromPool, c.soldFromPool, c.pending) < 0 {
			return true
		}
	}
	for _, l := range it.lots {
		if l.held < 0 {
			return true
		}
	}
	return min(it.held, it.owed) < 0
}

// fitDrawn reports whether the line holds units from where the model's does.
func (l *line) fitDrawn(of *stock.Line) bool {
	drawn, ok := portionsOf(of)
	return ok && drawn == l.drawn && of.Tallied == l.counts && of.Channel == l.channel && string(of.Lot) == wants[l.want].encoded()
}

// portionsOf are what the log says that a line has drawn.
func portionsOf(of *stock.Line) (drawn portions, ok bool) {
	for i, b := range of.Drawn {
		p, ok := placeOf(string(b.Account))
		if !ok || i == len(drawn) {
			return drawn, false
		}
		drawn[i] = portion{p, int64(b.Qty)}
	}
	return drawn, true
}
