package stock

// The oversold account owes units that were promised although there are none: by a sale made
// elsewhere, or by a hold that the shelf no longer covers. Units that arrive or become free
// cover it before anyone may have them. Otherwise they would be promised twice.

// covers calls post for the units in the accounts that cover the oversold balance: units
// that they have now and the item did not have before. A lot that is not sold covers
// nothing.
func covers(was *Item, now Time, accounts []Balance, oversold Qty, post func(Account, Qty)) {
	for _, b := range accounts {
		if n := min(b.Qty-was.Of(b.Account), -oversold); n > 0 && was.promises(b.Account, now) {
			post(b.Account, n)
			oversold += n
		}
	}
}

// promises reports whether holds draw from the account: the shared pool, a quota,
// or a lot that is sold.
func (i *Item) promises(a Account, now Time) bool {
	lot, pool, of := a.Lot()
	if !of {
		return a.pool()
	}
	r := i.LotRecord(lot)
	if r == nil { // there is nothing of it yet
		r = &LotRecord{Lot: lot, Expires: lot.Expires()}
	}
	return pool == Shared && i.SellsLot(r, now)
}
