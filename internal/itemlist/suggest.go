package itemlist

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/stock"
)

// Suggest returns up to limit products of which there are items, the id or title of which
// has the text: first those whose id begins so, then those whose title does, each by id.
func (l *List) Suggest(ctx context.Context, tenant, text string, bounds *stock.Bounds, limit int) ([]Found, error) {
	t, err := l.get(ctx, tenant)
	if err != nil {
		return nil, err
	}
	all, err := t.columns.suggest(ctx, search.Fold(strings.TrimSpace(text)), bounds, limit)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	found := make([]Found, len(all))
	for i, id := range all {
		found[i].Key = stock.ItemKey{Tenant: tenant, Product: id}
	}
	return found, l.title(ctx, tenant, found)
}

func (c *columns) suggest(ctx context.Context, text string, bounds *stock.Bounds, limit int) (ids []string, err error) {
	type match struct {
		rank    int
		product uint32
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var best []match
	compare := func(a, b match) int { return cmp.Or(a.rank-b.rank, c.compareProducts(a.product, b.product)) }
	locations, last := c.wanted("", bounds), unknown
	err = c.rows(false, ctx.Err, func(r *row) {
		if r.state == none || r.product == last || !locations[r.location] {
			return
		}
		last = r.product
		of := c.products[r.product].text
		if !strings.Contains(of, text) {
			return
		}
		m := match{2, r.product}
		if strings.HasPrefix(of, text) {
			m.rank = 0
		} else if strings.Contains(of, "\n"+text) {
			m.rank = 1
		}
		at, twice := slices.BinarySearchFunc(best, m, compare)
		if twice || at == limit {
			return
		}
		best = slices.Insert(best[:min(len(best), limit-1)], at, m)
	})
	for _, m := range best {
		ids = append(ids, c.products[m.product].id)
	}
	return ids, err
}
