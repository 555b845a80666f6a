package stock

import "strings"

// lotKinds are the accounts of which each lot has one of its own, with the prefix of their
// names.
var lotKinds = [...]struct {
	whole  Account
	prefix string
}{
	{Shared, "lot/"},
	{Withheld, "withheld/"},
	{Damaged, "damaged/"},
	{Quality, "quality/"},
}

// InLot is the lot's own account next to this one, which is the shared pool, withheld,
// damaged or quality. Any other account, and no lot, gives the account itself.
func (a Account) InLot(lot Lot) Account {
	if lot == "" {
		return a
	}
	for _, k := range lotKinds {
		if k.whole == a {
			return Account(k.prefix + string(lot))
		}
	}
	return a
}

// account is the account of the item that a command means: that of the lot when the key
// names one.
func (k ItemKey) account(field string, a Account) (Account, *Refusal) {
	lot := k.LotOf()
	if lot == "" {
		return a, nil
	}
	if r := lot.check(k); r != nil {
		return "", r
	}
	own := a.InLot(lot)
	if own == a {
		return "", invalid(field, "units of a lot cannot be in account %q", a)
	}
	return own, nil
}

// Lot returns the lot that the account is of, and the account of the whole item that it
// belongs to; ok is false when it is of none.
func (a Account) Lot() (lot Lot, whole Account, ok bool) {
	if _, known := accountNumber(a); known {
		return "", a, false
	}
	for _, k := range lotKinds {
		if rest, found := strings.CutPrefix(string(a), k.prefix); found {
			return Lot(rest), k.whole, true
		}
	}
	return "", a, false
}
