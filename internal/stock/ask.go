package stock

import "fmt"

// ask is what a place asks of one item, with its demands added up, and what it gets.
type ask struct {
	Demand
	// has is the line that the order holds of the item already.
	has placed
	// item is nil when it was never opened.
	item *Item
	// gets is what the line got or will get, at most Qty.
	gets Qty
	// away is what another slot judged, nil when the item is in this one.
	away *Away
}

// isNew reports whether the order has no line of the item yet.
func (a *ask) isNew() bool { return a.has.line == nil }

// adds reports whether the ask adds a line to the order.
func (a *ask) adds() bool { return a.isNew() && a.gets > 0 }

// fewLines is the number of lines up to which a loop is faster than a map.
const fewLines = 8

// sum adds up the demands of equal items: two lines for one item must be
// judged as one (FAULTS F4). The asks keep the order of first mention.
func (c Place) sum(asks []ask) ([]ask, *Refusal) {
	var at map[ItemKey]int
	if len(c.Lines) > fewLines {
		at = make(map[ItemKey]int, len(c.Lines))
		asks = make([]ask, 0, len(c.Lines))
	}
	for i := range c.Lines {
		d := &c.Lines[i]
		a := find(asks, at, d.Item)
		if a == nil {
			if at != nil {
				at[d.Item] = len(asks)
			}
			asks = append(asks, ask{Demand: *d})
			continue
		}
		if d.Lot != a.Lot {
			return nil, invalid("lot", "product %q at location %q is asked for with two choices of lots: one reservation has one",
				d.Item.Product, d.Item.Location)
		}
		if d.Qty > MaxQty-a.Qty {
			return nil, invalid("quantity", "the quantities of product %q at location %q add up to more than %d",
				d.Item.Product, d.Item.Location, MaxQty)
		}
		a.Qty += d.Qty
	}
	return asks, nil
}

// find returns the ask of the item, by the map when there is one.
func find(asks []ask, at map[ItemKey]int, item ItemKey) *ask {
	if at != nil {
		if i, ok := at[item]; ok {
			return &asks[i]
		}
		return nil
	}
	for i := range asks {
		if asks[i].Item == item {
			return &asks[i]
		}
	}
	return nil
}

// judge finds out what the item can give, or why the order cannot ask for it.
func (a *ask) judge(s State, now Time, have lineIndex, c *Place) *Refusal {
	channel := c.Channel
	a.has = have.find(a.Item, a.away != nil)
	if !a.isNew() && a.has.line.undone() {
		a.has = placed{}
	}
	if a.away != nil {
		return a.judgeAway(now, c)
	}
	if !a.isNew() {
		a.gets = a.has.line.Granted()
		return a.judgeRepeat(now, c)
	}
	a.item = s.Item(a.Item)
	switch {
	case a.item == nil && !a.Known:
		return UnknownItem(a.Item)
	case a.Inactive:
		return inactive(a.Item.Location)
	case !c.Fenced && a.item.sellsThroughRedis():
		return throughRedis(a.Item)
	case a.item == nil || !a.item.Sells(channel):
	case !a.item.Tracked:
		a.gets = a.Qty
	default:
		var used Uses
		if k, limited := a.item.AllowanceOf(channel, c.Customer); limited {
			used = s.Item(k).Uses()
		}
		if refused := a.item.Forbids(channel, c.Customer, a.Qty, used, now); refused != nil {
			return refused
		}
		a.gets = min(a.Qty, a.item.obtainable(channel, a.Lot, c.Ahead, now))
	}
	return nil
}

// permits refuses what the rule forbids, however many units there are.
func (r *Rule) permits(k ItemKey, n Qty, now Time) *Refusal {
	switch {
	case r.Over(now):
		return r.refuse(k, "has ended")
	case !r.Opens(now):
		return r.refuse(k, "has not begun")
	case r.MaxOrder > 0 && n > r.MaxOrder:
		return r.refuse(k, "allows %d units per order, %d are asked for", r.MaxOrder, n)
	}
	return nil
}

// judgeRepeat judges an ask for an item that the order has a line of.
func (a *ask) judgeRepeat(now Time, c *Place) *Refusal {
	l := a.has.line.At(now)
	if l.End != Open {
		return refuseEnded(&l)
	}
	same := l.Channel == c.Channel || l.Channel == "" && c.Channel == c.Default // placed when there was no default
	if l.Requested != a.Qty || !same || l.Customer != c.Customer {
		return &Refusal{
			Code: AlreadyExists, State: l.State(),
			Detail: fmt.Sprintf("the order has a reservation of product %q at location %q with quantity %d on channel %q",
				a.Item.Product, a.Item.Location, l.Requested, l.Channel),
		}
	}
	if l.Lot != a.Lot {
		return &Refusal{
			Code: AlreadyExists, State: l.State(),
			Detail: fmt.Sprintf("the order has a reservation of product %q at location %q with another choice of lots",
				a.Item.Product, a.Item.Location),
		}
	}
	return nil
}

// shortages lists the asks that get less than they want, all or only the new.
func (c *Place) shortages(asks []ask, onlyNew bool) []Shortage {
	var short []Shortage
	for i := range asks {
		a := &asks[i]
		if a.gets >= a.Qty || onlyNew && !a.isNew() {
			continue
		}
		s := shortOf(a.Item, a.Qty, a.gets)
		s.NotOnSale = a.item != nil && !a.item.Sells(c.Channel) || a.away != nil && a.away.NotOnSale
		s.OverLimit = c.Ahead && a.isNew() && a.Lot == "" && a.item != nil && !s.NotOnSale && a.item.limitsAhead(c.Channel)
		short = append(short, s)
	}
	return short
}

// lineIndex finds an order's lines by item. A slot that a leg has moved to may
// have the home's copy of it as well: each is found by its own call only.
type lineIndex struct {
	holds        []*Hold
	here, copied map[ItemKey]placed
}

// indexLines prepares for that many look-ups.
func indexLines(holds []*Hold, lookups int) lineIndex {
	x := lineIndex{holds: holds}
	if lookups <= fewLines || len(holds) == 0 {
		return x
	}
	all := collectLines(holds)
	x.here, x.copied = make(map[ItemKey]placed, len(all)), map[ItemKey]placed{}
	for _, p := range all {
		if p.line.Copied() {
			x.copied[p.line.Item] = p
		} else {
			x.here[p.line.Item] = p
		}
	}
	return x
}

// find returns the line of an item that is in this slot. For an item in another slot it
// returns the home's copy, or the line that was held before anything parted.
func (x lineIndex) find(item ItemKey, away bool) placed {
	if x.here != nil {
		if p, ok := x.copied[item]; ok && away {
			return p
		}
		p := x.here[item]
		if away && p.line != nil && p.line.Follows() {
			return placed{}
		}
		return p
	}
	for _, h := range x.holds {
		for i := range h.Lines {
			l := &h.Lines[i]
			if l.Item == item && (away && !l.Follows() || !away && !l.Copied()) {
				return placed{h.Key.Bucket, l}
			}
		}
	}
	return placed{}
}
