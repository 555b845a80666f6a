package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// ChannelShare is what orders of one channel have of a sale, and what they may have.
type ChannelShare struct {
	Channel string
	// Taken are units that were sold ahead on the channel and count in the sale:
	// its orders wait for them, or, in a presale, they have arrived.
	Taken Qty
	// Limit is the most that may be sold on the channel, if Limited is set. It is a
	// maximum; nothing is reserved for the channel. A limit below Taken means that nothing
	// more is sold there.
	Limit   Qty
	Limited bool
}

// Room is what the channel may still have by its limit.
func (c *ChannelShare) Room() Qty {
	if !c.Limited {
		return MaxQty
	}
	return max(0, c.Limit-c.Taken)
}

// Shares are the shares of the sale in the account.
func (p *Promises) Shares(a Account) []ChannelShare { return *p.shares(a) }

func (p *Promises) shares(a Account) *[]ChannelShare {
	if a == Presale {
		return &p.PresaleShares
	}
	return &p.BackorderShares
}

func findShare(shares []ChannelShare, channel string) (at int, ok bool) {
	return slices.BinarySearchFunc(shares, channel, func(c ChannelShare, id string) int { return cmp.Compare(c.Channel, id) })
}

// count counts n units more for the channel in a sale that limits channels.
func (p *Promises) count(a Account, channel string, n Qty) {
	shares := p.shares(a)
	if *shares == nil {
		return
	}
	at, ok := findShare(*shares, channel)
	if !ok {
		*shares = slices.Insert(*shares, at, ChannelShare{Channel: channel})
	}
	(*shares)[at].Taken += n
}

// countAny counts n units less, of no channel in particular: of channels without a limit
// first, so that the rest does not appear larger than it is.
func (p *Promises) countAny(a Account, n Qty) {
	shares := *p.shares(a)
	for _, limited := range [...]bool{false, true} {
		for i := range shares {
			if shares[i].Limited == limited {
				less := min(n, shares[i].Taken)
				shares[i].Taken -= less
				n -= less
			}
		}
	}
}

// tidyShares drops channels that have nothing of a sale and no limit, and all of a
// sale that limits none.
func (p *Promises) tidyShares() {
	for _, a := range [...]Account{Presale, Backorder} {
		shares := p.shares(a)
		*shares = slices.DeleteFunc(*shares, func(c ChannelShare) bool { return c.Taken == 0 && !c.Limited })
		if *p.Sale(a) == (Sale{}) || p.Sale(a).Closed || !slices.ContainsFunc(*shares, func(c ChannelShare) bool { return c.Limited }) {
			*shares = nil
		}
	}
}

func (p *Promises) checkShares() error {
	for _, a := range [...]Account{Presale, Backorder} {
		s, shares := p.Sale(a), p.Shares(a)
		if shares == nil {
			continue
		}
		var taken Qty
		limits := false
		for i := range shares {
			c := &shares[i]
			taken += c.Taken
			limits = limits || c.Limited
			if c.Taken < 0 || c.Limit < 0 || !c.Limited && (c.Limit != 0 || c.Taken == 0) || i > 0 && shares[i-1].Channel >= c.Channel {
				return fmt.Errorf("channels have of account %s %+v", a, shares)
			}
		}
		if taken != s.Waiting+s.Filled || !limits || s.Closed {
			return fmt.Errorf("channels have of account %s %+v, and the sale says %+v", a, shares, *s)
		}
	}
	return nil
}

// OnSaleAhead is how many units of the sale may be sold on the channel.
func (i *Item) OnSaleAhead(a Account, channel string) Qty {
	n := i.Of(a)
	if n == 0 || i.Promises == nil {
		return n
	}
	shares := i.Promises.Shares(a)
	if at, ok := findShare(shares, channel); ok {
		n = min(n, shares[at].Room())
	}
	return n
}

// limitsAhead reports whether the channel could have more of what is sold ahead if it had
// no limit.
func (i *Item) limitsAhead(channel string) bool {
	for _, a := range [...]Account{Presale, Backorder} {
		if i.OnSaleAhead(a, channel) < i.Of(a) {
			return true
		}
	}
	return false
}
