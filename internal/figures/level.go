package figures

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Levels are counted by their changes: the level at a time is the sum of all changes, less
// those after that time. The state of an item before an event follows from the event, so
// nothing is kept per item, in memory or in the database.

// state counts the changes of the levels of an item.
func (c blockIndex) state(s stamp, at stock.Time, op stock.Op, it *stock.ItemChange) {
	if !it.Changed || it.Key.Hidden() || it.Key.Everywhere() {
		return
	}
	g := groupOf(it.Unit, it.Scale)
	was, is := statesOf(op, it)
	c.level(s, at, it.Key.Location, g, onHand, is.onHand-was.onHand)
	c.level(s, at, it.Key.Location, g, items, count(is.used)-count(was.used))
	c.level(s, at, it.Key.Location, g, out, count(is.isOut())-count(was.isOut()))
}

// looked counts a count of an item.
func (c blockIndex) looked(s stamp, op stock.Op, it *stock.ItemChange, g Group) {
	if op != stock.OpObserve || !it.Changed || it.Key.Hidden() || it.Key.Everywhere() || isOfLot(it) {
		return
	}
	c.add(s, it.Key.Location, g, Counts, 1)
	if len(it.Postings) == 0 {
		c.add(s, it.Key.Location, g, CountsExact, 1)
	}
}

// oversell counts units that an item owes since the change, on the channel that sold them.
func (c blockIndex) oversell(s stamp, g Group, it *stock.ItemChange) {
	if !it.Changed || it.Key.Hidden() || it.Key.Everywhere() {
		return
	}
	if n := oversold(it); n > 0 {
		c.add(s, it.Key.Location, g, Oversells, 1)
		c.add(s, it.Key.Location, g, Oversold, n)
	}
}

// level adds a change of a level of the location, and of all.
func (c blockIndex) level(s stamp, at stock.Time, location string, g Group, of Sum, n int64) {
	if n == 0 {
		return
	}
	rest := (s.quarter+quarter)*60 - int64(at)/1000
	for _, place := range []string{"", location} {
		sums := c.block(catalog.FigureKey{Tenant: s.tenant, Location: place, Span: quarter, At: s.quarter}).group(g)
		sums.add(of, n)
		sums.add(of+1, n*rest)
		c.block(catalog.FigureKey{Tenant: s.tenant, Location: place, Span: whole}).group(g).add(of, n)
	}
}

// itemState is the data that levels are made of.
type itemState struct {
	used              bool // counted, and not retired
	onHand, available int64
}

// isOut reports whether nothing of an item in use is available.
func (s itemState) isOut() bool { return s.used && s.available <= 0 }

func count(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// statesOf returns the states of a changed item before and after.
func statesOf(op stock.Op, it *stock.ItemChange) (was, is itemState) {
	is = itemState{it.Tracked && !it.Retired, int64(it.Figures.OnHand), int64(it.Figures.Available)}
	was = is
	for _, p := range it.Postings {
		was.onHand += int64(p.Qty) * (count(p.From.Physical()) - count(p.To.Physical()))
		was.available += int64(p.Qty) * (count(p.From.Sellable()) - count(p.To.Sellable()))
	}
	switch {
	case it.Version == 1: // it was not there
		was = itemState{}
	case op == stock.OpRetire:
		was.used = it.Tracked
	case op == stock.OpReinstate:
		was.used = false
	}
	return was, is
}

// isOfLot reports whether units of a lot were counted.
func isOfLot(it *stock.ItemChange) bool {
	for _, p := range it.Postings {
		for _, a := range []stock.Account{p.From, p.To} {
			if _, _, of := a.Lot(); of {
				return true
			}
		}
	}
	return false
}

// oversold is how many units the event promised or sold that are not there. Units for sale,
// such as those of a till, cover what is owed: they come back, or the next count settles it.
// Units that a till sells without having them are about to leave.
func oversold(it *stock.ItemChange) int64 {
	var took, lent stock.Qty
	for _, p := range it.Postings {
		if p.From == stock.Oversold {
			took += p.Qty
			if p.To.Sellable() {
				lent += p.Qty
			}
		}
		if p.To == stock.Oversold { // a count that came first had found them missing
			took -= p.Qty
		}
	}
	if took <= 0 {
		return 0
	}
	owed := stock.Qty(0)
	for _, b := range it.Touched {
		if b.Account == stock.Oversold {
			owed = -b.Qty
		}
	}
	return int64(max(0, min(took, owed-(it.Figures.Available-lent))))
}
