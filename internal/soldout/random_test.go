package soldout

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/stock"
)

// serving is what a location serves, as the test has said.
type serving struct {
	active   bool
	channels []string
}

// model says what can be had, from all that there is.
type model struct {
	places map[string]serving
	sells  map[[2]string]bool // by product and channel; missing: nothing was looked at
}

// turns are the changes to be announced since the last call.
func (m *model) turns(t *rapid.T, c *chain) (want []string) {
	for _, product := range products {
		for _, channel := range channels {
			sells := false
			for _, town := range append([]string{hub}, towns...) {
				p, described := m.places[town]
				if described && (!p.active || channel != "" && len(p.channels) > 0 && !slices.Contains(p.channels, channel)) {
					continue
				}
				levels, _, err := c.books.Items(context.Background(), []stock.ItemKey{item(town, product)})
				if err != nil {
					t.Fatal(err)
				}
				it := levels[0].Now()
				sells = sells || it != nil && it.Sells(channel) && (!it.Tracked || levels[0].Available(channel) > 0)
			}
			key := [2]string{product, channel}
			was, known := m.sells[key]
			if known && was != sells || !known && !sells {
				is := stock.OpSoldOut
				if sells {
					is = stock.OpBackInStock
				}
				want = append(want, turn(product, channel, is))
			}
			m.sells[key] = sells
		}
	}
	return want
}

// The announcements are those of a model that reads everything each time.
func TestWhatIsToldIsWhatAllThatThereIsSays(outer *testing.T) {
	outer.Parallel()
	rapid.Check(outer, func(t *rapid.T) {
		c := openChain(t, catalogtest.File(outer), 3)
		defer c.close(t)
		for _, product := range products {
			c.put(t, hub, product, 0)
			for _, town := range towns {
				c.put(t, town, product, stock.Qty(rapid.IntRange(0, 1).Draw(t, "units")))
			}
		}
		m := &model{places: map[string]serving{hub: {true, channels[1:]}}, sells: map[[2]string]bool{}}
		nodes := []*node{c.node(), c.node()}
		draw := func(from []string, name string) string { return rapid.SampledFrom(from).Draw(t, name) }
		for n := range rapid.IntRange(1, 60).Draw(t, "steps") {
			town, product, channel := draw(append([]string{hub}, towns...), "town"), draw(products, "product"), draw(channels, "channel")
			switch k := item(town, product); rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				c.do(t, &stock.Restock{Item: k, Qty: 1})
			case 1, 2:
				c.do(t, reserve(fmt.Sprint("o-", n), channel, town, product, 1))
			case 3:
				c.do(t, &stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", rapid.IntRange(0, n).Draw(t, "order"))}}})
			case 4:
				c.do(t, &stock.SetSaleStatus{Item: k, Channel: channel, OnSale: rapid.Bool().Draw(t, "on sale")})
			case 5:
				if channel != "" {
					quota := stock.Qty(rapid.IntRange(0, 1).Draw(t, "quota"))
					c.do(t, &stock.SetQuotas{Item: k, Set: []stock.QuotaSetting{{Channel: channel, Quota: &quota}}})
				}
			case 6:
				if town == hub {
					continue
				}
				p := serving{rapid.Bool().Draw(t, "active"), rapid.SliceOfNDistinct(rapid.SampledFrom(channels[1:]), 0, 3, rapid.ID).Draw(t, "serves")}
				m.places[town] = p
				c.place(t, town, p.active, p.channels...)
			default:
				if err := rapid.SampledFrom(nodes).Draw(t, "node").step(t); err != nil {
					t.Fatal(err)
				}
				want, got := m.turns(t, c), c.news(t)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Fatalf("told %q, wanted %q", got, want)
				}
			}
		}
	})
}
