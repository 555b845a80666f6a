package slot

import (
	"holdfast.dev/holdfast/internal/stock"
)

// scopes are where the command lands: its location; several: the first in byte
// order; of a reservation: as the reserve that made it; of no item: nowhere.
// That is the last of them; before it come those where it may have landed at
// an earlier moment, when it was sent before.
func (g *group) scopes(cmd stock.Command, r *stock.Reach) []stock.Scope {
	at := g.landed[:0]
	switch {
	case r.Order != (stock.OrderKey{}) && !r.New:
		at = g.orderScopes(at, cmd, r.Order)
	case len(r.Items) > 0:
		if scope, ok := stock.ScopeOf(cmd); ok {
			if other, ok := stock.OtherScope(cmd); ok && len(g.s.past.others) < 2 && g.m.landsRespread(cmd, g.now) {
				at = append(at, other)
			}
			at = append(at, scope)
		}
	case r.Tenant != "":
		at = append(at, stock.Scope{})
	}
	g.landed = at
	return at
}

// orderScopes are the home of the reserve call that made the lines: that of
// the named line, or of the order's oldest call, which later calls do not
// change. Calls of the same millisecond cannot be told apart: the first in
// byte order counts, and a later one may have become it.
func (g *group) orderScopes(at []stock.Scope, cmd stock.Command, order stock.OrderKey) []stock.Scope {
	holds := g.Order(order)
	if item, ok := stock.NamedItem(cmd); ok {
		if h, l := stock.LineOf(holds, item); l != nil {
			at = append(at, stock.Landing(holds, h, l))
		}
		return at
	}
	return stock.AppendOldestScopes(at, holds)
}
