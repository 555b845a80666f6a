package stock

import "slices"

// LotUnits are units of one lot.
type LotUnits struct {
	Lot Lot
	Qty Qty
}

// LotsMoved returns of which lots the event moved how many units, in whatever direction:
// in, out, on hold, or from one account of the lot to another. Units that moved twice in
// the same event, such as units that come in and are withheld at once, count once. It is
// nil when the event moved units of no lot.
func (c *ItemChange) LotsMoved() []LotUnits {
	var moved []lotWays
	at := map[Lot]int(nil)
	of := func(lot Lot) *lotWays {
		i, known := at[lot]
		if !known {
			if at == nil {
				at = map[Lot]int{}
			}
			i = len(moved)
			at[lot] = i
			moved = append(moved, lotWays{lot: lot})
		}
		return &moved[i]
	}
	for _, p := range c.Postings {
		from, _, left := p.From.Lot()
		to, _, came := p.To.Lot()
		if left && came && from == to {
			of(from).within += p.Qty
			continue
		}
		if left {
			of(from).out += p.Qty
		}
		if came {
			of(to).in += p.Qty
		}
	}
	for _, u := range c.Confirmed {
		of(u.Lot).out += u.Qty
	}
	if len(moved) == 0 {
		return nil
	}
	units := make([]LotUnits, len(moved))
	for i, w := range moved {
		units[i] = LotUnits{w.lot, max(w.in, w.out, w.within)}
	}
	return units
}

// lotWays are the units of a lot that came to its accounts, left them, and went
// from one of them to another.
type lotWays struct {
	lot             Lot
	in, out, within Qty
}

// confirmLot notes that n held units of the lot left with the order.
func (c *ItemChange) confirmLot(lot Lot, n Qty) {
	at := slices.IndexFunc(c.Confirmed, func(u LotUnits) bool { return u.Lot == lot })
	if at < 0 {
		c.Confirmed = append(c.Confirmed, LotUnits{lot, n})
		return
	}
	c.Confirmed[at].Qty += n
}
