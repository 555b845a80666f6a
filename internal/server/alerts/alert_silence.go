package alerts

import (
	"context"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *Chapter) setSilence(ctx context.Context, c *kit.Call, r *holdfastv1.SetAlertSilenceRequest) (*holdfastv1.AlertSilence, error) {
	var f kit.Form
	f.ID("silence_id", r.GetSilenceId(), catalog.MaxAlertID)
	f.OptionalID("rule_id", r.GetRuleId(), catalog.MaxAlertID)
	f.OptionalID("product_id", r.GetProductId(), kit.MaxProduct)
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	f.Reason(r.GetReason(), true)
	if r.GetUntil() == nil {
		f.Refuse("until", "must be given")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	from := time.Now()
	if r.GetFrom() != nil {
		from = r.GetFrom().AsTime()
	}
	kept, err := s.kept.AlertSilences.Set(ctx, catalog.AlertSilence{
		Tenant: c.Tenant, ID: r.GetSilenceId(), Rule: r.GetRuleId(), Product: r.GetProductId(), Location: r.GetLocationId(), Channel: r.GetChannelId(),
		From: catalog.Moment{Time: from.Truncate(time.Millisecond)}, Until: catalog.Moment{Time: r.GetUntil().AsTime().Truncate(time.Millisecond)},
		Reason: strings.TrimSpace(r.GetReason()), By: c.Operator,
	})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderSilence(kept), nil
}

func (s *Chapter) getSilence(ctx context.Context, c *kit.Call, r *holdfastv1.GetAlertSilenceRequest) (*holdfastv1.AlertSilence, error) {
	if err := kit.CheckID("silence_id", r.GetSilenceId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	kept, err := s.kept.AlertSilences.Get(ctx, c.Tenant, r.GetSilenceId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderSilence(kept), nil
}

func (s *Chapter) listSilences(ctx context.Context, c *kit.Call, r *holdfastv1.ListAlertSilencesRequest) (*holdfastv1.ListAlertSilencesResponse, error) {
	size, after, err := kit.PageForm("alert_silences", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.kept.AlertSilences.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "alert_silences", after, size, func(k catalog.AlertSilence) string { return k.ID })
	return &holdfastv1.ListAlertSilencesResponse{NextPageToken: next, Items: kit.Each(page, renderSilence)}, nil
}

func (s *Chapter) deleteSilence(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteAlertSilenceRequest) (*holdfastv1.DeleteAlertSilenceResponse, error) {
	if err := kit.CheckID("silence_id", r.GetSilenceId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	if err := s.kept.AlertSilences.Drop(ctx, c.Tenant, r.GetSilenceId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteAlertSilenceResponse{}, nil
}

func renderSilence(k catalog.AlertSilence) *holdfastv1.AlertSilence {
	return &holdfastv1.AlertSilence{
		SilenceId: k.ID, RuleId: k.Rule, ProductId: k.Product, LocationId: k.Location, ChannelId: k.Channel,
		From: timestamppb.New(k.From.Time), Until: timestamppb.New(k.Until.Time), Reason: k.Reason, Operator: k.By,
		UpdatedAt: timestamppb.New(k.Changed.Time), Active: k.Active(time.Now()),
	}
}
