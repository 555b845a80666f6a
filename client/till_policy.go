package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TillPolicy is the policy of tills that have none of their own. A nil field comes from a broader policy.
type TillPolicy struct {
	LocationID string // empty: of all locations
	ChannelID  string // empty: of tills of any channel and of none
	// As in Till. Percent, Floor and Ceiling apply jointly to all those tills of a channel at a
	// location that set none themselves.
	Percent, Floor, Ceiling, Level, Rank *int64
	AtRisk                               *bool
	// UpdatedAt is when it was changed. SetPolicy ignores it.
	UpdatedAt time.Time
}

// SetPolicy stores a policy. For each part the most specific policy that sets it applies: of a channel at a
// location, of a channel, of a location, of all. To set the same again changes nothing.
func (s *TillService) SetPolicy(ctx context.Context, p TillPolicy) (*TillPolicy, error) {
	return askOne(ctx, s.c, "set_till_policy", s.stub.SetTillPolicy, &holdfastv1.SetTillPolicyRequest{
		LocationId: p.LocationID, ChannelId: p.ChannelID, Percent: p.Percent, Floor: p.Floor, Ceiling: p.Ceiling, Level: p.Level, Rank: p.Rank, AtRisk: p.AtRisk,
	}, tillPolicyOf)
}

// Policies reads a page of policies, ordered by location and channel.
func (s *TillService) Policies(ctx context.Context, q List) (*Page[TillPolicy], error) {
	return askPage(ctx, s.c, "till_policies", s.stub.ListTillPolicies, &holdfastv1.ListTillPoliciesRequest{
		PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, tillPolicyOf)
}

// DropPolicy deletes a policy. To delete it again changes nothing.
func (s *TillService) DropPolicy(ctx context.Context, locationID, channelID string) error {
	_, _, err := ask(ctx, s.c, "drop_till_policy", s.stub.DeleteTillPolicy, &holdfastv1.DeleteTillPolicyRequest{LocationId: locationID, ChannelId: channelID})
	return err
}

func tillPolicyOf(m *holdfastv1.TillPolicy) TillPolicy {
	return TillPolicy{
		LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(), Percent: m.Percent, Floor: m.Floor, Ceiling: m.Ceiling, Level: m.Level, Rank: m.Rank, AtRisk: m.AtRisk,
		UpdatedAt: timeOf(m.GetUpdatedAt()),
	}
}

func sourcesOf(m *holdfastv1.TillPolicySources) TillSources {
	return TillSources{
		Percent: TillSource(m.GetPercent()), Floor: TillSource(m.GetFloor()), Ceiling: TillSource(m.GetCeiling()),
		Level: TillSource(m.GetLevel()), Rank: TillSource(m.GetRank()), AtRisk: TillSource(m.GetAtRisk()),
	}
}
