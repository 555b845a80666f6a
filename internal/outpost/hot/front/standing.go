package front

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Standing is the state of an item on the road.
type Standing struct {
	Item             stock.ItemKey
	State            hot.State
	Epoch            int64
	Floor            stock.Qty
	Usable, InFlight stock.Qty
	Shortage         stock.Qty // units that orders wait for
	Reached          bool      // Redis answered: Usable, InFlight and Shortage are its figures
	Difference       stock.Qty // the surplus of Redis, as of the last comparison
	Since            time.Time // since when it differs, zero when it does not
}

// Figures are those of the items of a rule since the server started.
type Figures struct {
	Rule                                                   catalog.RedisRule
	Reserves, Refusals, Errors, Compensations, Differences int64
	P99                                                    time.Duration // of the reserves of the last minutes, or the scripts of a shadow
	// Decisions of the ledger that a shadow made too, and those that were not compared.
	Alike, RedisOnly, LedgerOnly, LeftOut int64
	ofRedis                               int64 // of the Errors
}

// Standings are the states of the tenant's items that Redis sells, or sold, sorted, those behind the item;
// limit bounds them.
func (b *Books) Standings(ctx context.Context, tenant string, after stock.ItemKey, limit int) (all []Standing, err error) {
	page, err := b.roads.page(ctx, stock.ItemKey{Tenant: tenant, Product: after.Product, Location: after.Location}, limit)
	if err != nil {
		return nil, asLedgerError(err)
	}
	for _, is := range page {
		l := is.Listed
		s := Standing{Item: l.Key, State: l.State, Epoch: l.Epoch, Floor: l.Floor}
		d := b.found.get(l.Key)
		s.Difference, s.Since = d.units, d.since
		if l.State == hot.Open {
			if has, err := is.road.Balance(ctx, l); err == nil {
				s.Usable, s.InFlight, s.Shortage, s.Reached = has.Usable, has.Subtract, has.Shortage, true
			}
		}
		all = append(all, s)
	}
	return all, ctx.Err()
}

// list are the items of the tenant that Redis sells, sorted; with a key that item only.
func (b *Books) list(tenant string, k stock.ItemKey) (all []hot.Listed) {
	for _, l := range b.roads.listed() {
		if l.Key.Tenant == tenant && (k == stock.ItemKey{} || k == l.Key) {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b hot.Listed) int { return byProduct(a.Key, b.Key) })
	return all
}

func unknown(k stock.ItemKey) error {
	return &catalog.UnknownError{What: "item that sells through Redis", ID: k.Product + " at " + k.Location}
}

// byProduct is the order of lists.
func byProduct(a, b stock.ItemKey) int {
	return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Location, b.Location))
}

// Compare compares the item in Redis with the books, all items of the tenant with a zero key, and
// makes each balance anew that differs.
func (b *Books) Compare(ctx context.Context, tenant string, k stock.ItemKey) (compared int, differences []hot.Difference, err error) {
	all := b.list(tenant, k)
	if len(all) == 0 && k != (stock.ItemKey{}) {
		return 0, nil, unknown(k)
	}
	var mu sync.Mutex
	err = hot.Each(ctx, all, func(ctx context.Context, l hot.Listed) error {
		d, err := b.compare(ctx, l)
		mu.Lock()
		defer mu.Unlock()
		if d != nil {
			differences = append(differences, *d)
		}
		if err == nil {
			compared++
		}
		return err
	})
	slices.SortFunc(differences, func(a, b hot.Difference) int { return byProduct(a.Item, b.Item) })
	return compared, differences, err
}

// RoadOf returns the items of the order's lines that Redis took.
func (b *Books) RoadOf(ctx context.Context, tenant, order string) (map[stock.ItemKey]bool, error) {
	took := map[stock.ItemKey]bool{}
	for _, road := range b.roads.all {
		items, err := road.Took(ctx, stock.OrderKey{Tenant: tenant, Order: order})
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			took[i] = true
		}
	}
	return took, nil
}
