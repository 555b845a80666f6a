package search

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

var (
	towns    = []string{"berlin", "lyon"}
	channels = []string{"", "app", "pos"}
	products = []string{"cup", "mug", "pot"}
	titles   = []string{"Blue mug", "Red cup", "手机壳", "Blue red pot"}
	tenants  atomic.Int64
)

// Details, books and locations change. The nodes may process the changes in any order and
// may die at any point. In the end the index equals one that is made from nothing.
func TestWhateverHappensTheIndexIsTheOneMadeFromNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		rapid.Check(t, func(t *rapid.T) {
			s := openShop(t, dsn, fmt.Sprint("t", tenants.Add(1)))
			defer s.close(t)
			nodes := []*node{s.node(), s.node()}
			for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
				s.happen(t, i)
				n := nodes[rapid.IntRange(0, 1).Draw(t, "node")]
				if err := n.happen(t); err != nil {
					t.Fatal(err)
				}
			}
			nodes[0].compare(t)
		})
	})
}

func (s *shop) happen(t *rapid.T, i int) {
	product := rapid.SampledFrom(products).Draw(t, "product")
	town := rapid.SampledFrom(towns).Draw(t, "town")
	channel := rapid.SampledFrom(channels).Draw(t, "channel")
	switch rapid.SampledFrom([]string{"describe", "forget", "put", "restock", "reserve", "release", "sale", "place"}).Draw(t, "what") {
	case "describe":
		s.describe(t, catalog.Details{Product: product, Title: rapid.SampledFrom(titles).Draw(t, "title"), Seller: channel})
	case "forget":
		s.forget(t, product)
	case "put":
		s.put(t, town, product, stock.Qty(rapid.IntRange(0, 3).Draw(t, "n")))
	case "restock":
		s.restock(t, town, product, 2)
	case "reserve":
		s.reserve(t, fmt.Sprint("o", i), channel, town, product, 1)
	case "release":
		s.do(t, &stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: s.tenant, Order: fmt.Sprint("o", i-1)}}})
	case "sale":
		s.do(t, &stock.SetSaleStatus{Item: s.item(town, product), Channel: channel, OnSale: rapid.Bool().Draw(t, "on")})
	case "place":
		s.place(t, town, rapid.Bool().Draw(t, "active"), rapid.SampledFrom([][]string{nil, {"app"}, {"app", "pos"}}).Draw(t, "serves")...)
	}
}

// happen has the node do something.
func (n *node) happen(t *rapid.T) error {
	ctx := context.Background()
	switch rapid.SampledFrom([]string{"nothing", "follow", "follow and die", "logs", "logs and die", "rebuild", "build", "build and die", "read slowly", "write late"}).Draw(t, "node does") {
	case "follow":
		_, err := n.follow(ctx)
		return err
	case "follow and die":
		return n.followAndDie(ctx)
	case "logs":
		return n.readLogs(ctx, false)
	case "logs and die":
		return n.readLogs(ctx, true)
	case "rebuild":
		return n.Rebuild(ctx, n.shop.tenant)
	case "build":
		_, err := n.duties.Look(ctx)
		return err
	case "read slowly":
		var err error
		if n.slow.of, n.slow.in, err = n.store.Subjects(ctx, n.shop.tenant, products); err != nil {
			return err
		}
		n.slow.writes, err = n.writes(ctx, n.shop.tenant, n.slow.of)
		return err
	case "write late":
		for _, index := range n.slow.in {
			if _, err := n.write(ctx, index, n.slow.writes, 0); err != nil {
				return err
			}
		}
		n.slow.in = nil
	case "build and die":
		due, err := n.store.Due(ctx, 1)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := n.store.Claim(ctx, &due[0], buildLease); err != nil {
			return err
		}
		if due[0].State == catalog.SearchBuilding {
			_, err = n.build(ctx, &due[0])
		}
		n.shop.wait(2 * buildLease)
		return err
	}
	return nil
}

// followAndDie processes changes of the catalog and does not note it.
func (n *node) followAndDie(ctx context.Context) error {
	at, err := n.store.Followed(ctx)
	if err != nil {
		return err
	}
	entries, err := n.directory.Log(ctx, at.Seq, maxEntries)
	if err != nil || len(entries) == 0 {
		return err
	}
	if err := n.store.Follow(ctx, &at, lease); err != nil {
		return err
	}
	defer n.shop.wait(2 * lease)
	return n.takeIn(ctx, &at, entries)
}

// Several nodes take everything in at the same time while it changes, and while the index
// is built anew.
func TestNodesThatWriteAtTheSameTimeLeaveNothingOld(t *testing.T) {
	everywhere(t, func(t *testing.T, dsn string) {
		s := openShop(t, dsn, "busy")
		defer s.close(t)
		const changes = 60
		for _, town := range towns {
			for _, product := range products {
				s.put(t, town, product, 1)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var changing, nodes sync.WaitGroup
		for i, product := range products {
			changing.Go(func() {
				for k := range changes {
					switch (k + i) % 4 {
					case 0:
						s.reserve(t, fmt.Sprint(product, k), "", towns[k%2], product, 1)
					case 1:
						s.describe(t, catalog.Details{Product: product, Title: titles[k%len(titles)]})
					case 2:
						s.restock(t, towns[k%2], product, 1)
					case 3:
						if k%12 == 3 {
							s.forget(t, product)
						}
					}
				}
			})
		}
		for range 3 {
			n := s.node()
			nodes.Go(func() {
				for ctx.Err() == nil {
					_, err := n.follow(t.Context())
					if err == nil {
						err = n.readLogs(t.Context(), false)
					}
					if err == nil {
						err = n.Rebuild(t.Context(), s.tenant)
					}
					if err == nil {
						_, err = n.duties.Look(t.Context())
					}
					if err != nil && !errors.Is(err, errOvertaken) && !errors.Is(err, catalog.ErrStale) {
						t.Error(err)
						return
					}
				}
			})
		}
		changing.Wait()
		stop()
		nodes.Wait()
		s.node().compare(t)
	})
}
