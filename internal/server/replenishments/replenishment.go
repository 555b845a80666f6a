// Package replenishments keeps the rules by which stock is refilled.
package replenishments

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter keeps the rules by which locations are replenished.
type Chapter struct {
	core  *kit.Core
	rules kit.Replenishments
}

// New returns the chapter.
func New(core *kit.Core, rules kit.Replenishments) *Chapter {
	return &Chapter{core, rules}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetReplenishment":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setReplenishment))),
		"GetReplenishment":    kit.Unary(kit.Knowing(s.core, s.getReplenishment)),
		"ListReplenishments":  kit.Unary(kit.Knowing(s.core, s.listReplenishments)),
		"DeleteReplenishment": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteReplenishment))),
	}
}

// This file has the calls about stored replenishment rules. They only write to the
// catalog; the servers carry out the rules (transfer.Transfers).

const (
	maxRuleID     = 64
	maxProductIDs = 1000
)

func renderReplenishment(p catalog.Replenishment) *holdfastv1.Replenishment {
	out := &holdfastv1.Replenishment{
		RuleId: p.ID, ToLocationId: p.To, FromLocationIds: p.From, ProductIds: p.Products, Min: p.Min, Target: p.Target,
		Multiple: max(p.Multiple, 1), Active: p.Active, EverySeconds: int64(time.Duration(p.Every) / time.Second), UpdatedAt: timestamppb.New(p.Changed.Time),
	}
	if !p.Due.IsZero() {
		out.DueAt = timestamppb.New(p.Due)
	}
	return out
}

func (s *Chapter) setReplenishment(ctx context.Context, c *kit.Call, r *holdfastv1.SetReplenishmentRequest) (*holdfastv1.Replenishment, error) {
	var f kit.Form
	f.ID("rule_id", r.GetRuleId(), maxRuleID)
	f.ID("to_location_id", r.GetToLocationId(), kit.MaxLocation)
	f.RequireRange("from_location_ids", int64(len(r.GetFromLocationIds())), 1, catalog.MaxSources)
	f.RequireRange("product_ids", int64(len(r.GetProductIds())), 0, maxProductIDs)
	f.RequireRange("min", r.GetMin(), 1, kit.MaxQty)
	f.RequireRange("target", r.GetTarget(), 1, kit.MaxQty)
	if r.Multiple != nil {
		f.RequireRange("multiple", r.GetMultiple(), 1, kit.MaxQty)
	}
	f.RequireRange("every_seconds", r.GetEverySeconds(), 1, int64(time.Duration(catalog.MaxPeriod)/time.Second))
	for i, from := range r.GetFromLocationIds() {
		f.ID("from_location_ids["+kit.Itoa(i)+"]", from, kit.MaxLocation)
	}
	for i, product := range r.GetProductIds() {
		f.ID("product_ids["+kit.Itoa(i)+"]", product, kit.MaxProduct)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	refs := make([]catalog.Ref, 0, len(r.GetProductIds()))
	for _, product := range r.GetProductIds() {
		refs = append(refs, catalog.Ref{Tenant: c.Tenant, Product: product, Location: r.GetToLocationId()})
	}
	if err := s.core.Door.MustKnow(ctx, refs); err != nil {
		return nil, err
	}
	kept, err := s.rules.Set(ctx, catalog.Replenishment{
		Tenant: c.Tenant, ID: r.GetRuleId(), To: r.GetToLocationId(), From: r.GetFromLocationIds(), Products: r.GetProductIds(),
		Min: r.GetMin(), Target: r.GetTarget(), Multiple: max(r.GetMultiple(), 1), Active: r.Active == nil || r.GetActive(),
		Every: catalog.Period(time.Duration(r.GetEverySeconds()) * time.Second),
	})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderReplenishment(kept), nil
}

func (s *Chapter) getReplenishment(ctx context.Context, c *kit.Call, r *holdfastv1.GetReplenishmentRequest) (*holdfastv1.Replenishment, error) {
	if err := kit.CheckID("rule_id", r.GetRuleId(), maxRuleID); err != nil {
		return nil, err
	}
	p, err := s.rules.Get(ctx, c.Tenant, r.GetRuleId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderReplenishment(p), nil
}

func (s *Chapter) listReplenishments(ctx context.Context, c *kit.Call, r *holdfastv1.ListReplenishmentsRequest) (*holdfastv1.ListReplenishmentsResponse, error) {
	size, after, err := kit.PageForm("replenishments", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.rules.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "replenishments", after, size, func(p catalog.Replenishment) string { return p.ID })
	return &holdfastv1.ListReplenishmentsResponse{NextPageToken: next, Items: kit.Each(page, renderReplenishment)}, nil
}

func (s *Chapter) deleteReplenishment(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteReplenishmentRequest) (*holdfastv1.DeleteReplenishmentResponse, error) {
	if err := kit.CheckID("rule_id", r.GetRuleId(), maxRuleID); err != nil {
		return nil, err
	}
	if err := s.rules.Drop(ctx, c.Tenant, r.GetRuleId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteReplenishmentResponse{}, nil
}
