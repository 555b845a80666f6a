package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// LotRecord is what an item keeps of one lot, in addition to the balances of the lot's
// accounts. It is there while the lot has units or holds, and while it is recalled: units
// of it that come later are not sold either.
type LotRecord struct {
	Lot Lot
	// Since is when the lot was first received. A record without one says that the item no
	// longer keeps anything of the lot.
	Since Time
	// Held counts the lot's units that open lines hold: the account of held
	// units is one for the whole item.
	Held Qty
	// Recalled says that its units are not to be sold again.
	Recalled bool
	// Expires repeats Lot.Expires.
	Expires Time
}

// DrawOrder says which lot gives first.
type DrawOrder uint8

// The orders of drawing. Under each, units of equal rank are drawn by the time of their
// first receipt, and then by the bytes of the lot.
const (
	// DrawUsual is DrawFEFO when a lot expires, otherwise DrawFIFO.
	DrawUsual DrawOrder = iota
	// DrawFEFO takes the earliest expiry first. Lots that never expire come after those,
	// and units of no lot last: nothing is known of them.
	DrawFEFO
	// DrawFIFO takes the earliest receipt first. Units of no lot come before all others:
	// they were there before the product was kept in lots.
	DrawFIFO
	drawUnused
)

// LotPolicy says how lots of an item are drawn. The zero value is the default.
type LotPolicy struct {
	Draw DrawOrder
	// LeadDays is how many days before they expire units are no longer sold.
	LeadDays uint16
}

// MaxLeadDays bounds how long before its expiry a lot stops being sold.
const MaxLeadDays = 3650

const day Time = 24 * 60 * 60 * 1000

// newLotRecord is the record of a lot that is received for the first time.
func newLotRecord(lot Lot, now Time) LotRecord {
	return LotRecord{Lot: lot, Since: now, Expires: lot.Expires()}
}

// LotRecord returns the item's record of the lot, nil when it keeps none.
func (i *Item) LotRecord(lot Lot) *LotRecord {
	at, ok := i.findLot(lot)
	if !ok {
		return nil
	}
	return &i.Lots[at]
}

func (i *Item) findLot(lot Lot) (at int, ok bool) {
	return slices.BinarySearchFunc(i.Lots, lot, func(r LotRecord, lot Lot) int { return cmp.Compare(r.Lot, lot) })
}

// setLot stores the record. If the record is removed the lot's accounts are removed too:
// they are empty. The caller owns i.Lots and i.Balances.
func (i *Item) setLot(r LotRecord) {
	at, ok := i.findLot(r.Lot)
	switch {
	case r.Since == 0:
		if ok {
			i.Lots = slices.Delete(i.Lots, at, at+1)
		}
		if len(i.Lots) == 0 {
			i.Lots = nil
		}
		i.Balances = slices.DeleteFunc(i.Balances, func(b Balance) bool {
			lot, _, of := b.Account.Lot()
			return of && lot == r.Lot
		})
	case ok:
		i.Lots[at] = r
	default:
		i.Lots = slices.Insert(i.Lots, at, r)
	}
}

// SellsLot reports whether units of the lot may be sold at the time now.
func (i *Item) SellsLot(r *LotRecord, now Time) bool { return r.sells(i.LotPolicy, now) }

func (r *LotRecord) sells(p LotPolicy, now Time) bool {
	return !r.Recalled && (r.Expires == 0 || now < r.lastSale(p))
}

// lastSale is the moment from which units of a lot that expires are no longer sold.
func (r *LotRecord) lastSale(p LotPolicy) Time {
	return max(1, r.Expires-Time(p.LeadDays)*day)
}

// lotLapses is the next moment at which units of a lot leave the pool by
// themselves, 0 when none do.
func (i *Item) lotLapses() (next Time) {
	i.lotPools(func(r *LotRecord, _ Balance) {
		if r.Expires == 0 || r.Recalled {
			return // recalled units have left the pool
		}
		if at := r.lastSale(i.LotPolicy); next == 0 || at < next {
			next = at
		}
	})
	return next
}

// lotPools calls fn for each lot that has units in its pool, by lot. Records and balances
// are both sorted by lot, so one pass over each is enough.
func (i *Item) lotPools(fn func(r *LotRecord, pool Balance)) {
	if len(i.Lots) == 0 {
		return
	}
	n := 0
	for _, b := range i.Balances {
		lot, whole, of := b.Account.Lot()
		if !of || whole != Shared || b.Qty <= 0 {
			continue
		}
		for n < len(i.Lots) && i.Lots[n].Lot < lot {
			n++
		}
		if n < len(i.Lots) && i.Lots[n].Lot == lot {
			fn(&i.Lots[n], b)
		}
	}
}

