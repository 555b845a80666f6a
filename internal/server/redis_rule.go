package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

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

func (s *redisChapter) setRedisRule(ctx context.Context, c *call, r *holdfastv1.SetRedisRuleRequest) (*holdfastv1.RedisRule, error) {
	var f requestForm
	redisScope(&f, r.GetList(), r.GetLocationId(), r.GetProductId())
	if r.Percent != nil {
		f.requireRange("percent", r.GetPercent(), 1, 100)
	}
	if r.Floor != nil {
		f.requireRange("floor", r.GetFloor(), 0, maxQty)
	}
	if r.GetList() != string(catalog.RedisAllowed) {
		if r.Percent != nil {
			f.refuse("percent", "is of the list allowed only")
		}
		if r.Floor != nil {
			f.refuse("floor", "is of the list allowed only")
		}
		if r.GetShadow() {
			f.refuse("shadow", "is of the list allowed only")
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.rules.Set(ctx, catalog.RedisRule{
		Tenant: c.tenant, List: catalog.RedisList(r.GetList()), Location: r.GetLocationId(), Product: r.GetProductId(), Percent: r.Percent, Floor: r.GetFloor(), Shadow: r.GetShadow(),
	})
	if err != nil {
		return nil, factError("", err)
	}
	return renderRedisRule(kept), nil
}

func (s *redisChapter) listRedisRules(ctx context.Context, c *call, r *holdfastv1.ListRedisRulesRequest) (*holdfastv1.ListRedisRulesResponse, error) {
	const list = "redis-rules"
	var f requestForm
	size, after := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	itemOrNone(&f, r.GetProductId(), r.GetLocationId())
	if err := f.err(); err != nil {
		return nil, err
	}
	var all []catalog.RedisRule
	var err error
	if r.GetProductId() != "" {
		all, err = s.rules.Naming(ctx, c.tenant, r.GetProductId(), r.GetLocationId())
	} else {
		all, err = s.rules.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	}
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(r catalog.RedisRule) string { return r.Place() })
	return &holdfastv1.ListRedisRulesResponse{NextPageToken: next, Items: each(page, renderRedisRule)}, nil
}

func (s *redisChapter) deleteRedisRule(ctx context.Context, c *call, r *holdfastv1.DeleteRedisRuleRequest) (*holdfastv1.DeleteRedisRuleResponse, error) {
	var f requestForm
	redisScope(&f, r.GetList(), r.GetLocationId(), r.GetProductId())
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.rules.Drop(ctx, c.tenant, catalog.RedisList(r.GetList()), r.GetLocationId(), r.GetProductId()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteRedisRuleResponse{}, nil
}

// redisScope requires a list, and the names of an entry in it.
func redisScope(f *requestForm, list, location, product string) {
	names := each(catalog.RedisLists, func(l catalog.RedisList) string { return string(l) })
	if list == "" {
		f.refuse("list", "must be given")
	}
	f.oneOf("list", list, names...)
	f.optionalID("location_id", location, maxLocation)
	f.optionalID("product_id", product, maxProduct)
}

func renderRedisRule(r catalog.RedisRule) *holdfastv1.RedisRule {
	m := &holdfastv1.RedisRule{
		List: string(r.List), LocationId: r.Location, ProductId: r.Product, Percent: r.Percent, UpdatedAt: timestamppb.New(r.Changed.Time),
		CutBack: r.CutBack, CutBackAt: optionalTime(r.CutBackAt.Time), Shadow: r.Shadow,
	}
	if r.List == catalog.RedisAllowed {
		m.Floor = &r.Floor
	}
	return m
}
