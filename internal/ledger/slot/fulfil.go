package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// mayWait reports whether anything may wait for units: if not, nothing here costs
// anything.
func (g *group) mayWait() bool { return g.promised || len(g.m.waits.items) > 0 }

// noteAside remembers the items for which the event sets units aside.
func (g *group) noteAside(ev *stock.Event) {
	for i := range ev.Items {
		c := &ev.Items[i]
		g.promised = g.promised || c.Promises != nil
		if g.mayWait() && c.Changed && setsAside(c) && !slices.Contains(g.behind, c.Key) {
			g.behind = append(g.behind, c.Key)
		}
	}
}

// fulfilBehind puts fulfilments right behind the events that set units aside,
// as many as the group has room for.
func (g *group) fulfilBehind() {
	for _, k := range g.behind {
		var none op
		if !g.fulfil(k, &none) {
			break
		}
	}
	g.behind = g.behind[:0]
}

// fulfilBefore gives units that are still set aside to the lines that wait, before
// a command about these units is judged. It reports false when the group must be
// decided again or ends here (o.err).
func (g *group) fulfilBefore(o *op) bool {
	for _, k := range o.reach.Items {
		if !g.fulfil(k, o) {
			return false
		}
	}
	for _, h := range g.Order(o.reach.Order) {
		for i := range h.Lines {
			if l := &h.Lines[i]; countWaiting(l) > 0 && !g.fulfil(l.Item, o) {
				return false
			}
		}
	}
	return true
}

// fulfil gives what is set aside of the item to the lines that wait, by the time
// of their reserve. Lines past their deadline are expired before. It reports
// false when the group must be decided again or ends here (o.err).
func (g *group) fulfil(k stock.ItemKey, o *op) bool {
	it := g.Item(k)
	if it == nil || it.Arrived() == 0 {
		return true
	}
	if !g.expire(k, nil, stock.MaxQty, o) {
		return false
	}
	orders, cut := g.served(k, g.Item(k), g.s.o.Commands-len(g.entries))
	whole := true
	for _, order := range orders {
		whole = g.need(order) && whole
	}
	if !whole {
		return false
	}
	for _, order := range orders {
		ev, err := stock.Decide(g, stock.Fulfil{Order: order, Item: k}, g.now)
		if err != nil {
			g.err = err
			return false
		}
		if ev.Changed() && g.add(&ev, nil) < 0 {
			return true // frozen: fulfilments would only repeat the fault
		}
	}
	if cut {
		o.err = errCut
	}
	return !cut
}

// served are the orders that get the units set aside of the item, in the order in
// which they get them, at most room; cut says that there are more.
func (g *group) served(k stock.ItemKey, it *stock.Item, room int) (orders []stock.OrderKey, cut bool) {
	aside := map[stock.Account]stock.Qty{}
	left := it.Arrived()
	for w := range g.queue(k) {
		if left == 0 {
			break
		}
		gets := stock.Qty(0)
		for _, pool := range stock.Draws(w.channel) {
			a := stock.Arrived(pool)
			if _, seen := aside[a]; !seen {
				aside[a] = it.Of(a)
			}
			n := min(w.units-gets, aside[a])
			aside[a] -= n
			gets += n
		}
		if gets == 0 {
			continue
		}
		if len(orders) == room {
			return orders, true
		}
		left -= gets
		orders = append(orders, stock.OrderKey{Tenant: k.Tenant, Order: w.order})
	}
	return orders, false
}
