package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ReplenishmentService keeps the rules by which locations are replenished.
type ReplenishmentService struct {
	c    *caller
	stub holdfastv1.ReplenishmentServiceClient
}

// Replenishment is a stored rule: how much of some products a location should have,
// and how often the servers check it. Quantities are in smallest units.
type Replenishment struct {
	RuleID          string
	ToLocationID    string
	FromLocationIDs []string // 1 to 100, tried in this order
	ProductIDs      []string // at most 1000; none: all that the location has
	Min, Target     int64
	Multiple        int64 // each quantity from a location is a multiple of it; 0 means 1
	Paused          bool  // the rule is kept but not carried out
	Every           time.Duration
	// Set ignores UpdatedAt and DueAt. DueAt is zero while the rule is paused.
	UpdatedAt, DueAt time.Time
}

// Set stores a rule. To set the same again changes nothing.
func (s *ReplenishmentService) Set(ctx context.Context, r Replenishment) (*Replenishment, error) {
	m := &holdfastv1.SetReplenishmentRequest{
		RuleId: r.RuleID, ToLocationId: r.ToLocationID, FromLocationIds: r.FromLocationIDs, ProductIds: r.ProductIDs,
		Min: r.Min, Target: r.Target, Active: new(!r.Paused), EverySeconds: int64(r.Every / time.Second),
	}
	if r.Multiple != 0 {
		m.Multiple = &r.Multiple
	}
	return askOne(ctx, s.c, "set_replenishment", s.stub.SetReplenishment, m, replenishmentOf)
}

// Get shows a rule.
func (s *ReplenishmentService) Get(ctx context.Context, ruleID string) (*Replenishment, error) {
	return askOne(ctx, s.c, "replenishment", s.stub.GetReplenishment, &holdfastv1.GetReplenishmentRequest{RuleId: ruleID}, replenishmentOf)
}

// List reads a page of the rules, ordered by id. It uses only the page fields of
// List.
func (s *ReplenishmentService) List(ctx context.Context, r List) (*Page[Replenishment], error) {
	return askPage(ctx, s.c, "replenishments", s.stub.ListReplenishments, &holdfastv1.ListReplenishmentsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, replenishmentOf)
}

// Drop deletes a rule. To delete it again changes nothing. Transfers that it has
// requested stay.
func (s *ReplenishmentService) Drop(ctx context.Context, ruleID string) error {
	_, _, err := ask(ctx, s.c, "drop_replenishment", s.stub.DeleteReplenishment, &holdfastv1.DeleteReplenishmentRequest{RuleId: ruleID})
	return err
}

func replenishmentOf(m *holdfastv1.Replenishment) Replenishment {
	return Replenishment{
		RuleID: m.GetRuleId(), ToLocationID: m.GetToLocationId(), FromLocationIDs: m.GetFromLocationIds(), ProductIDs: m.GetProductIds(),
		Min: m.GetMin(), Target: m.GetTarget(), Multiple: m.GetMultiple(), Paused: !m.GetActive(),
		Every: time.Duration(m.GetEverySeconds()) * time.Second, UpdatedAt: timeOf(m.GetUpdatedAt()), DueAt: timeOf(m.GetDueAt()),
	}
}
