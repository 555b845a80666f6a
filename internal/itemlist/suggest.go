package itemlist

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/stock"
)

// Suggestions are what a text may mean.
type Suggestions struct {
	// Products are those of which there are items, the id or title of which has the text:
	// first those whose id begins so, then those whose title does, each by id.
	Products []Found
	// Channels are those that something of an item names and whose ids have the text.
	Channels []string
}

// Suggest returns up to limit products and channels that have the text. Products are known
// to a caller who may see one of their items.
func (l *List) Suggest(ctx context.Context, tenant, text string, bounds *stock.Bounds, limit int) (s Suggestions, err error) {
	t, err := l.get(ctx, tenant)
	if err != nil {
		return s, err
	}
	if err := t.columns.suggest(ctx, &s, search.Fold(strings.TrimSpace(text)), bounds, limit); err != nil || len(s.Products) == 0 {
		return s, err
	}
	return s, l.title(ctx, tenant, s.Products)
}

func (c *columns) suggest(ctx context.Context, to *Suggestions, text string, bounds *stock.Bounds, limit int) error {
	type match struct {
		rank    int
		product uint32
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var best []match
	compare := func(a, b match) int { return cmp.Or(a.rank-b.rank, c.compareProducts(a.product, b.product)) }
	locations, last := c.matchLocations("", bounds), unknown
	err := c.rows(false, ctx.Err, func(r *listRow) {
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
		to.Products = append(to.Products, Found{Key: stock.ItemKey{Product: c.products[m.product].id}})
	}
	for _, id := range c.channels.ids {
		if id != unnamed && len(to.Channels) < limit && bounds.Channel(id) && strings.Contains(search.Fold(id), text) {
			to.Channels = append(to.Channels, id)
		}
	}
	return err
}