// freedLot counts held units of the lot as given back and returns the account that
// they come to.
func (i *Item) freedLot(lot Lot, n Qty, now Time) Account {
	at, ok := i.findLot(lot)
	if !ok {
		return Shared.InLot(lot)
	}
	r := &i.Lots[at]
	r.Held -= min(r.Held, n)
	if !i.SellsLot(r, now) {
		return Withheld.InLot(lot)
	}
	return Shared.InLot(lot)
}

// countOnHand counts the units of the lot in the house, held units included; for no lot,
// those of the item.
func (i *Item) countOnHand(lot Lot) Qty {
	if lot == "" {
		return i.Figures().OnHand
	}
	var n Qty
	if r := i.LotRecord(lot); r != nil {
		n = r.Held
	}
	for _, k := range lotKinds {
		n += i.Of(k.whole.InLot(lot))
	}
	return n
}

// reachesLots is what a hold may draw from; loose is what it may draw from of units of no
// lot.
func (i *Item) reachesLots(loose []Account, want Lot, now Time) []Account {
	lots := i.drawnLots(want, now)
	from := make([]Account, 0, len(lots)+len(loose))
	if want == "" && i.drawOrder() == DrawFIFO {
		from = append(from, loose...)
	}
	for _, r := range lots {
		from = append(from, Shared.InLot(r.Lot))
	}
	if want == "" && i.drawOrder() != DrawFIFO {
		from = append(from, loose...)
	}
	return from
}

// drawnLots lists the lots that a hold may draw from at the time now, the first to give
// first. With a lot wanted it is that one, or, when the item has no such lot, those that
// have all its attributes.
func (i *Item) drawnLots(want Lot, now Time) []*LotRecord {
	if r := i.LotRecord(want); r != nil {
		if !i.SellsLot(r, now) {
			return nil
		}
		return []*LotRecord{r}
	}
	lots := make([]*LotRecord, 0, len(i.Lots))
	for n := range i.Lots {
		if r := &i.Lots[n]; i.SellsLot(r, now) && r.Lot.Has(want) {
			lots = append(lots, r)
		}
	}
	byExpiry := i.drawOrder() == DrawFEFO
	slices.SortFunc(lots, func(a, b *LotRecord) int {
		order := 0
		if byExpiry {
			order = compareExpiry(a.Expires, b.Expires)
		}
		return cmp.Or(order, cmp.Compare(a.Since, b.Since), cmp.Compare(a.Lot, b.Lot))
	})
	return lots
}

// compareExpiry puts what never expires last.
func compareExpiry(a, b Time) int {
	if (a == 0) != (b == 0) {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// drawOrder is the order in which the item's lots are drawn.
func (i *Item) drawOrder() DrawOrder {
	if i.LotPolicy.Draw != DrawUsual {
		return i.LotPolicy.Draw
	}
	if slices.ContainsFunc(i.Lots, func(r LotRecord) bool { return r.Expires != 0 }) {
		return DrawFEFO
	}
	return DrawFIFO
}

// validate reports what can never be true of a record.
func (r *LotRecord) validate() error {
	_, ok := r.Lot.Attributes()
	gone := r.Since == 0
	if !ok || r.Held < 0 || gone && *r != (LotRecord{Lot: r.Lot}) || !gone && r.Expires != r.Lot.Expires() {
		return fmt.Errorf("lot %q has the record %+v", r.Lot, *r)
	}
	return nil
}

// checkLots checks the lots against the balances.
func (i *Item) checkLots() error {
	var held Qty
	for n := range i.Lots {
		r := &i.Lots[n]
		held += r.Held
		if err := r.validate(); err != nil {
			return err
		}
	}
	if held > i.Of(Held) {
		return fmt.Errorf("lots hold %d, the account has %d", held, i.Of(Held))
	}
	for _, b := range i.Balances {
		if lot, _, of := b.Account.Lot(); of && b.Qty != 0 && i.LotRecord(lot) == nil {
			return fmt.Errorf("account %q has %d and the item keeps no such lot", b.Account, b.Qty)
		}
	}
	return nil
}
