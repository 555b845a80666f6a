package world

import "holdfast.dev/holdfast/internal/stock"

// meetsOwed complains about units that are for sale while others are owed.
func (h *heap) meetsOwed(now int64, wrong func(string, ...any)) {
	if owed, free := -h.has[stock.Oversold], h.sellable(now); owed > 0 && free > 0 {
		wrong("%d are owed and %d are for sale", owed, free)
	}
}

// sellable is how many units of the item orders could have at the time.
func (h *heap) sellable(now int64) (n int64) {
	for a, units := range h.has {
		_, channel := a.Channel()
		switch at := lotSold(a); {
		case a == stock.Shared, channel, at >= 0 && (lotPolicy{}).sells(at, now):
			n += units
		}
	}
	return n
}

// lotSold is the number of the lot whose units in the account are for sale, -1: the account is
// not that of one.
func lotSold(a stock.Account) int {
	p, ok := placeOf(string(a))
	if !ok || p < lotPool || p >= lotWithheld {
		return -1
	}
	return int(p - lotPool)
}
