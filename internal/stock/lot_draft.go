package stock

import (
	"slices"
)

// This file has what a draft does about lots.

// lot is the draft's record of the lot, to be changed. The pointer is good until
// the next call.
func (d *draft) lot(lot Lot, now Time) *LotRecord {
	for i := range d.to.Lots {
		if d.to.Lots[i].Lot == lot {
			return &d.to.Lots[i]
		}
	}
	d.to.Lots = append(d.to.Lots, d.findLot(lot, now))
	return &d.to.Lots[len(d.to.Lots)-1]
}

// findLot is the record of the lot as it is in the draft, or as it will be.
func (d *draft) findLot(lot Lot, now Time) LotRecord {
	for i := range d.to.Lots {
		if d.to.Lots[i].Lot == lot {
			return d.to.Lots[i]
		}
	}
	if was := d.was.LotRecord(lot); was != nil {
		return *was
	}
	r := newLotRecord(lot, now)
	r.Recalled = recalls(rulesAfter(d), lot)
	return r
}

// sellLots counts n held units of what a line has drawn as having left their lots, in the
// order of drawing.
func (d *draft) sellLots(drawn []Balance, n Qty) {
	if len(d.was.Lots) == 0 {
		return
	}
	for _, b := range drawn {
		took := min(n, b.Qty)
		if lot, _, of := b.Account.Lot(); of && took > 0 {
			d.lot(lot, 0).Held -= took // there is one: the line holds units of it
			d.to.confirmLot(lot, took)
		}
		n -= took
	}
}

// endLots ends a draft of an item that is kept in lots. A lot may be withheld from sale: units
// that have come into its pool pass to its withheld account. Then the records of the lots follow
// what was posted. It refuses what an item with lots cannot have.
func (d *draft) endLots(now Time) error {
	inLot := func(b Balance) bool { _, _, of := b.Account.Lot(); return of }
	if len(d.was.Lots)+len(d.to.Lots) == 0 && !slices.ContainsFunc(d.to.Touched, inLot) {
		return nil
	}
	for i := range len(d.to.Touched) { // the postings here touch no further pool
		b := d.to.Touched[i]
		if lot, whole, of := b.Account.Lot(); of && whole == Shared && b.Qty > 0 && !d.lot(lot, now).sells(d.to.LotPolicy, now) {
			d.post(b.Account, Withheld.InLot(lot), b.Qty)
		}
	}
	for _, p := range d.to.Postings {
		if lot, _, of := p.From.Lot(); of {
			if r := d.lot(lot, now); p.To == Held {
				r.Held += p.Qty
			}
		}
		if lot, _, of := p.To.Lot(); of {
			if r := d.lot(lot, now); p.From == Held {
				r.Held -= p.Qty
			}
		}
	}
	kept := d.dropLots()
	switch {
	case kept == 0:
		return nil
	case kept > MaxLots && kept > len(d.was.Lots):
		return lotsRefused(d.was.Key, "has %d lots, which is the most: lift recalls of lots that are gone, or empty others", MaxLots)
	}
	return d.aloneWithLots()
}

// dropLots takes unchanged records out of the draft, marks those of lots that have nothing
// left as removed, and returns how many lots the item keeps.
func (d *draft) dropLots() (kept int) {
	kept = len(d.was.Lots)
	d.to.Lots = slices.DeleteFunc(d.to.Lots, func(r LotRecord) bool {
		was := d.was.LotRecord(r.Lot)
		return was != nil && *was == r && !d.emptyLot(&r)
	})
	if len(d.to.Lots) == 0 {
		d.to.Lots = nil
	}
	for i := range d.to.Lots {
		r := &d.to.Lots[i]
		known := d.was.LotRecord(r.Lot) != nil
		switch empty := d.emptyLot(r); {
		case empty:
			*r = LotRecord{Lot: r.Lot}
			if known {
				kept--
			}
		case !known:
			kept++
		}
	}
	return kept
}

// emptyLot reports whether the record has nothing that would be missed.
func (d *draft) emptyLot(r *LotRecord) bool {
	if r.Held != 0 || r.Recalled {
		return false
	}
	for _, k := range lotKinds {
		if d.balance(k.whole.InLot(r.Lot)) != 0 {
			return false
		}
	}
	return true
}

// aloneWithLots refuses to keep an item in lots that has quotas of channels or is sold
// before it is there: nothing would say whose units of which lot those are. Records of
// quotas that are over, and say nothing, go when the first lot comes.
func (d *draft) aloneWithLots() error {
	p := d.to.Promises
	if p == nil {
		p = d.was.Promises
	}
	quota := func(b Balance) bool { _, of := b.Account.Channel(); return of && d.balance(b.Account) > 0 }
	sells := p != nil && !p.empty() || len(d.to.Channels) > 0 ||
		slices.ContainsFunc(d.to.Touched, quota) || slices.ContainsFunc(d.was.Balances, quota) ||
		slices.ContainsFunc(d.was.Channels, func(c Channel) bool { return !d.was.idle(&c) })
	switch {
	case sells && len(d.was.Lots) > 0:
		return d.was.refuseInLots()
	case sells:
		return lotsRefused(d.was.Key, "has quotas of channels or campaigns, or is sold before it is there: "+
			"it can be kept in lots when none are left, nothing is held on those channels and a new period has begun")
	}
	for i := range d.was.Channels {
		d.to.Channels = append(d.to.Channels, Channel{ID: d.was.Channels[i].ID})
	}
	for i := range d.was.Rules {
		d.to.Rules = append(d.to.Rules, Rule{Channel: d.was.Rules[i].Channel})
	}
	return nil
}

// refuseInLots refuses quotas and promises of an item that is kept in lots, nil when it
// is not.
func (i *Item) refuseInLots() error {
	if len(i.Lots) == 0 {
		return nil
	}
	return lotsRefused(i.Key, "is kept in lots: it can have no quotas of channels or campaigns, and cannot be sold before it is there")
}
