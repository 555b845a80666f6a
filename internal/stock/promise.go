package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// Promises is the part of an item that is sold before it is in the house. The units
// themselves are in accounts: units that may still be sold ahead in Presale and Backorder,
// units that orders wait for in Awaited.
type Promises struct {
	// Presale counts everything that was ever sold ahead of it, Backorder what is
	// outstanding.
	Presale, Backorder Sale
	// Waits are the orders that wait, by channel, sorted by it.
	Waits []Wait `json:",omitempty"`
	// PresaleShares and BackorderShares are the shares of each channel in a sale that
	// limits some of them, sorted by channel; nil when it limits none.
	PresaleShares, BackorderShares []ChannelShare `json:",omitempty"`
}

// Sale is one way in which units are sold ahead.
type Sale struct {
	// Bound is the most that may be promised: the cap of a presale, the allowance of a
	// backorder. Bound less Waiting and Filled may still be sold.
	Bound Qty
	// Over is how much Bound falls as soon as orders give units back: so many units above
	// it were promised when it was lowered.
	Over Qty `json:",omitempty"`
	// Waiting are units that orders wait for. Filled are units of a presale
	// that have arrived for their orders: the cap counts them.
	Waiting, Filled Qty
	// For is when the units are to be there, 0 when no time is given.
	For Time
	// InParts lets a deduct take the units of a line that are there while the rest waits.
	InParts bool
	// Closed says that nothing more is sold ahead. Units that orders give back are not sold
	// again, and the sale is over when no order waits any longer.
	Closed bool
}

// Wait is what orders of one channel wait for.
type Wait struct {
	Channel string
	// Units are > 0, Orders is how many lines wait for them.
	Units  Qty
	Orders uint32
}

// Left is what may still be sold ahead.
func (s *Sale) Left() Qty { return s.Bound - s.Waiting - s.Filled }

// Waiting is how many units orders wait for.
func (p *Promises) Waiting() (n Qty) {
	for _, w := range p.Waits {
		n += w.Units
	}
	return n
}

// Orders is how many orders wait.
func (p *Promises) Orders() (n uint64) {
	for _, w := range p.Waits {
		n += uint64(w.Orders)
	}
	return n
}

// Arrived is how many units are set aside for orders that wait and are not yet in any
// order's line.
func (i *Item) Arrived() (n Qty) {
	for _, b := range i.Balances {
		if _, aside := b.Account.origin(); aside {
			n += b.Qty
		}
	}
	return n
}

// empty reports whether nothing is promised and nothing may be.
func (p *Promises) empty() bool {
	return p.Presale == Sale{} && p.Backorder == Sale{} && len(p.Waits) == 0 && p.PresaleShares == nil && p.BackorderShares == nil
}

// Same reports whether both are the same.
func (p *Promises) Same(o *Promises) bool {
	return p.Presale == o.Presale && p.Backorder == o.Backorder && slices.Equal(p.Waits, o.Waits) &&
		slices.Equal(p.PresaleShares, o.PresaleShares) && slices.Equal(p.BackorderShares, o.BackorderShares)
}

// copy is a copy that may be changed; for nil, an empty one.
func (p *Promises) copy() *Promises {
	if p == nil {
		return &Promises{}
	}
	c := *p
	c.Waits, c.PresaleShares, c.BackorderShares = slices.Clone(p.Waits), slices.Clone(p.PresaleShares), slices.Clone(p.BackorderShares)
	return &c
}

// Sale is the sale that sells the units in the account.
func (p *Promises) Sale(a Account) *Sale {
	if a == Presale {
		return &p.Presale
	}
	return &p.Backorder
}

// wait is the record of the channel, a new one when it has none. The pointer is
// good until the next call.
func (p *Promises) wait(channel string) *Wait {
	at, ok := p.findWait(channel)
	if !ok {
		p.Waits = slices.Insert(p.Waits, at, Wait{Channel: channel})
	}
	return &p.Waits[at]
}

