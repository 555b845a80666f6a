package server

import (
	"context"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// Redis sells items through Redis.
type Redis interface {
	// Standings lists the items of a tenant that sell through Redis, or did: those that follow after, by product and
	// location. Fewer than limit: there are no more.
	Standings(ctx context.Context, tenant string, after stock.ItemKey, limit int) ([]front.Standing, error)
	// Rebuild rebuilds the data of an item in Redis. With the zero key it rebuilds all items of the tenant. It returns how
	// many items it rebuilt. An item that does not sell through Redis is a catalog.UnknownError.
	Rebuild(ctx context.Context, tenant string, k stock.ItemKey) (int, error)
	// RebuildPage rebuilds up to limit items of the tenant: those that follow after, by product and location.
	RebuildPage(ctx context.Context, tenant string, after stock.ItemKey, limit int) (front.RebuiltPage, error)
	// Compare compares the data in Redis with the books, for the same items as Rebuild.
	Compare(ctx context.Context, tenant string, k stock.ItemKey) (compared int, differences []hot.Difference, err error)
	// Figures returns the figures of each rule by which items of the tenant sell through Redis.
	Figures(tenant string) []front.Figures
	// RoadOf are the items of an order that Redis took; nil: none.
	RoadOf(ctx context.Context, tenant, order string) (map[stock.ItemKey]bool, error)
}

// redisChapter sets which items sell through Redis.
type redisChapter struct {
	*core
	rules RedisRules
}

func (s *redisChapter) functions() map[string]method {
	return map[string]method{
		"SetRedisRule":    unary(knowing(s.core, writeOnce(s.core, nil, s.setRedisRule))),
		"ListRedisRules":  unary(knowing(s.core, s.listRedisRules)),
		"DeleteRedisRule": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteRedisRule))),

		"ListRedisItems":    unary(onRoad(s, s.listRedisItems)),
		"RebuildRedisItems": unary(knowing(s.core, onItem(onRoad(s, onceDone(s.core, s.rebuildRedisItems))))),
		"CompareRedisItems": unary(onItem(onRoad(s, s.compareRedisItems))),
		"ListRedisFigures":  unary(onRoad(s, s.listRedisFigures)),
	}
}

// onRoad carries out a call where items sell through Redis.
func onRoad[Q, R any](s *redisChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		if s.road == nil {
			var none R
			return none, refuse(codeState, "this server has no Redis: it sells nothing through it")
		}
		return f(ctx, c, q)
	}
}

// onItem refuses a wrong name of an item before it checks what this server has.
func onItem[Q interface {
	GetProductId() string
	GetLocationId() string
}, R any](f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		if _, err := c.redisItem(q.GetProductId(), q.GetLocationId()); err != nil {
			var none R
			return none, err
		}
		return f(ctx, c, q)
	}
}

func (s *redisChapter) listRedisItems(ctx context.Context, c *call, r *holdfastv1.ListRedisItemsRequest) (*holdfastv1.ListRedisItemsResponse, error) {
	const list = "redis-items"
	size, after, err := pageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	behindItem := stock.ItemKey{Tenant: c.tenant}
	behindItem.Product, behindItem.Location, _ = strings.Cut(after, "\x00")
	all, err := s.road.Standings(ctx, c.tenant, behindItem, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(is front.Standing) string { return is.Item.Product + "\x00" + is.Item.Location })
	return &holdfastv1.ListRedisItemsResponse{NextPageToken: next, Items: each(page, renderRedisItem)}, nil
}

func renderRedisItem(is front.Standing) *holdfastv1.RedisItem {
	m := &holdfastv1.RedisItem{
		ProductId: is.Item.Product, LocationId: is.Item.Location, State: is.State.String(), Epoch: is.Epoch, Floor: int64(is.Floor),
		Reached: is.Reached, Difference: int64(is.Difference), DifferenceSince: optionalTime(is.Since),
	}
	if is.Reached {
		m.Usable, m.InFlight, m.Shortage = new(int64(is.Usable)), new(int64(is.InFlight)), new(int64(is.Shortage))
	}
	return m
}

func (s *redisChapter) rebuildRedisItems(ctx context.Context, c *call, r *holdfastv1.RebuildRedisItemsRequest) (*holdfastv1.RebuildRedisItemsResponse, error) {
	k, err := c.redisItem(r.GetProductId(), r.GetLocationId())
	if err != nil {
		return nil, err
	}
	if r.PageSize != nil || r.GetPageToken() != "" {
		return s.rebuildPage(ctx, c, k, r)
	}
	n, err := s.road.Rebuild(ctx, c.tenant, k)
	if err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.RebuildRedisItemsResponse{Rebuilt: int64(n)}, nil
}

