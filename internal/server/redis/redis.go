// Package redis sets which items sell through Redis.
package redis

import (
	"context"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Chapter sets which items sell through Redis.
type Chapter struct {
	core  *kit.Core
	rules RedisRules
}

// New returns the chapter.
func New(core *kit.Core, rules RedisRules) *Chapter {
	return &Chapter{core, rules}
}

// onRoad carries out a call where items sell through Redis.
func onRoad[Q, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if s.core.Road == nil {
			var none R
			return none, kit.Refuse(kit.CodeState, "this server has no Redis: it sells nothing through it")
		}
		return f(ctx, c, q)
	}
}

// onItem refuses a wrong name of an item before it checks what this server has.
func onItem[Q interface {
	GetProductId() string
	GetLocationId() string
}, R any](f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if _, err := redisItem(c, q.GetProductId(), q.GetLocationId()); err != nil {
			var none R
			return none, err
		}
		return f(ctx, c, q)
	}
}

func (s *Chapter) listRedisItems(ctx context.Context, c *kit.Call, r *holdfastv1.ListRedisItemsRequest) (*holdfastv1.ListRedisItemsResponse, error) {
	const list = "redis-items"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	behindItem := stock.ItemKey{Tenant: c.Tenant}
	behindItem.Product, behindItem.Location, _ = strings.Cut(after, "\x00")
	all, err := s.core.Road.Standings(ctx, c.Tenant, behindItem, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(is front.Standing) string { return is.Item.Product + "\x00" + is.Item.Location })
	return &holdfastv1.ListRedisItemsResponse{NextPageToken: next, Items: kit.Each(page, renderRedisItem)}, nil
}

func renderRedisItem(is front.Standing) *holdfastv1.RedisItem {
	m := &holdfastv1.RedisItem{
		ProductId: is.Item.Product, LocationId: is.Item.Location, State: is.State.String(), Epoch: is.Epoch, Floor: int64(is.Floor),
		Reached: is.Reached, Difference: int64(is.Difference), DifferenceSince: kit.OptionalTime(is.Since),
	}
	if is.Reached {
		m.Usable, m.InFlight, m.Shortage = new(int64(is.Usable)), new(int64(is.InFlight)), new(int64(is.Shortage))
	}
	return m
}

func (s *Chapter) rebuildRedisItems(ctx context.Context, c *kit.Call, r *holdfastv1.RebuildRedisItemsRequest) (*holdfastv1.RebuildRedisItemsResponse, error) {
	k, err := redisItem(c, r.GetProductId(), r.GetLocationId())
	if err != nil {
		return nil, err
	}
	if r.PageSize != nil || r.GetPageToken() != "" {
		return s.rebuildPage(ctx, c, k, r)
	}
	n, err := s.core.Road.Rebuild(ctx, c.Tenant, k)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.RebuildRedisItemsResponse{Rebuilt: int64(n)}, nil
}

// rebuildMost is how many items a call with a page token rebuilds when it names no number.
const rebuildMost = 10_000

func (s *Chapter) rebuildPage(ctx context.Context, c *kit.Call, k stock.ItemKey, r *holdfastv1.RebuildRedisItemsRequest) (*holdfastv1.RebuildRedisItemsResponse, error) {
	const list = "redis-rebuild"
	var f kit.Form
	if k != (stock.ItemKey{}) {
		f.Refuse("product_id", "must be left out with page_size or page_token")
	}
	after := stock.ItemKey{Tenant: c.Tenant}
	after.Product, after.Location, _ = strings.Cut(f.ReadPageToken(list, r.GetPageToken()), "\x00")
	limit := rebuildMost
	if r.PageSize != nil {
		limit = int(r.GetPageSize())
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	done, err := s.core.Road.RebuildPage(ctx, c.Tenant, after, limit)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	m := &holdfastv1.RebuildRedisItemsResponse{Rebuilt: int64(done.Rebuilt), Left: int64(done.Left)}
	if done.Left > 0 {
		m.NextPageToken = new(kit.PageToken(list, done.Last.Product+"\x00"+done.Last.Location))
	}
	return m, nil
}

// mostDifferences is how many differences an answer shows: each has two ids, and a client accepts 4 MiB.
const mostDifferences = 10_000

func (s *Chapter) compareRedisItems(ctx context.Context, c *kit.Call, r *holdfastv1.CompareRedisItemsRequest) (*holdfastv1.CompareRedisItemsResponse, error) {
	k, err := redisItem(c, r.GetProductId(), r.GetLocationId())
	if err != nil {
		return nil, err
	}
	n, found, err := s.core.Road.Compare(ctx, c.Tenant, k)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	shown := found[:min(len(found), mostDifferences)]
	return &holdfastv1.CompareRedisItemsResponse{
		Compared: int64(n), LeftOut: int64(len(found) - len(shown)),
		Differences: kit.Each(shown, func(d hot.Difference) *holdfastv1.RedisDifference {
			return &holdfastv1.RedisDifference{ProductId: d.Item.Product, LocationId: d.Item.Location, Has: int64(d.Has), Want: int64(d.Want)}
		}),
	}, nil
}

// redisItem is the item of a request, the zero key when it names none: then the request covers all items.
func redisItem(c *kit.Call, product, location string) (k stock.ItemKey, err error) {
	var f kit.Form
	itemOrNone(&f, product, location)
	if err = f.Err(); err == nil && product != "" {
		k = stock.ItemKey{Tenant: c.Tenant, Product: product, Location: location}
	}
	return k, err
}

// itemOrNone requires both parts of an item, or neither.
func itemOrNone(f *kit.Form, product, location string) {
	f.OptionalID("product_id", product, kit.MaxProduct)
	f.OptionalID("location_id", location, kit.MaxLocation)
	switch {
	case product == "" && location != "":
		f.Refuse("product_id", "must be given with location_id")
	case product != "" && location == "":
		f.Refuse("location_id", "must be given with product_id")
	}
}

func (s *Chapter) listRedisFigures(_ context.Context, c *kit.Call, _ *holdfastv1.ListRedisFiguresRequest) (*holdfastv1.ListRedisFiguresResponse, error) {
	return &holdfastv1.ListRedisFiguresResponse{Items: kit.Each(s.core.Road.Figures(c.Tenant), renderRedisFigures)}, nil
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
