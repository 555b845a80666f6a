package redis

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// This file has the calls about the lists that decide which items sell through Redis.

// RedisRules is what the catalog keeps of them.
type RedisRules interface {
	Set(ctx context.Context, r catalog.RedisRule) (catalog.RedisRule, error)
	// List returns the entries after the key, by list, location and product.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.RedisRule, error)
	// Naming returns the entries that name the item, 16 at most, in the same order.
	Naming(ctx context.Context, tenant, product, location string) ([]catalog.RedisRule, error)
	Drop(ctx context.Context, tenant string, list catalog.RedisList, location, product string) error
}

func (s *Chapter) setRedisRule(ctx context.Context, c *kit.Call, r *holdfastv1.SetRedisRuleRequest) (*holdfastv1.RedisRule, error) {
	var f kit.Form
	redisScope(&f, r.GetList(), r.GetLocationId(), r.GetProductId())
	if r.Percent != nil {
		f.RequireRange("percent", r.GetPercent(), 1, 100)
	}
	if r.Floor != nil {
		f.RequireRange("floor", r.GetFloor(), 0, kit.MaxQty)
	}
	if r.GetList() != string(catalog.RedisAllowed) {
		if r.Percent != nil {
			f.Refuse("percent", "is of the list allowed only")
		}
		if r.Floor != nil {
			f.Refuse("floor", "is of the list allowed only")
		}
		if r.GetShadow() {
			f.Refuse("shadow", "is of the list allowed only")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.rules.Set(ctx, catalog.RedisRule{
		Tenant: c.Tenant, List: catalog.RedisList(r.GetList()), Location: r.GetLocationId(), Product: r.GetProductId(), Percent: r.Percent, Floor: r.GetFloor(), Shadow: r.GetShadow(),
	})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderRedisRule(kept), nil
}

func (s *Chapter) listRedisRules(ctx context.Context, c *kit.Call, r *holdfastv1.ListRedisRulesRequest) (*holdfastv1.ListRedisRulesResponse, error) {
	const list = "redis-rules"
	var f kit.Form
	size, after := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	itemOrNone(&f, r.GetProductId(), r.GetLocationId())
	if err := f.Err(); err != nil {
		return nil, err
	}
	var all []catalog.RedisRule
	var err error
	if r.GetProductId() != "" {
		all, err = s.rules.Naming(ctx, c.Tenant, r.GetProductId(), r.GetLocationId())
	} else {
		all, err = s.rules.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	}
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(r catalog.RedisRule) string { return r.Place() })
	return &holdfastv1.ListRedisRulesResponse{NextPageToken: next, Items: kit.Each(page, renderRedisRule)}, nil
}

func (s *Chapter) deleteRedisRule(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteRedisRuleRequest) (*holdfastv1.DeleteRedisRuleResponse, error) {
	var f kit.Form
	redisScope(&f, r.GetList(), r.GetLocationId(), r.GetProductId())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.rules.Drop(ctx, c.Tenant, catalog.RedisList(r.GetList()), r.GetLocationId(), r.GetProductId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteRedisRuleResponse{}, nil
}

// redisScope requires a list, and the names of an entry in it.
func redisScope(f *kit.Form, list, location, product string) {
	names := kit.Each(catalog.RedisLists, func(l catalog.RedisList) string { return string(l) })
	if list == "" {
		f.Refuse("list", "must be given")
	}
	f.OneOf("list", list, names...)
	f.OptionalID("location_id", location, kit.MaxLocation)
	f.OptionalID("product_id", product, kit.MaxProduct)
}

func renderRedisRule(r catalog.RedisRule) *holdfastv1.RedisRule {
	m := &holdfastv1.RedisRule{
		List: string(r.List), LocationId: r.Location, ProductId: r.Product, Percent: r.Percent, UpdatedAt: timestamppb.New(r.Changed.Time),
		CutBack: r.CutBack, CutBackAt: kit.OptionalTime(r.CutBackAt.Time), Shadow: r.Shadow,
	}
	if r.List == catalog.RedisAllowed {
		m.Floor = &r.Floor
	}
	return m
}
