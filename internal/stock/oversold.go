package stock

import "slices"

// The oversold account owes units that were promised although there are none: by a sale made
// elsewhere, or by a hold that the shelf no longer covers. One rule keeps anybody from having
// units that are owed: nothing is owed while holds could draw units. So whenever units come into
// what is for sale, or units are found to be missing, however that happens, all that is for sale
// covers what is owed in the same event, over lots and channels (settleOwed, at the end of every
// draft).

// settleOwed calls post for the units that cover what is owed, as far as holds draw from their
// accounts: first the units that have come to the accounts, then all others, in the order in
// which a fact takes them. has is what an account can give. Units that a till was advanced for an
// order are owed themselves: in its books only units that have come cover.
func (i *Item) settleOwed(owes Qty, came []Balance, now Time, has func(Account) Qty, draws func(Account) bool, post func(Account, Qty)) {
	cover := func(a Account, most Qty) {
		if n := min(most, owes); n > 0 && draws(a) {
			post(a, n)
			owes -= n
		}
	}
	for _, b := range came {
		cover(b.Account, b.Qty-i.Of(b.Account))
	}
	if owes <= 0 || i.Of(Granted) != 0 {
		return
	}
	for _, a := range i.lacking() {
		cover(a, has(a))
	}
	if len(i.Lots) > 0 {
		for _, r := range i.drawnLots("", now) {
			a := Shared.InLot(r.Lot)
			cover(a, has(a))
		}
	}
}

// cover covers what is oversold. Units that come out of the oversold account are lent: they cover
// nothing.
func (d *draft) cover(now Time) {
	owes := d.balance(Oversold)
	if owes >= 0 {
		return
	}
	lent := func(a Account) (n Qty) {
		for _, p := range d.to.Postings {
			if p.From == Oversold && p.To == a {
				n += p.Qty
			}
		}
		return n
	}
	came := slices.Clone(d.to.Touched)
	for i := range came {
		came[i].Qty -= lent(came[i].Account)
	}
	d.was.settleOwed(-owes, came, now,
		func(a Account) Qty { return d.balance(a) - lent(a) },
		func(a Account) bool { return d.draws(a, now) },
		func(a Account, n Qty) { d.post(a, Oversold, n) })
}

// mayOwe reports whether the draft may have left units for sale next to units that are owed: units
// have come to any account but those where orders take them, or more is owed.
func (d *draft) mayOwe() bool {
	for _, p := range d.to.Postings {
		if p.From == Oversold || p.To != Held && p.To != Customer {
			return true
		}
	}
	return false
}

// lacking lists the accounts that give units which are gone, whatever the books say: those that
// are named first, then the pool, then the quotas, lowest priority first. What they lack is owed.
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
