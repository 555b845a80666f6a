package slot

import (
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// makeRoom handles a decision that lacks units. When holds past their deadline
// could give them, it expires as many as needed, oldest first, and reports more, so
// that the command is judged again: some of these holds may have ended earlier in
// this group and give nothing, while others are still due. It reports !ok when the
// group must be decided again or ends here.
func (g *group) makeRoom(cmd stock.Command, ev *stock.Event, err error, o *op) (more, ok bool) {
	short := ev.Short
	if err != nil {
		var r *stock.Refusal
		if !errors.As(err, &r) {
			return false, true
		}
		if r.Code == stock.InvalidState && r.Field == stock.PerCustomer {
			return g.makeRoomForCustomer(cmd, o)
		}
		if r.Code != stock.Insufficient {
			return false, true
		}
		short = r.Shortages
	}
	if p, ok := cmd.(stock.Place); ok && p.Ahead && err == nil {
		short = append(slices.Clone(short), countSoldAhead(ev)...)
	}
	if len(short) == 0 {
		return false, true
	}
	before := len(g.expired)
	for _, s := range short {
		if s.NotOnSale {
			continue
		}
		item, from, gives := g.gives(cmd, &s)
		if gives && !g.expire(item, from, s.Requested-s.Available, o) {
			return false, false
		}
	}
	return len(g.expired) > before, true
}

// makeRoomForCustomer expires the due holds of the items of a command whose
// customer has too many of one: only reading the holds shows whose they are.
func (g *group) makeRoomForCustomer(cmd stock.Command, o *op) (more, ok bool) {
	before := len(g.expired)
	for _, k := range cmd.Reach().Items {
		if !g.expire(k, nil, stock.MaxQty, o) {
			return false, false
		}
	}
	return len(g.expired) > before, true
}

// countSoldAhead returns the units that the place would make orders wait for: due holds
// may have them.
func countSoldAhead(ev *stock.Event) []stock.Shortage {
	var short []stock.Shortage
	for i := range ev.Lines {
		if c := &ev.Lines[i]; c.Changed && c.Line.Waiting() > 0 {
			k := c.Line.Item
			short = append(short, stock.Shortage{Location: k.Location, Product: k.Product, Requested: c.Line.Waiting()})
		}
	}
	return short
}

// gives returns the item that is short and the accounts whose held units would
// help (nil: any): of a place those of its channel, of a transfer the one it takes
// from. It reports false when the command takes nothing that is for sale.
func (g *group) gives(cmd stock.Command, s *stock.Shortage) (stock.ItemKey, []stock.Account, bool) {
	short := func(k stock.ItemKey) bool { return k.Product == s.Product && k.Location == s.Location }
	switch c := cmd.(type) {
	case stock.Place, stock.Change, stock.Relocate:
		for _, d := range stock.Demands(c) {
			if short(d.Item) {
				return d.Item, g.m.freesFor(c, &d, g.now), true
			}
		}
	case stock.Shift:
		for i := range c.Lines {
			l := &c.Lines[i]
			switch from := l.Postings[0].From; {
			case !short(l.Item) || !from.Sellable():
			case l.Item.Lot != "":
				return l.Item.Whole(), []stock.Account{from.InLot(l.Item.LotOf())}, true
			case from == stock.Shared:
				return l.Item, g.m.frees(l.Item, "", "", g.now), true
			default:
				return l.Item, []stock.Account{from}, true
			}
		}
	}
	return stock.ItemKey{}, nil, false
}

// surveyDue notes the orders whose expiry a place would most likely need, so
// that many places that meet sold-out items with due holds share one load.
func (g *group) surveyDue(cmd stock.Command) {
	p, ok := cmd.(stock.Place)
	if !ok {
		return
	}
	for i := range p.Lines {
		k := p.Lines[i].Item
		it := g.Item(k)
		if it == nil || !it.Tracked {
			continue
		}
		need := p.Lines[i].Qty - it.DrawableOf(p.Channel, p.Lines[i].Lot, g.now)
		if need <= 0 {
			continue
		}
		orders := g.m.dues().pick(k, it.Frees(p.Channel, p.Lines[i].Lot, g.now), need, g.now, g.s.o.Commands, func(k stock.OrderKey) bool { return g.expired[k] })
		for _, o := range orders {
			g.leaveOut(o) // the group is decided again; this only tells the surveys apart
			g.need(o)
		}
	}
}

// frees are the accounts of the item (nil: never opened) whose held units would
// help a hold on the channel that wants the lot.
func frees(it *stock.Item, channel string, lot stock.Lot, now stock.Time) []stock.Account {
	if it == nil {
		return stock.Draws(channel)
	}
	return it.Frees(channel, lot, now)
}

// expire puts expiries of due holds of the item before the command: as many
// as it takes to free need units drawn from the accounts (nil: of any). It
// reports false when the group must be decided again or ends here (o.err).
func (g *group) expire(item stock.ItemKey, from []stock.Account, need stock.Qty, o *op) bool {
	room := g.s.o.Commands - len(g.entries)
	orders := g.m.dues().pick(item, from, need, g.now, room+1, func(k stock.OrderKey) bool { return g.expired[k] })
	if len(orders) == 0 {
		return true
	}
	cut := len(orders) > room
	if cut {
		orders = orders[:room]
	}
	whole := true
	for _, k := range orders {
		whole = g.need(k) && whole
	}
	if !whole {
		return false
	}
	for _, k := range orders {
		g.leaveOut(k)
		ev, err := stock.Decide(g, stock.Expire{Order: k}, g.now)
		if err != nil {
			g.err = err
			return false
		}
		if ev.Changed() {
			g.add(&ev, nil)
		}
	}
	if cut {
		o.err = errCut
	}
	return !cut
}

// leaveOut keeps the order's due lines from being picked again.
func (g *group) leaveOut(k stock.OrderKey) {
	if g.expired == nil {
		g.expired = map[stock.OrderKey]bool{}
	}
	g.expired[k] = true
}
