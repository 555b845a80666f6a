package stock

import (
	"fmt"
	"slices"
)

// This file has what a release or deduct does when it names a lot of its line.

// selectLot selects the accounts that a command means when it names the lot, among the accounts
// that a line has drawn from. It means the account of just this lot. When the line has none of it,
// it means the accounts of all lots that have its attributes.
func (l Lot) selectLot(drawn []Balance) func(Account) bool {
	exact := slices.ContainsFunc(drawn, func(b Balance) bool {
		lot, _, of := b.Account.Lot()
		return of && lot == l
	})
	return func(a Account) bool {
		lot, _, of := a.Lot()
		return of && (lot == l || !exact && lot.Has(l))
	}
}

// firstOf takes the first n units of the lot, in the order of drawing, out of
// what was drawn. Both lists keep that order; each is nil when it has nothing.
func (l Lot) firstOf(drawn []Balance, n Qty) (took, rest []Balance) {
	meant := l.selectLot(drawn)
	for _, b := range drawn {
		part := Qty(0)
		if meant(b.Account) {
			part = min(n, b.Qty)
		}
		n -= part
		if part > 0 {
			took = append(took, Balance{b.Account, part})
		}
		if b.Qty > part {
			rest = append(rest, Balance{b.Account, b.Qty - part})
		}
	}
	return took, rest
}

// lastOf is firstOf from the other end.
func (l Lot) lastOf(drawn []Balance, n Qty) (took, rest []Balance) {
	turned := slices.Clone(drawn)
	slices.Reverse(turned)
	took, rest = l.firstOf(turned, n)
	slices.Reverse(took)
	slices.Reverse(rest)
	return took, rest
}

// giveBack posts n units of the lot in the line back to where they were drawn from, last
// drawn first, and returns what is still drawn, nil when nothing is. Without a draft it
// posts nothing.
func (l Lot) giveBack(line *Line, n Qty, d *draft) (rest []Balance) {
	took, rest := l.lastOf(line.Drawn, n)
	for _, b := range slices.Backward(took) {
		if d != nil {
			d.returnUnits(line, b.Account, b.Qty)
		}
	}
	return rest
}

// unitsOf is how many units of the lot in an open line the target asks for.
func (t Target) unitsOf(lot Lot, l *Line) (Qty, *Refusal) {
	refused := func(format string, args ...any) (Qty, *Refusal) {
		return 0, &Refusal{Code: InvalidState, State: l.State(), Field: "lot", Detail: fmt.Sprintf(format, args...)}
	}
	meant, has := lot.selectLot(l.Drawn), Qty(0)
	for _, b := range l.Drawn {
		if meant(b.Account) {
			has += b.Qty
		}
	}
	switch n := t.Qty; {
	case has == 0:
		return refused("the reservation holds nothing of that lot")
	case n > has:
		return refused("the reservation holds %d of that lot, not %d", has, n)
	case n == 0:
		t.Qty = has
	}
	if held := l.Quantity(); t.Qty < held && !t.Keyed {
		return 0, partNeedsKey(held)
	}
	return t.Qty, nil
}
