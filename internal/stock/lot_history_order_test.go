package stock

import (
	"cmp"
	"slices"
)

// This file checks which lots orders take units of, and give back.

// takes checks, unit by unit, that a part of a line took the right units: the first or the
// last units of those that were meant.
func (h *lotHistory) takes(t Target, e *Event, before *shelf, last bool) {
	if len(e.Lines) == 0 || !e.Lines[0].Changed {
		return
	}
	was, is := before.Order(t.Order)[0].Lines[0], &h.book.Order(t.Order)[0].Lines[0]
	var units []Account
	exact := false
	for _, b := range was.Drawn {
		units = append(units, slices.Repeat([]Account{b.Account}, int(b.Qty))...)
		exact = exact || b.Account == Account("lot/"+t.Item.Lot)
	}
	take := was.Quantity() - is.Quantity()
	if last {
		slices.Reverse(units)
	}
	n := take
	units = slices.DeleteFunc(units, func(a Account) bool {
		lot, _, of := a.Lot()
		meant := t.Item.Lot == "" || of && (string(lot) == t.Item.Lot || !exact && lot.Has(Lot(t.Item.Lot)))
		if meant && n > 0 {
			n--
			return true
		}
		return false
	})
	if last {
		slices.Reverse(units)
	}
	var left []Balance
	for _, a := range units {
		if end := len(left) - 1; end >= 0 && left[end].Account == a {
			left[end].Qty++
		} else {
			left = append(left, Balance{a, 1})
		}
	}
	if n != 0 || !slices.Equal(left, is.Drawn) || t.Qty != 0 && take != t.Qty {
		h.Fatalf("%+v (last: %t) leaves %v of %v, it should leave %v", t, last, is.Drawn, was.Drawn, left)
	}
}

// drew checks, by brute force, that a new line drew what it was allowed to, in order.
func (h *lotHistory) drew(p Place, before *shelf) {
	was := before.Item(item("A"))
	holds := h.book.Order(p.Order)
	if len(holds) == 0 || len(was.Channels) > 0 {
		return // campaignHistory checks what is drawn from quotas
	}
	l, choice := &holds[0].Lines[0], p.Lines[0].Lot
	var lots []LotRecord
	expires := false
	for _, r := range was.Lots {
		expires = expires || lotTimes[r.Lot] != 0
		if h.sold(was, r.Lot) && (was.LotRecord(choice) == nil && r.Lot.Has(choice) || r.Lot == choice) {
			lots = append(lots, r)
		}
	}
	fifo := was.LotPolicy.Draw == DrawFIFO || was.LotPolicy.Draw == DrawUsual && !expires
	never := func(at Time) Time { return cmp.Or(at, 1<<60) }
	slices.SortFunc(lots, func(a, b LotRecord) int {
		byTime := cmp.Compare(never(lotTimes[a.Lot]), never(lotTimes[b.Lot]))
		if fifo {
			byTime = 0
		}
		return cmp.Or(byTime, cmp.Compare(a.Since, b.Since), cmp.Compare(a.Lot, b.Lot))
	})
	var from []Account
	for _, r := range lots {
		from = append(from, Account("lot/"+string(r.Lot)))
	}
	switch {
	case choice != "":
	case fifo:
		from = slices.Insert(from, 0, Shared)
	default:
		from = append(from, Shared)
	}
	rest, drawn := l.Requested, []Balance(nil)
	for _, a := range from {
		if n := min(rest, was.Of(a)); n > 0 {
			drawn, rest = append(drawn, Balance{a, n}), rest-n
		}
	}
	if !slices.Equal(drawn, l.Drawn) || l.Lot != choice {
		h.Fatalf("%+v drew %v, it should draw %v of %+v", p, l.Drawn, drawn, was)
	}
}

// restores checks that releasing a new order leaves the item as it was.
func (h *lotHistory) restores(p Place, before *shelf) {
	if len(h.book.Order(p.Order)) == 0 {
		return
	}
	was, again := before.Item(item("A")), h.book.clone()
	if _, err := again.do(Release{Target: Target{Order: p.Order}}, h.now); err != nil {
		h.Fatal(err)
	}
	it := again.Item(item("A"))
	if was.Of(Oversold) < 0 {
		coversInstead(h.T, was, it)
		return
	}
	for _, b := range it.Balances {
		if was.Of(b.Account) != b.Qty {
			h.Fatalf("%+v released: %s has %d, it had %d", p, b.Account, b.Qty, was.Of(b.Account))
		}
	}
	if !slices.Equal(it.Lots, was.Lots) {
		h.Fatalf("%+v released: %+v, they were %+v", p, it.Lots, was.Lots)
	}
}