// hasWaiting reports whether orders of the channel wait for the item.
func (i *Item) hasWaiting(channel string) bool {
	if i.Promises == nil {
		return false
	}
	_, waits := i.Promises.findWait(channel)
	return waits
}

func (p *Promises) findWait(channel string) (at int, ok bool) {
	return slices.BinarySearchFunc(p.Waits, channel, func(w Wait, id string) int { return cmp.Compare(w.Channel, id) })
}

// tidy drops what is over: channels that no longer wait, and closed sales that nobody waits
// for.
func (p *Promises) tidy() {
	p.Waits = slices.DeleteFunc(p.Waits, func(w Wait) bool { return w.Units == 0 && w.Orders == 0 })
	if len(p.Waits) == 0 {
		p.Waits = nil
	}
	for _, s := range [...]*Sale{&p.Presale, &p.Backorder} {
		if s.Closed && s.Waiting == 0 || *s == (Sale{For: s.For, InParts: s.InParts}) {
			*s = Sale{}
		}
	}
	p.tidyShares()
}

// validate checks the promises against the item's accounts, and against what can never be
// true.
func (p *Promises) validate(of func(Account) Qty) error {
	for _, a := range [...]Account{Presale, Backorder} {
		s := p.Sale(a)
		if min(s.Bound, s.Waiting, s.Filled) < 0 || s.Left() != of(a) || s.Closed && s.Left() != 0 || a == Backorder && s.Filled != 0 ||
			s.Over < 0 || s.Over > s.Bound || s.Over > 0 && (s.Closed || s.Left() != 0) {
			return fmt.Errorf("account %s has %d, and the sale says %+v", a, of(a), *s)
		}
	}
	if err := p.checkShares(); err != nil {
		return err
	}
	waiting := p.Waiting()
	if own := p.Presale.Waiting + p.Backorder.Waiting; waiting != own || of(Awaited) != own {
		return fmt.Errorf("account %s has %d, orders wait for %d by channel and %d by sale", Awaited, of(Awaited), waiting, own)
	}
	for i, w := range p.Waits {
		if w.Units <= 0 || w.Orders == 0 || i > 0 && p.Waits[i-1].Channel >= w.Channel {
			return fmt.Errorf("orders that wait are %+v", p.Waits)
		}
	}
	return nil
}

// checkPromises checks that no unit is free that an order waits for.
func (i *Item) checkPromises() error {
	p := i.Promises
	if p == nil {
		p = &Promises{}
	}
	if err := p.validate(i.Of); err != nil {
		return err
	}
	wait, aside := p.Waiting(), i.Arrived()
	if aside > wait || aside < wait && i.Of(Shared) > 0 {
		return fmt.Errorf("%d units are set aside and %d free, orders wait for %d", aside, i.Of(Shared), wait)
	}
	for _, w := range p.Waits {
		if pool := Quota(w.Channel); aside < wait && i.Of(Arrived(pool)) < w.Units && i.Of(pool) > 0 {
			return fmt.Errorf("%d units are free in account %s, orders on the channel wait for %d", i.Of(pool), pool, w.Units)
		}
	}
	return nil
}

// setPromises stores the promises of the event. They are shared with the event and never
// changed.
func (i *Item) setPromises(p *Promises) {
	if p.empty() {
		p = nil
	}
	i.Promises = p
}

// promises is the draft's own copy, which may be changed.
func (d *draft) promises() *Promises {
	if d.to.Promises == nil {
		d.to.Promises = d.was.Promises.copy()
	}
	return d.to.Promises
}

// promisedFor is when all of what is drawn is to be there, 0 when no time is given or
// nothing is waited for.
func (i *Item) promisedFor(drawn []Balance) (at Time) {
	for _, b := range drawn {
		if b.Account.Ahead() {
			at = max(at, i.Promises.Sale(b.Account).For)
		}
	}
	return at
}

