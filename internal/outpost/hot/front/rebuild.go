package front

import (
	"context"
	"errors"
	"math"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// RebuiltPage is a part of the items that were rebuilt.
type RebuiltPage struct {
	Rebuilt int
	Left    int           // items that follow
	Last    stock.ItemKey // of those that were rebuilt
}

// Rebuild makes the balance of the item in Redis anew from the books, of all items of the tenant
// with a zero key, and returns how many. A *catalog.UnknownError means that Redis does not sell it.
func (b *Books) Rebuild(ctx context.Context, tenant string, k stock.ItemKey) (n int, err error) {
	if k == (stock.ItemKey{}) {
		page, err := b.RebuildPage(ctx, tenant, k, math.MaxInt)
		return page.Rebuilt, err
	}
	all := b.list(tenant, k)
	if len(all) == 0 {
		return 0, unknown(k)
	}
	road := b.roads.road(k)
	if road == nil {
		return 0, nil
	}
	if err := road.Rebuild(ctx, k); err != nil {
		return 0, err
	}
	b.found.note(k, nil, b.now())
	return 1, nil
}

// RebuildPage rebuilds up to limit items of the tenant, those behind the item, in the order of lists.
func (b *Books) RebuildPage(ctx context.Context, tenant string, after stock.ItemKey, limit int) (page RebuiltPage, err error) {
	if after.Product == "" { // what other processes turned on lately counts
		for _, road := range b.roads.all {
			if _, err := road.Load(ctx); err != nil {
				return page, err
			}
		}
	}
	all := b.list(tenant, stock.ItemKey{})
	from := 0
	for after.Product != "" && from < len(all) && byProduct(all[from].Key, after) <= 0 {
		from++
	}
	all = all[from:]
	some := all[:min(len(all), limit)]
	page.Left = len(all) - len(some)
	if len(some) > 0 {
		page.Last = some[len(some)-1].Key
	}
	by := map[*hot.Road][]hot.Listed{}
	for _, l := range some {
		if road := b.roads.road(l.Key); road != nil {
			by[road] = append(by[road], l)
		}
	}
	var errs []error
	for road, some := range by {
		errs = append(errs, road.RebuildAll(ctx, some, func(n int) { page.Rebuilt += n }))
	}
	if err := errors.Join(errs...); err != nil {
		return page, err
	}
	for _, l := range some {
		b.found.note(l.Key, nil, b.now())
	}
	return page, nil
}
