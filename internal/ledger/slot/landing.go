package slot

import (
	"holdfast.dev/holdfast/internal/stock"
)

// scopes are where the command lands. That is its location; of several locations
// the first in byte order; of a reservation the same as of the reserve that made
// it; of no item nowhere. They are appended to at, and the last one is where it
// lands now. Before it come those where it may have landed at an earlier moment,
// when it was sent before.
func (p presence) scopes(at []stock.Scope, cmd stock.Command, r *stock.Reach) []stock.Scope {
	switch {
	case r.Order != (stock.OrderKey{}) && !r.New:
		at = p.orderScopes(at, cmd, r.Order)
	case len(r.Items) > 0:
		if scope, ok := stock.ScopeOf(cmd); ok {
			if other, ok := stock.OtherScope(cmd); ok && !p.several && p.m.landsRespread(cmd, p.now) {
				at = append(at, other)
			}
			at = append(at, scope)
		}
	case r.Tenant != "":
		at = append(at, stock.Scope{})
	}
	return at
}

// orderScopes are the home of the reserve call that made the lines: the call of the
// named line, or the order's oldest call, which later calls do not change. Calls of
// the same millisecond cannot be ordered: the first in byte order counts, and a
// later one may have become the first.
func (p presence) orderScopes(at []stock.Scope, cmd stock.Command, order stock.OrderKey) []stock.Scope {
	holds := p.Order(order)
	if item, ok := stock.NamedItem(cmd); ok {
		if h, l := stock.LineOf(holds, item); l != nil {
			at = append(at, stock.Landing(holds, h, l))
		}
		return at
	}
	return stock.AppendOldestScopes(at, holds)
}