// rebuildMost is how many items a call with a page token rebuilds when it names no number.
const rebuildMost = 10_000

func (s *redisChapter) rebuildPage(ctx context.Context, c *call, k stock.ItemKey, r *holdfastv1.RebuildRedisItemsRequest) (*holdfastv1.RebuildRedisItemsResponse, error) {
	const list = "redis-rebuild"
	var f requestForm
	if k != (stock.ItemKey{}) {
		f.refuse("product_id", "must be left out with page_size or page_token")
	}
	after := stock.ItemKey{Tenant: c.tenant}
	after.Product, after.Location, _ = strings.Cut(f.readPageToken(list, r.GetPageToken()), "\x00")
	limit := rebuildMost
	if r.PageSize != nil {
		limit = int(r.GetPageSize())
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	done, err := s.road.RebuildPage(ctx, c.tenant, after, limit)
	if err != nil {
		return nil, factError("", err)
	}
	m := &holdfastv1.RebuildRedisItemsResponse{Rebuilt: int64(done.Rebuilt), Left: int64(done.Left)}
	if done.Left > 0 {
		m.NextPageToken = new(pageToken(list, done.Last.Product+"\x00"+done.Last.Location))
	}
	return m, nil
}

// mostDifferences is how many differences an answer shows: each has two ids, and a client accepts 4 MiB.
const mostDifferences = 10_000

func (s *redisChapter) compareRedisItems(ctx context.Context, c *call, r *holdfastv1.CompareRedisItemsRequest) (*holdfastv1.CompareRedisItemsResponse, error) {
	k, err := c.redisItem(r.GetProductId(), r.GetLocationId())
	if err != nil {
		return nil, err
	}
	n, found, err := s.road.Compare(ctx, c.tenant, k)
	if err != nil {
		return nil, factError("", err)
	}
	shown := found[:min(len(found), mostDifferences)]
	return &holdfastv1.CompareRedisItemsResponse{
		Compared: int64(n), LeftOut: int64(len(found) - len(shown)),
		Differences: each(shown, func(d hot.Difference) *holdfastv1.RedisDifference {
			return &holdfastv1.RedisDifference{ProductId: d.Item.Product, LocationId: d.Item.Location, Has: int64(d.Has), Want: int64(d.Want)}
		}),
	}, nil
}

// redisItem is the item of a request, the zero key when it names none: then the request covers all items.
func (c *call) redisItem(product, location string) (k stock.ItemKey, err error) {
	var f requestForm
	itemOrNone(&f, product, location)
	if err = f.err(); err == nil && product != "" {
		k = stock.ItemKey{Tenant: c.tenant, Product: product, Location: location}
	}
	return k, err
}

// itemOrNone requires both parts of an item, or neither.
func itemOrNone(f *requestForm, product, location string) {
	f.optionalID("product_id", product, maxProduct)
	f.optionalID("location_id", location, maxLocation)
	switch {
	case product == "" && location != "":
		f.refuse("product_id", "must be given with location_id")
	case product != "" && location == "":
		f.refuse("location_id", "must be given with product_id")
	}
}

func (s *redisChapter) listRedisFigures(_ context.Context, c *call, _ *holdfastv1.ListRedisFiguresRequest) (*holdfastv1.ListRedisFiguresResponse, error) {
	return &holdfastv1.ListRedisFiguresResponse{Items: each(s.road.Figures(c.tenant), renderRedisFigures)}, nil
}

func renderRedisFigures(f front.Figures) *holdfastv1.RedisFigures {
	m := &holdfastv1.RedisFigures{
		List: string(f.Rule.List), LocationId: f.Rule.Location, ProductId: f.Rule.Product,
		Reserves: f.Reserves, Refusals: f.Refusals, Errors: f.Errors, Compensations: f.Compensations, Differences: f.Differences,
		Shadow: f.Rule.Shadow, Decided: f.Alike + f.RedisOnly + f.LedgerOnly, Alike: f.Alike, RedisOnly: f.RedisOnly, LedgerOnly: f.LedgerOnly, LeftOut: f.LeftOut,
	}
	if f.P99 > 0 {
		m.P99Ms = new(float64(f.P99.Microseconds()) / 1000)
	}
	return m
}

// showRoads shows which reservations of an order Redis took.
func showRoads(ctx context.Context, road Redis, order stock.OrderKey, lines []stock.Line, shown []*holdfastv1.Reservation) error {
	if road == nil {
		return nil
	}
	items, err := road.RoadOf(ctx, order.Tenant, order.Order)
	if err != nil {
		return err
	}
	for i := range lines {
		if items[lines[i].Item] {
			shown[i].Road = roadRedis
		}
	}
	return nil
}

// roadRedis is the road of a reservation that Redis took.
const roadRedis = "redis"
