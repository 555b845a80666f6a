// Package tills serves tills, and keeps what they may sell.
package tills

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
)

// OnlineOrders are, at a till, the orders of its centre (outpost.Online).
type OnlineOrders interface {
	Orders(ctx context.Context) ([]outpost.OnlineOrder, error)
	Accept(ctx context.Context, order, operator string) (outpost.OnlineOrder, error)
	Decline(ctx context.Context, order, operator, reason string) error
	Cancel(ctx context.Context, order, operator, reason string) error
	Keep(ctx context.Context, order, operator, reason string) (outpost.OnlineOrder, error)
}

// Chapter keeps the tills of stores.
type Chapter struct {
	core  *kit.Core
	tills kit.TillDocuments
	rules TillPolicies
	desk  kit.Tills    // nil: no till is paired, and none answered
	feed  kit.Feed     // nil: there are no events
	here  OnlineOrders // nil: this server is no till
}

// New returns the chapter.
func New(core *kit.Core, tills kit.TillDocuments, rules TillPolicies, desk kit.Tills, feed kit.Feed, here OnlineOrders) *Chapter {
	return &Chapter{core, tills, rules, desk, feed, here}
}

// This file has the calls of people about tills.

func (s *Chapter) setTill(ctx context.Context, c *kit.Call, r *holdfastv1.SetTillRequest) (*holdfastv1.Till, error) {
	rules := catalog.TillRules{Percent: r.Percent, Floor: r.Floor, Ceiling: r.Ceiling, Level: r.Level, Rank: r.Rank, AtRisk: r.AtRisk}
	var f kit.Form
	tillID(&f, r.GetTillId())
	f.ID("location_id", r.GetLocationId(), kit.MaxLocation)
	tillName(&f, r.GetName())
	tillRules(&f, &rules)
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.tills.Set(ctx, catalog.Till{
		Tenant: c.Tenant, ID: r.GetTillId(), Location: r.GetLocationId(), Name: r.GetName(), Channel: r.GetChannelId(),
		Percent: r.GetPercent(), Floor: r.GetFloor(), Ceiling: r.GetCeiling(), AtRisk: r.GetAtRisk(), Level: r.GetLevel(), Rank: r.GetRank(),
		Left: catalog.TillLeft{
			Percent: rules.Percent == nil, Floor: rules.Floor == nil, Ceiling: rules.Ceiling == nil,
			Level: rules.Level == nil, Rank: rules.Rank == nil, AtRisk: rules.AtRisk == nil,
		},
	})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	counts, err := s.tills.Resolve(ctx, []catalog.Till{kept})
	if err != nil {
		return nil, err
	}
	at := standingOf(&kept)
	at.Condition = s.glance(&kept).Condition
	return renderTill(&counts[0], at), nil
}

func (s *Chapter) getTill(ctx context.Context, c *kit.Call, r *holdfastv1.GetTillRequest) (*holdfastv1.Till, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	return s.till(ctx, c.Tenant, r.GetTillId())
}

// till shows a till and its state.
func (s *Chapter) till(ctx context.Context, tenant, id string) (*holdfastv1.Till, error) {
	t, err := s.tills.Get(ctx, tenant, id)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	all, err := s.tillMessages(ctx, []catalog.Till{t})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// tillMessages are tills with their states, as answers show them.
func (s *Chapter) tillMessages(ctx context.Context, tills []catalog.Till) ([]*holdfastv1.Till, error) {
	out := make([]*holdfastv1.Till, len(tills))
	tills, err := s.tills.Resolve(ctx, tills)
	if err != nil {
		return nil, err
	}
	if s.desk == nil {
		for i := range tills {
			out[i] = renderTill(&tills[i], standingOf(&tills[i]))
		}
		return out, nil
	}
	standings, err := s.desk.Standings(ctx, tills)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	for i := range tills {
		out[i] = renderTill(&tills[i], standings[i])
	}
	return out, nil
}

func (s *Chapter) deleteTill(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteTillRequest) (*holdfastv1.DeleteTillResponse, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	if err := s.tills.Drop(ctx, c.Tenant, r.GetTillId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteTillResponse{}, nil
}

// createTillCode makes a code. The code is in the first answer only, not in the answer kept for repeats.
func (s *Chapter) createTillCode(ctx context.Context, c *kit.Call, r *holdfastv1.CreateTillCodeRequest) (*holdfastv1.TillCode, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	var made string
	answer, err := kit.WriteOnce(s.core, nil, func(ctx context.Context, c *kit.Call, r *holdfastv1.CreateTillCodeRequest) (*holdfastv1.TillCode, error) {
		code, expires, err := s.tills.MakeCode(ctx, c.Tenant, r.GetTillId())
		if err != nil {
			return nil, kit.FactError("", err)
		}
		made = code
		return &holdfastv1.TillCode{ExpiresAt: kit.OptionalTime(expires)}, nil
	})(ctx, c, r)
	if err != nil || c.Replayed {
		return answer, err
	}
	answer.Code = made
	s.core.Log.InfoContext(ctx, "till code made", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "till", r.GetTillId(), "request_id", c.RequestID)
	return answer, nil
}

func (s *Chapter) writeOffTill(ctx context.Context, c *kit.Call, r *holdfastv1.WriteOffTillRequest) (*holdfastv1.Till, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	f.Reason(r.GetReason(), true)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if _, err := s.tills.Get(ctx, c.Tenant, r.GetTillId()); err != nil {
		return nil, kit.FactError("", err)
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	if err := s.desk.WriteOff(ctx, c.Tenant, r.GetTillId(), c.Operator, r.GetReason(), r.GetWithhold()); err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "till written off", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "till", r.GetTillId(), "request_id", c.RequestID)
	return s.till(ctx, c.Tenant, r.GetTillId())
}

// offerTill needs no key of the request: a repeated offer opens no other cases.
func (s *Chapter) offerTill(ctx context.Context, c *kit.Call, r *holdfastv1.OfferTillRequest) (*holdfastv1.OfferTillResponse, error) {
	o, err := offerOf(r)
	if err != nil {
		return nil, err
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	offered, err := s.desk.Offer(ctx, c.Tenant, r.GetTillId(), o)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "file of a till offered", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "till", r.GetTillId(), "entries", offered.Entries, "request_id", c.RequestID)
	return &holdfastv1.OfferTillResponse{Entries: int64(offered.Entries)}, nil
}
