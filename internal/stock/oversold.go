package stock

import "slices"

// The oversold account owes units that were promised although there are none: by a sale made
// elsewhere, or by a hold that the shelf no longer covers. One rule keeps anybody from having
// units that are owed, and has two sides: units that come into what is for sale, however they
// come, cover what is owed in the same event (cover, at the end of every draft); and nothing is
// owed while the pool or a quota has units (lacking).

// covers calls post for the units in the accounts that cover the oversold balance: units
// that they have now and the item did not have before, where holds draw from the account.
// A lot that is not sold covers nothing.
func covers(was *Item, accounts []Balance, oversold Qty, draws func(Account) bool, post func(Account, Qty)) {
	for _, b := range accounts {
		if n := min(b.Qty-was.Of(b.Account), -oversold); n > 0 && draws(b.Account) {
			post(b.Account, n)
			oversold += n
		}
	}
}

// cover covers what is oversold with the units that came into what is for sale. Units that
// come out of the oversold account are lent: they cover nothing.
func (d *draft) cover(now Time) {
	owes := d.balance(Oversold)
	if owes >= 0 {
		return
	}
	gained := slices.Clone(d.to.Touched)
	for _, p := range d.to.Postings {
		if p.From == Oversold {
			at := slices.IndexFunc(gained, func(b Balance) bool { return b.Account == p.To })
			gained[at].Qty -= p.Qty
		}
	}
	covers(d.was, gained, owes, func(a Account) bool { return d.draws(a, now) }, func(a Account, n Qty) { d.post(a, Oversold, n) })
}

// lacking lists the accounts that give units which are gone, whatever the books say: those that
// are named first, then the pool, then the quotas by name. What they lack is owed.
func (i *Item) lacking(first ...Account) []Account {
	from := slices.Clip(first)
	for _, a := range append([]Account{Shared}, i.quotas()...) {
		if !slices.Contains(from, a) {
			from = append(from, a)
		}
	}
	return from
}

// draws reports whether holds draw from the account after the draft: the shared pool, a quota, or
// a lot that is sold.
func (d *draft) draws(a Account, now Time) bool {
	lot, pool, of := a.Lot()
	if !of {
		return a.pool()
	}
	r := d.findLot(lot, now)
	return pool == Shared && r.sells(d.to.LotPolicy, now)
}

// draws is draft.draws for the item as it is.
func (i *Item) draws(a Account, now Time) bool {
	lot, pool, of := a.Lot()
	if !of {
		return a.pool()
	}
	r := i.LotRecord(lot)
	return pool == Shared && r != nil && i.SellsLot(r, now)
}
