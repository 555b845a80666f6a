package audit

import (
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// lotUnits are what an item's open lines hold of its lots.
type lotUnits map[stock.Lot]stock.Qty

// add counts the line's units once more, or once less.
func (a *lotUnits) add(l *stock.Line, sign stock.Qty) {
	if l.Copied() {
		return
	}
	for _, d := range l.Drawn {
		lot, _, of := d.Account.Lot()
		if !of {
			continue
		}
		if *a == nil {
			*a = lotUnits{}
		}
		if (*a)[lot] += sign * d.Qty; (*a)[lot] == 0 {
			delete(*a, lot)
		}
	}
}

// checkLots checks the item's record of held lots against the open lines.
func (it *keptItem) checkLots(to faults) {
	if len(it.item.Lots)+len(it.lots) == 0 {
		return
	}
	held := lotUnits{}
	for i := range it.item.Lots {
		if r := &it.item.Lots[i]; r.Held != 0 {
			held[r.Lot] = r.Held
		}
	}
	all := maps.Clone(held)
	maps.Copy(all, it.lots)
	for _, lot := range slices.Sorted(maps.Keys(all)) {
		if held[lot] != it.lots[lot] {
			to.addItemViolation(it.item.Key, fmt.Sprintf("%d of lot %q are said to be held, its open lines hold %d", held[lot], lot, it.lots[lot]))
		}
	}
}

// checkLotRecords says what is wrong with an event's changes of lots, given the
// item before it. The held units of the lots are compared with the open lines
// afterwards.
func checkLotRecords(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	switch {
	case len(c.Lots) > 0 && !c.Changed:
		return "records of lots change and the item does not"
	case c.LotPolicy != from.LotPolicy && (e.Op != stock.OpLotPolicy || !c.Changed):
		return fmt.Sprintf("how its lots are drawn changes by %s", e.Op)
	}
	if fault := checkRecalls(from, c, e); fault != "" {
		return fault
	}
	recalls := recallsAfter(from, c)
	for i := range c.Lots {
		is := &c.Lots[i]
		if slices.ContainsFunc(c.Lots[:i], func(o stock.LotRecord) bool { return o.Lot == is.Lot }) {
			return fmt.Sprintf("lot %q is in it twice", is.Lot)
		}
		want := stock.LotRecord{Lot: is.Lot, Since: e.at, Expires: is.Lot.Expires(), Recalled: covers(recalls, is.Lot)}
		if was := from.LotRecord(is.Lot); was != nil {
			want = *was
		}
		if e.Op == stock.OpRecall {
			want.Recalled = is.Recalled
		}
		if is.Since == 0 {
			if want.Recalled || is.Held != 0 || onHandOf(from, c, is.Lot) != 0 {
				return fmt.Sprintf("lot %q is gone, and it is not", is.Lot)
			}
			continue
		}
		switch e.Op {
		case stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpConfirm, stock.OpWithdraw, stock.OpRelease, stock.OpExpire:
			want.Held = is.Held
		}
		if *is != want {
			return fmt.Sprintf("lot %q is %+v, after %s it should be %+v", is.Lot, *is, e.Op, want)
		}
	}
	if fault := checkConfirmed(from, c, e); fault != "" {
		return fault
	}
	return checkForSale(from, c, e)
}

// checkConfirmed says what is wrong with what an event tells of the lots whose
// held units left with an order.
func checkConfirmed(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if len(c.Confirmed) > 0 && e.Op != stock.OpConfirm && e.Op != stock.OpWithdraw {
		return fmt.Sprintf("held units of lots are said to leave by %s", e.Op)
	}
	said := lotUnits{}
	for _, u := range c.Confirmed {
		if _, twice := said[u.Lot]; twice {
			return fmt.Sprintf("units of lot %q are said to leave twice", u.Lot)
		}
		said[u.Lot] = u.Qty
	}
	for i := range c.Lots {
		is := &c.Lots[i]
		was := from.LotRecord(is.Lot)
		if was == nil {
			was = &stock.LotRecord{Lot: is.Lot}
		}
		if e.Op == stock.OpWithdraw && is.Held-was.Held != said[is.Lot] || e.Op == stock.OpConfirm && was.Held-is.Held != said[is.Lot] {
			return fmt.Sprintf("%d units of lot %q are said to leave or come back, it held %d and holds %d", said[is.Lot], is.Lot, was.Held, is.Held)
		}
		delete(said, is.Lot)
	}
	for lot, n := range said {
		return fmt.Sprintf("%d units of lot %q are said to leave, and its record does not change", n, lot)
	}
	return ""
}

// onHandOf is what the accounts of the lot have after the event.
func onHandOf(from *stock.Item, c *stock.ItemChange, lot stock.Lot) (n stock.Qty) {
	for _, a := range [...]stock.Account{stock.Shared, stock.Withheld, stock.Damaged, stock.Quality} {
		n += balanceAfter(from, c, a.InLot(lot))
	}
	return n
}

// checkForSale says which units of lots that are not for sale were drawn, or left
// for sale, in the accounts that the event touched.
func checkForSale(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	sold := func(lot stock.Lot) bool {
		at := slices.IndexFunc(c.Lots, func(r stock.LotRecord) bool { return r.Lot == lot })
		is := from.LotRecord(lot)
		if at >= 0 && c.Lots[at].Since != 0 {
			is = &c.Lots[at]
		}
		return is != nil && (&stock.Item{LotPolicy: c.LotPolicy}).SellsLot(is, e.at)
	}
	for _, p := range c.Postings {
		if lot, whole, of := p.From.Lot(); of && whole == stock.Shared && p.To == stock.Held && !sold(lot) {
			return fmt.Sprintf("%d units are drawn of lot %q, which is not sold", p.Qty, lot)
		}
	}
	for _, t := range c.Touched {
		if lot, whole, of := t.Account.Lot(); of && whole == stock.Shared && t.Qty > 0 && !sold(lot) {
			return fmt.Sprintf("%d units of lot %q are left for sale, and it is not sold", t.Qty, lot)
		}
	}
	return ""
}

// beginsLots reports whether the item is kept in lots from this event on: then
// empty records of channels are removed.
func beginsLots(from *stock.Item, c *stock.ItemChange) bool {
	return len(from.Lots) == 0 && slices.ContainsFunc(c.Lots, func(r stock.LotRecord) bool { return r.Since != 0 })
}

// isExpiry reports whether the posting withholds units of a lot whose last moment
// of sale is past.
func isExpiry(from *stock.Item, p stock.Posting, at stock.Time) bool {
	lot, whole, of := p.From.Lot()
	r := from.LotRecord(lot)
	return of && whole == stock.Shared && p.To == stock.Withheld.InLot(lot) && r != nil && !from.SellsLot(r, at)
}

// lotDifferences names the lots whose records in the two items differ.
func lotDifferences(is, must *stock.Item) []string {
	var found []string
	if is.LotPolicy != must.LotPolicy {
		found = append(found, fmt.Sprintf("lots are drawn by %+v, the log says %+v", is.LotPolicy, must.LotPolicy))
	}
	if !sameRecalls(is.Recalls, must.Recalls) {
		found = append(found, fmt.Sprintf("recalls are %+v, the log says %+v", is.Recalls, must.Recalls))
	}
	for i := range must.Lots {
		want := &must.Lots[i]
		if got := is.LotRecord(want.Lot); got == nil {
			found = append(found, fmt.Sprintf("lot %q is not there, the log says %+v", want.Lot, *want))
		} else if *got != *want {
			found = append(found, fmt.Sprintf("lot %q is %+v, the log says %+v", want.Lot, *got, *want))
		}
	}
	for i := range is.Lots {
		if must.LotRecord(is.Lots[i].Lot) == nil {
			found = append(found, fmt.Sprintf("lot %q is there, the log does not know it", is.Lots[i].Lot))
		}
	}
	return found
}
