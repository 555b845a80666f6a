package stock

import "slices"

// This file lets a leg follow its home lot by lot: when a release or deduct names a lot,
// the totals do not say which of the units it took.

// settleByLot lets n units of the leg leave, or come back: just those that the home's line names.
// It reports false, and changes nothing, when the leg does not have them.
func (c Settle) settleByLot(l *Line, n Qty, d *draft) bool {
	if l.Drawn[0].Account == Uncounted {
		return false
	}
	took := l.Drawn // the units that the home no longer holds
	for _, b := range c.Drawn {
		took = subtractLast(took, b)
	}
	if c.What == OpConfirm {
		took = c.Left
		if took == nil {
			took = []Balance{{Shared, c.Confirmed}}
		}
		left := l.Left
		if left == nil && l.Confirmed > 0 {
			left = []Balance{{Shared, l.Confirmed}}
		}
		for _, b := range left {
			took = subtractLast(took, b)
		}
	}
	rest := l.Drawn
	for _, b := range took {
		rest = subtractLast(rest, b)
	}
	if total(took) != n || total(rest) != l.Quantity()-n {
		return false
	}
	if len(rest) == 0 {
		rest = nil
	}
	if c.What == OpConfirm {
		l.sellFirst(took, rest, n, d)
		return true
	}
	for _, b := range slices.Backward(took) {
		d.returnUnits(l, b.Account, b.Qty)
	}
	l.Drawn = rest
	l.gaveBack(n)
	return true
}

// subtractLast returns the rest when the units are taken away, as many of them as there are, the
// last first.
func subtractLast(of []Balance, units Balance) (rest []Balance) {
	rest = slices.Clone(of)
	for i := len(rest) - 1; i >= 0 && units.Qty > 0; i-- {
		if rest[i].Account == units.Account {
			took := min(rest[i].Qty, units.Qty)
			rest[i].Qty -= took
			units.Qty -= took
		}
	}
	return slices.DeleteFunc(rest, func(b Balance) bool { return b.Qty == 0 })
}

func total(bs []Balance) (n Qty) {
	for _, b := range bs {
		n += b.Qty
	}
	return n
}
