package front

import (
	"cmp"
	"context"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// roads are those of the slots, by their numbers. An item that was turned on stays on the road
// of its slot at that time, even when its bucket moves: its tasks are there.
type roads struct {
	all    []*hot.Road
	slotOf func(stock.Bucket) uint16
}

// sellsAny reports whether Redis sells an item.
func (r roads) sellsAny() bool {
	for _, road := range r.all {
		if road.Any() {
			return true
		}
	}
	return false
}

// sold reports whether Redis sells an item at the location of this one, or did: a key may have been used there.
func (r roads) sold(k stock.ItemKey) bool {
	return slices.ContainsFunc(r.all, func(road *hot.Road) bool { return road.Sold(k) })
}

// road is the road that the item is on, nil when the ledger sells it. It may be late.
func (r roads) road(k stock.ItemKey) *hot.Road {
	for _, road := range r.all {
		if road.Last(k).State != hot.Off {
			return road
		}
	}
	return nil
}

// look reads anew whether the item is on a road.
func (r roads) look(ctx context.Context, k stock.ItemKey) error {
	for _, road := range r.all {
		if _, err := road.Look(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// nextRoad is the road that the item takes when it is turned on.
func (r roads) nextRoad(k stock.ItemKey) *hot.Road {
	slot := int(r.slotOf(stock.BucketOf(k.Tenant, k.Location)))
	if slot >= len(r.all) {
		return nil
	}
	return r.all[slot]
}

// listed are all items on the roads.
func (r roads) listed() (all []hot.Listed) {
	for _, road := range r.all {
		all = append(all, road.Listed()...)
	}
	return all
}

// items are those of the product.
func (r roads) items(p engine.ProductKey) (keys []stock.ItemKey) {
	for _, l := range r.listed() {
		if l.Key.Tenant == p.Tenant && l.Key.Product == p.Product {
			keys = append(keys, l.Key)
		}
	}
	return keys
}

// mended are the mends since a moment, of one tenant, or of all with "".
func (r roads) mended(ctx context.Context, tenant string, since time.Time) (all []hot.Mend, err error) {
	for _, road := range r.all {
		some, err := road.Mended(ctx, tenant, since)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// onRoad is an item with its road.
type onRoad struct {
	hot.Listed
	road *hot.Road
}

// page are up to limit items behind the item that sell through Redis, or did. An item that has moved between slots is on
// several roads: the one on which it is not off counts.
func (r roads) page(ctx context.Context, after stock.ItemKey, limit int) (all []onRoad, err error) {
	for _, road := range r.all {
		some, err := road.Page(ctx, after, limit)
		if err != nil {
			return nil, err
		}
		for _, l := range some {
			all = append(all, onRoad{l, road})
		}
	}
	slices.SortFunc(all, func(a, b onRoad) int { return cmp.Or(byProduct(a.Key, b.Key), cmp.Compare(b.State, a.State)) })
	all = slices.CompactFunc(all, func(a, b onRoad) bool { return a.Key == b.Key })
	return all[:min(len(all), limit)], nil
}
