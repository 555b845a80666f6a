package server

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Replenishments is what the catalog keeps of rules of replenishment.
type Replenishments interface {
	documents[catalog.Replenishment]
	// List returns the rules that follow after, by id.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Replenishment, error)
}

// replenishmentChapter keeps the rules by which locations are replenished.
type replenishmentChapter struct {
	*core
	rules Replenishments
}

func (s *replenishmentChapter) functions() map[string]method {
	return map[string]method{
		"SetReplenishment":    unary(knowing(s.core, writeOnce(s.core, nil, s.setReplenishment))),
		"GetReplenishment":    unary(knowing(s.core, s.getReplenishment)),
		"ListReplenishments":  unary(knowing(s.core, s.listReplenishments)),
		"DeleteReplenishment": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteReplenishment))),
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

func (s *replenishmentChapter) setReplenishment(ctx context.Context, c *call, r *holdfastv1.SetReplenishmentRequest) (*holdfastv1.Replenishment, error) {
	var f requestForm
	f.id("rule_id", r.GetRuleId(), maxRuleID)
	f.id("to_location_id", r.GetToLocationId(), maxLocation)
	f.requireRange("from_location_ids", int64(len(r.GetFromLocationIds())), 1, catalog.MaxSources)
	f.requireRange("product_ids", int64(len(r.GetProductIds())), 0, maxProductIDs)
	f.requireRange("min", r.GetMin(), 1, maxQty)
	f.requireRange("target", r.GetTarget(), 1, maxQty)
	if r.Multiple != nil {
		f.requireRange("multiple", r.GetMultiple(), 1, maxQty)
	}
	f.requireRange("every_seconds", r.GetEverySeconds(), 1, int64(time.Duration(catalog.MaxPeriod)/time.Second))
	for i, from := range r.GetFromLocationIds() {
		f.id("from_location_ids["+itoa(i)+"]", from, maxLocation)
	}
	for i, product := range r.GetProductIds() {
		f.id("product_ids["+itoa(i)+"]", product, maxProduct)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	refs := make([]catalog.Ref, 0, len(r.GetProductIds()))
	for _, product := range r.GetProductIds() {
		refs = append(refs, catalog.Ref{Tenant: c.tenant, Product: product, Location: r.GetToLocationId()})
	}
	if err := s.door.MustKnow(ctx, refs); err != nil {
		return nil, err
	}
	kept, err := s.rules.Set(ctx, catalog.Replenishment{
		Tenant: c.tenant, ID: r.GetRuleId(), To: r.GetToLocationId(), From: r.GetFromLocationIds(), Products: r.GetProductIds(),
		Min: r.GetMin(), Target: r.GetTarget(), Multiple: max(r.GetMultiple(), 1), Active: r.Active == nil || r.GetActive(),
		Every: catalog.Period(time.Duration(r.GetEverySeconds()) * time.Second),
	})
	if err != nil {
		return nil, factError("", err)
	}
	return renderReplenishment(kept), nil
}

func (s *replenishmentChapter) getReplenishment(ctx context.Context, c *call, r *holdfastv1.GetReplenishmentRequest) (*holdfastv1.Replenishment, error) {
	if err := checkID("rule_id", r.GetRuleId(), maxRuleID); err != nil {
		return nil, err
	}
	p, err := s.rules.Get(ctx, c.tenant, r.GetRuleId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderReplenishment(p), nil
}

func (s *replenishmentChapter) listReplenishments(ctx context.Context, c *call, r *holdfastv1.ListReplenishmentsRequest) (*holdfastv1.ListReplenishmentsResponse, error) {
	size, after, err := pageForm("replenishments", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.rules.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "replenishments", after, size, func(p catalog.Replenishment) string { return p.ID })
	return &holdfastv1.ListReplenishmentsResponse{NextPageToken: next, Items: each(page, renderReplenishment)}, nil
}

func (s *replenishmentChapter) deleteReplenishment(ctx context.Context, c *call, r *holdfastv1.DeleteReplenishmentRequest) (*holdfastv1.DeleteReplenishmentResponse, error) {
	if err := checkID("rule_id", r.GetRuleId(), maxRuleID); err != nil {
		return nil, err
	}
	if err := s.rules.Drop(ctx, c.tenant, r.GetRuleId()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteReplenishmentResponse{}, nil
}
