package stock

import (
	"cmp"
	"fmt"
)

// Sound checks what must hold for every item at every time: no inside account below zero,
// no figure above MaxQty, the sum of all accounts zero.
func (i *Item) Sound() error {
	var sum Qty
	for _, b := range i.Balances {
		sum += b.Qty
		if !b.Account.Outside() && (b.Qty < 0 || b.Qty > MaxQty) {
			return fmt.Errorf("account %s of %q at %q holds %d", b.Account, i.Key.Product, i.Key.Location, b.Qty)
		}
	}
	if i.Retired && i.OnSale {
		return fmt.Errorf("%q at %q is retired, and on sale", i.Key.Product, i.Key.Location)
	}
	if sum != 0 {
		return fmt.Errorf("accounts of %q at %q sum to %d", i.Key.Product, i.Key.Location, sum)
	}
	if err := i.checkPromises(); err != nil {
		return fmt.Errorf("%q at %q: %w", i.Key.Product, i.Key.Location, err)
	}
	var held Qty
	for n := range i.Channels {
		c := &i.Channels[n]
		held += c.Held + c.PoolHeld
		if err := c.validate(); err != nil {
			return fmt.Errorf("%q at %q: %w", i.Key.Product, i.Key.Location, err)
		}
	}
	for n := range i.Rules {
		if err := i.Rules[n].validate(); err != nil {
			return fmt.Errorf("%q at %q: %w", i.Key.Product, i.Key.Location, err)
		}
	}
	if len(i.Channels) > 0 && held > i.Of(Held) {
		return fmt.Errorf("channels of %q at %q hold %d, the account has %d", i.Key.Product, i.Key.Location, held, i.Of(Held))
	}
	if err := i.checkLots(); err != nil {
		return fmt.Errorf("%q at %q: %w", i.Key.Product, i.Key.Location, err)
	}
	return nil
}

// Follows checks that the change leads from the item (nil: it does not exist yet) to the
// state in the change: each touched account moved by just the postings, and no inside
// account went below zero. It is the safety net under the rules: a change that does not
// follow is never stored.
func (c *ItemChange) Follows(from *Item) error {
	if from == nil {
		from = &Item{Key: c.Key}
	}
	if !c.Changed {
		if len(c.Postings) > 0 {
			return fmt.Errorf("postings on an unchanged %q at %q", c.Key.Product, c.Key.Location)
		}
		return nil
	}
	if c.Version != from.Version+1 {
		return fmt.Errorf("version of %q at %q goes from %d to %d", c.Key.Product, c.Key.Location, from.Version, c.Version)
	}
	for i := range c.Channels {
		if err := c.Channels[i].validate(); err != nil {
			return fmt.Errorf("%q at %q: %w", c.Key.Product, c.Key.Location, err)
		}
	}
	for i := range c.Rules {
		if err := c.Rules[i].validate(); err != nil {
			return fmt.Errorf("%q at %q: %w", c.Key.Product, c.Key.Location, err)
		}
	}
	if p := cmp.Or(c.Promises, from.Promises); p != nil {
		if err := p.validate(func(a Account) Qty { return c.balanceAfter(from, a) }); err != nil {
			return fmt.Errorf("%q at %q: %w", c.Key.Product, c.Key.Location, err)
		}
	}
	for i := range c.Lots {
		if err := c.Lots[i].validate(); err != nil {
			return fmt.Errorf("%q at %q: %w", c.Key.Product, c.Key.Location, err)
		}
	}
	for _, p := range c.Postings {
		if p.Qty <= 0 || p.From == p.To {
			return fmt.Errorf("posting of %d from %s to %s", p.Qty, p.From, p.To)
		}
		if !c.touches(p.From) || !c.touches(p.To) {
			return fmt.Errorf("posting from %s to %s leaves no balance", p.From, p.To)
		}
	}
	for _, t := range c.Touched {
		want := from.Of(t.Account)
		for _, p := range c.Postings {
			if p.From == t.Account {
				want -= p.Qty
			}
			if p.To == t.Account {
				want += p.Qty
			}
		}
		if t.Qty != want {
			return fmt.Errorf("account %s of %q at %q is said to hold %d, the postings leave %d", t.Account, c.Key.Product, c.Key.Location, t.Qty, want)
		}
		if !t.Account.Outside() && (t.Qty < 0 || t.Qty > MaxQty) {
			return fmt.Errorf("account %s of %q at %q would hold %d", t.Account, c.Key.Product, c.Key.Location, t.Qty)
		}
	}
	return nil
}

// balanceAfter is the balance of the account after the change.
func (c *ItemChange) balanceAfter(from *Item, a Account) Qty {
	for _, t := range c.Touched {
		if t.Account == a {
			return t.Qty
		}
	}
	return from.Of(a)
}

func (c *ItemChange) touches(a Account) bool {
	for _, t := range c.Touched {
		if t.Account == a {
			return true
		}
	}
	return false
}
