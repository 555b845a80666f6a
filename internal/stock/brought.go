package stock

import "reflect"

// Units that Redis hands to the ledger for a command are in an account of their own until the command is
// decided: others could take them out of the pool, and the command would be refused although they were
// there. The command sees them in the pool, and its event brings them there.

// broughtFor begins the name of the holder of such units.
const broughtFor = redisHolder + "~for:"

// BroughtHolder is the holder of units that were brought for commands about an order; without an order, for
// commands about items themselves.
func BroughtHolder(order string) string { return broughtFor + order }

// Brought is the account of those units.
func Brought(order string) Account { return Escrow(BroughtHolder(order), Shared) }

// IsBrought reports whether the account is of units that were brought for a command, and returns their holder.
func (a Account) IsBrought() (holder string, is bool) {
	holder, _, ok := a.Escrow()
	return holder, ok && len(holder) >= len(broughtFor) && holder[:len(broughtFor)] == broughtFor
}

// Brings reports whether units of Redis are brought for a command before it is decided, and for which order; "" means
// that the command is about the items themselves.
func Brings(c Command) (order string, brings bool) {
	switch c := c.(type) {
	case Place:
		return c.Order.Order, c.Fenced
	case Change:
		return c.Order.Order, true
	case Relocate:
		return c.Order.Order, true
	case Shift:
		return "", true
	case interface{ Aim() Target }:
		return "", false // what the order holds
	}
	f := formOf(reflect.TypeOf(c))
	return "", f != nil && f.use&takes != 0
}

// bringing is a state in which units that were brought for a command are in the pool.
type bringing struct {
	State
	from  Account
	items map[ItemKey]*Item // of which units were brought
}

// Item returns the item with the units that were brought.
func (b *bringing) Item(k ItemKey) *Item {
	if it := b.items[k]; it != nil {
		return it
	}
	it := b.State.Item(k)
	if it == nil {
		return nil
	}
	n := it.Of(b.from)
	if n == 0 {
		return it
	}
	is := it.Clone()
	is.Set(b.from, 0)
	is.Set(Shared, is.Of(Shared)+n)
	if b.items == nil {
		b.items = map[ItemKey]*Item{}
	}
	b.items[k] = is
	return is
}

// book has the event bring the units into the pool, where it changes their item.
func (b *bringing) book(e *Event) {
	for i := range e.Items {
		c := &e.Items[i]
		is := b.items[c.Key]
		if is == nil || !c.Changed {
			continue
		}
		n := b.State.Item(c.Key).Of(b.from)
		c.Postings = append([]Posting{{b.from, Shared, n}}, c.Postings...)
		touched := append(make([]Balance, 0, len(c.Touched)+2), Balance{b.from, 0})
		seen := false
		for _, t := range c.Touched {
			seen = seen || t.Account == Shared
			touched = append(touched, t)
		}
		if !seen {
			touched = append(touched, Balance{Shared, is.Of(Shared)})
		}
		c.Touched = touched
	}
}

// isElsewhere reports whether Redis, or other commands that units were brought for, have what the command lacks. Then it is not
// refused: soon it is known who gets them.
func (b *bringing) isElsewhere(r *Refusal, reach Reach) bool {
	tenant := reach.Order.Tenant
	if len(reach.Items) > 0 {
		tenant = reach.Items[0].Tenant
	}
	for _, s := range r.Shortages {
		it := b.State.Item(ItemKey{Tenant: tenant, Location: s.Location, Product: s.Product})
		if s.NotOnSale || s.OverLimit || !it.sellsThroughRedis() || s.Available+it.onItsWay(b.from) < s.Requested {
			return false
		}
	}
	return r.Code == Insufficient && len(r.Shortages) > 0
}

// onItsWay is how many units Redis has, and how many were brought for commands, except those in the account.
func (i *Item) onItsWay(but Account) (n Qty) {
	for _, b := range i.Balances {
		if holder, _, ok := b.Account.Escrow(); ok && b.Account != but && IsRedisHolder(holder) {
			n += b.Qty
		}
	}
	return n
}
