package tills

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// This file has the calls about policies of tills that have none of their own.

// TillPolicies is the part of the catalog about them.
type TillPolicies interface {
	Set(ctx context.Context, p catalog.TillPolicy) (catalog.TillPolicy, error)
	// List returns those after the key, by location and channel.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.TillPolicy, error)
	Drop(ctx context.Context, tenant, location, channel string) error
}

func (s *Chapter) setTillPolicy(ctx context.Context, c *kit.Call, r *holdfastv1.SetTillPolicyRequest) (*holdfastv1.TillPolicy, error) {
	rules := catalog.TillRules{Percent: r.Percent, Floor: r.Floor, Ceiling: r.Ceiling, Level: r.Level, Rank: r.Rank, AtRisk: r.AtRisk}
	var f kit.Form
	tillScope(&f, r.GetLocationId(), r.GetChannelId())
	tillRules(&f, &rules)
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.rules.Set(ctx, catalog.TillPolicy{Tenant: c.Tenant, Location: r.GetLocationId(), Channel: r.GetChannelId(), TillRules: rules})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderTillPolicy(kept), nil
}

func (s *Chapter) listTillPolicies(ctx context.Context, c *kit.Call, r *holdfastv1.ListTillPoliciesRequest) (*holdfastv1.ListTillPoliciesResponse, error) {
	const list = "till-policies"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.rules.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(p catalog.TillPolicy) string { return p.Place() })
	return &holdfastv1.ListTillPoliciesResponse{NextPageToken: next, Items: kit.Each(page, renderTillPolicy)}, nil
}

func (s *Chapter) deleteTillPolicy(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteTillPolicyRequest) (*holdfastv1.DeleteTillPolicyResponse, error) {
	var f kit.Form
	tillScope(&f, r.GetLocationId(), r.GetChannelId())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.rules.Drop(ctx, c.Tenant, r.GetLocationId(), r.GetChannelId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteTillPolicyResponse{}, nil
}

// tillScope checks where a policy applies.
func tillScope(f *kit.Form, location, channel string) {
	f.OptionalID("location_id", location, kit.MaxLocation)
	f.OptionalID("channel_id", channel, kit.MaxChannel)
}

// tillRules checks the parts of a policy that are given.
func tillRules(f *kit.Form, r *catalog.TillRules) {
	within := func(field string, n *int64, least, most int64) {
		if n != nil {
			f.RequireRange(field, *n, least, most)
		}
	}
	within("percent", r.Percent, 0, 100)
	within("floor", r.Floor, 0, kit.MaxQty)
	within("ceiling", r.Ceiling, 0, kit.MaxQty)
	within("level", r.Level, 1, 100)
	within("rank", r.Rank, 0, catalog.MaxTillRank)
}

func renderTillPolicy(p catalog.TillPolicy) *holdfastv1.TillPolicy {
	return &holdfastv1.TillPolicy{
		LocationId: p.Location, ChannelId: p.Channel, Percent: p.Percent, Floor: p.Floor, Ceiling: p.Ceiling, Level: p.Level, Rank: p.Rank, AtRisk: p.AtRisk,
		UpdatedAt: timestamppb.New(p.Changed.Time),
	}
}

// renderSources shows the sources of the parts of a till's policy.
func renderSources(from *catalog.TillFrom) *holdfastv1.TillPolicySources {
	return &holdfastv1.TillPolicySources{
		Percent: string(from.Percent), Floor: string(from.Floor), Ceiling: string(from.Ceiling),
		Level: string(from.Level), Rank: string(from.Rank), AtRisk: string(from.AtRisk),
	}
}
