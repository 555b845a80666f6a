package stock

import (
	"cmp"
	"slices"
	"strings"
)

// Compare orders scopes by location and product, as keys are placed.
func (s Scope) Compare(o Scope) int {
	return cmp.Or(strings.Compare(s.Location, o.Location), strings.Compare(s.Product, o.Product))
}

// NamedItem is the item whose line a command about an earlier order names; false
// when the command is about all lines.
func NamedItem(cmd Command) (ItemKey, bool) {
	if t, ok := cmd.(interface{ Named() (ItemKey, bool) }); ok {
		return t.Named()
	}
	return ItemKey{}, false
}

// LineOf finds the order's line of the item and the hold it is in; nil when there
// is none. A line that is decided in this slot comes before a leg.
func LineOf(holds []*Hold, item ItemKey) (in *Hold, line *Line) {
	for _, h := range holds {
		if l := h.Find(item); l != nil && (line == nil || !l.Follows()) {
			in, line = h, l
		}
	}
	return in, line
}

// AppendOldestScopes appends the landings of the oldest lines of an order that are decided
// in this slot, the last in order first. Calls of the same millisecond cannot be
// distinguished, so there may be several.
func AppendOldestScopes(at []Scope, holds []*Hold) []Scope {
	var since Time
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
			if home := h.HomeScope(l); !slices.ContainsFunc(at, func(s Scope) bool { return s.Compare(home) == 0 }) {
				at = append(at, Landing(holds, h, l))
			}
		}
	}
	slices.SortFunc(at, func(a, b Scope) int { return b.Compare(a) })
	return at
}

// HomeScope is where the reserve call of the line landed.
func (h *Hold) HomeScope(l *Line) Scope {
	c := &h.Calls[l.Call]
	return ScopeAt(h.Key.Tenant, c.HomeLocation, c.HomeProduct, c.HomeBucket)
}

// Landing is HomeScope with the bucket of the key's row. The row must be in a bucket that lives
// here. That is the home's bucket, unless the home lives in another slot, because the line had
// ended when one of them moved: then it is the line's bucket.
func Landing(holds []*Hold, h *Hold, l *Line) Scope {
	scope := h.HomeScope(l)
	if scope.Bucket != h.Key.Bucket && !HeldIn(holds, scope.Bucket) {
		scope.Bucket = h.Key.Bucket
	}
	return scope
}

// HeldIn reports whether one of the holds is in the bucket.
func HeldIn(holds []*Hold, b Bucket) bool {
	return slices.ContainsFunc(holds, func(h *Hold) bool { return h.Key.Bucket == b })
}

// HomesOf are the homes of the lines of an order that are decided in this slot.
func HomesOf(holds []*Hold) (all []Scope) {
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; !l.Follows() {
				if home := h.HomeScope(l); !slices.Contains(all, home) {
					all = append(all, home)
				}
			}
		}
	}
	return all
}
