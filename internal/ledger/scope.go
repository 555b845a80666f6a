package ledger

import (
	"cmp"
	"slices"
	"strings"

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
	if item, ok := named(cmd); ok {
		if h, l := lineOf(holds, item); l != nil {
			at = append(at, landing(holds, h, l))
		}
		return at
	}
	return scopesOf(at, holds)
}

// named is the item whose line a command about an earlier order names; false
// when it is about all lines.
func named(cmd stock.Command) (stock.ItemKey, bool) {
	if t, ok := cmd.(interface{ Named() (stock.ItemKey, bool) }); ok {
		return t.Named()
	}
	return stock.ItemKey{}, false
}

// lineOf is the order's line of the item, rather the one that is decided here
// than a leg, and the hold it is in; nil when there is none.
func lineOf(holds []*stock.Hold, item stock.ItemKey) (in *stock.Hold, line *stock.Line) {
	for _, h := range holds {
		if l := h.Find(item); l != nil && (line == nil || !l.Follows()) {
			in, line = h, l
		}
	}
	return in, line
}

// scopesOf appends the homes of the oldest lines of an order that are decided
// in this slot.
func scopesOf(at []stock.Scope, holds []*stock.Hold) []stock.Scope {
	var since stock.Time
	for _, h := range holds {
		for i := range h.Lines {
			l := &h.Lines[i]
			if l.Follows() || len(at) > 0 && l.CreatedAt > since {
				continue
			}
			if l.CreatedAt < since {
				at = at[:0]
			}
			since = l.CreatedAt
			if home := homeScope(h, l); !slices.ContainsFunc(at, func(s stock.Scope) bool { return compareScopes(s, home) == 0 }) {
				at = append(at, landing(holds, h, l))
			}
		}
	}
	slices.SortFunc(at, func(a, b stock.Scope) int { return compareScopes(b, a) })
	return at
}

// homeScope is where the reserve call of the line landed.
func homeScope(h *stock.Hold, l *stock.Line) stock.Scope {
	c := &h.Calls[l.Call]
	return stock.ScopeAt(h.Key.Tenant, c.HomeLocation, c.HomeProduct, c.HomeBucket)
}

// landing is homeScope, with the bucket that the key's row lies in: that of the
// home, or that of the line when the home lives in another slot: the line had
// ended when one of them moved. The row must lie in a bucket that lives here.
func landing(holds []*stock.Hold, h *stock.Hold, l *stock.Line) stock.Scope {
	scope := homeScope(h, l)
	if scope.Bucket != h.Key.Bucket && !liesIn(holds, scope.Bucket) {
		scope.Bucket = h.Key.Bucket
	}
	return scope
}

// liesIn reports whether one of the holds is in the bucket.
func liesIn(holds []*stock.Hold, b stock.Bucket) bool {
	return slices.ContainsFunc(holds, func(h *stock.Hold) bool { return h.Key.Bucket == b })
}

// homesOf are the homes of the lines of an order that are decided here.
func homesOf(holds []*stock.Hold) (all []stock.Scope) {
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; !l.Follows() {
				if home := homeScope(h, l); !slices.Contains(all, home) {
					all = append(all, home)
				}
			}
		}
	}
	return all
}

func compareScopes(a, b stock.Scope) int {
	return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Product, b.Product))
}

func tenantOf(r *stock.Reach) string {
	if r.Order.Tenant != "" {
		return r.Order.Tenant
	}
	if len(r.Items) > 0 {
		return r.Items[0].Tenant
	}
	return r.Tenant
}
