package fulfil

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// find returns the newest call of the order that holds the kit, and which of its kits that
// is; nil when none does. A call that the books have refused holds nothing, though the
// order may have lines of the same items from elsewhere.
func (o *Orders) find(ctx context.Context, p *KitChange, rows []*plannedChoice) (*plannedChoice, int, error) {
	var holds []*stock.Hold
	var now stock.Time
	read := false
	for _, r := range slices.Backward(rows) {
		kit := slices.IndexFunc(r.Kits, p.names)
		if r.None || kit < 0 {
			continue
		}
		if len(r.Changes) > 0 {
			return r, kit, nil // it was held when the first of them was decided
		}
		if !read {
			var err error
			if holds, now, err = o.books.Order(ctx, p.Order); err != nil {
				return nil, 0, err
			}
			read = true
		}
		if r != latest(rows, r.Print) {
			continue // the books have refused it: the call has chosen anew
		}
		if len(linesOf(holds, now, r, &r.Kits[kit])) == 0 {
			continue
		}
		if now-stock.Time(r.At.UnixMilli()) > changeKept {
			return r, kit, nil // the books no longer know
		}
		if held, err := o.holds(ctx, p.Order, r, p.Note); held || err != nil {
			return r, kit, err
		}
	}
	return nil, 0, nil
}

// names reports whether the change is about the kit.
func (p *KitChange) names(k Kit) bool {
	return k.Product == p.Product && (k.Location == p.Location || k.Location == "" && p.Anywhere)
}