// promise books units that a new line has been sold ahead.
func (d *draft) promise(l *Line, b Balance) {
	p := d.promises()
	s := p.Sale(b.Account)
	s.Waiting += b.Qty
	p.count(b.Account, l.Channel, b.Qty)
	w := p.wait(l.Channel)
	w.Units += b.Qty
	if l.Drawn[len(l.Drawn)-1] == b {
		w.Orders++ // once, though the units may be of both sales
	}
	d.post(b.Account, Awaited, b.Qty)
}

// countBack counts n units that orders no longer wait for, and returns how many of them may be
// sold again.
func (s *Sale) countBack(n Qty) (again Qty) {
	s.Waiting -= n
	gone := min(n, s.Over)
	if s.Closed {
		gone = n
	}
	s.Bound -= gone
	s.Over -= min(gone, s.Over)
	return n - gone
}

// unpromise makes n units for sale again that a line on the channel waited for, unless the
// sale is over.
func (d *draft) unpromise(channel string, a Account, n Qty) {
	p := d.promises()
	p.wait(channel).Units -= n
	p.count(a, channel, -n)
	again := p.Sale(a).countBack(n)
	d.post(Awaited, Promise, n-again)
	d.post(Awaited, a, again)
}

// removeWaiting subtracts one waiting line.
func (d *draft) removeWaiting(channel string) { d.promises().wait(channel).Orders-- }

// unpromised is unpromise on the item itself, for units of no channel in particular.
func (i *Item) unpromised(b Balance) {
	p := i.Promises.copy()
	again := p.Sale(b.Account).countBack(b.Qty)
	i.Set(Awaited, i.Of(Awaited)-b.Qty)
	i.Set(Promise, i.Of(Promise)+b.Qty-again)
	i.Set(b.Account, i.Of(b.Account)+again)
	p.countAny(b.Account, b.Qty)
	left := b.Qty
	for n := range p.Waits {
		took := min(left, p.Waits[n].Units)
		p.Waits[n].Units -= took
		left -= took
	}
	i.Promises = p
}

// endPromises ends a draft of an item that is sold ahead: units that have become free are
// set aside for the orders that wait.
func (d *draft) endPromises(now Time) error {
	p := d.to.Promises
	if p == nil {
		p = d.was.Promises
	}
	if p == nil {
		return nil
	}
	setAside(p, d.was.Balances, d.balance, d.post)
	d.cover(now) // fewer orders may wait
	if d.to.Promises == nil {
		return nil
	}
	p.tidy()
	if max(len(p.Waits), len(p.PresaleShares), len(p.BackorderShares)) > MaxChannels {
		return invalid("channel_id", "orders of more than %d channels would wait for or have product %q at location %q",
			MaxChannels, d.was.Key.Product, d.was.Key.Location)
	}
	if d.was.Promises != nil && p.Same(d.was.Promises) || d.was.Promises == nil && p.empty() {
		d.to.Promises = nil
	}
	return nil
}

// setAside sets free units of the pools aside for the orders that wait, or puts them back
// when fewer orders wait. Lines on a channel get units of its quota before those of the
// shared pool. Afterwards no unit is free that an order waits for, so no later hold can
// draw it.
func setAside(p *Promises, balances []Balance, of func(Account) Qty, post func(from, to Account, n Qty)) {
	left := p.Waiting()
	share := func(pool Account, most Qty) {
		aside := of(Arrived(pool))
		want := min(of(pool)+aside, most)
		left -= want
		switch {
		case want > aside:
			post(pool, Arrived(pool), want-aside)
		case want < aside:
			post(Arrived(pool), pool, aside-want)
		}
	}
	for _, w := range p.Waits {
		if w.Channel != "" {
			share(Quota(w.Channel), min(w.Units, left))
		}
	}
	for _, b := range slices.Clone(balances) {
		pool, aside := b.Account.origin()
		if id, quota := pool.Channel(); aside && quota {
			if _, waits := p.findWait(id); !waits {
				share(pool, 0)
			}
		}
	}
	share(Shared, left)
}
