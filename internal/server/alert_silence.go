package server

import (
	"context"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *alertChapter) setSilence(ctx context.Context, c *call, r *holdfastv1.SetAlertSilenceRequest) (*holdfastv1.AlertSilence, error) {
	var f requestForm
	f.id("silence_id", r.GetSilenceId(), catalog.MaxAlertID)
	f.optionalID("rule_id", r.GetRuleId(), catalog.MaxAlertID)
	f.optionalID("product_id", r.GetProductId(), maxProduct)
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	f.reason(r.GetReason(), true)
	if r.GetUntil() == nil {
		f.refuse("until", "must be given")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	from := time.Now()
	if r.GetFrom() != nil {
		from = r.GetFrom().AsTime()
	}
	kept, err := s.kept.AlertSilences.Set(ctx, catalog.AlertSilence{
		Tenant: c.tenant, ID: r.GetSilenceId(), Rule: r.GetRuleId(), Product: r.GetProductId(), Location: r.GetLocationId(), Channel: r.GetChannelId(),
		From: catalog.Moment{Time: from.Truncate(time.Millisecond)}, Until: catalog.Moment{Time: r.GetUntil().AsTime().Truncate(time.Millisecond)},
		Reason: strings.TrimSpace(r.GetReason()), By: c.operator,
	})
	if err != nil {
		return nil, factError("", err)
	}
	return renderSilence(kept), nil
}

func (s *alertChapter) getSilence(ctx context.Context, c *call, r *holdfastv1.GetAlertSilenceRequest) (*holdfastv1.AlertSilence, error) {
	if err := checkID("silence_id", r.GetSilenceId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	kept, err := s.kept.AlertSilences.Get(ctx, c.tenant, r.GetSilenceId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderSilence(kept), nil
}

func (s *alertChapter) listSilences(ctx context.Context, c *call, r *holdfastv1.ListAlertSilencesRequest) (*holdfastv1.ListAlertSilencesResponse, error) {
	size, after, err := pageForm("alert_silences", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.kept.AlertSilences.List(ctx, c.tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "alert_silences", after, size, func(k catalog.AlertSilence) string { return k.ID })
	return &holdfastv1.ListAlertSilencesResponse{NextPageToken: next, Items: each(page, renderSilence)}, nil
}

func (s *alertChapter) deleteSilence(ctx context.Context, c *call, r *holdfastv1.DeleteAlertSilenceRequest) (*holdfastv1.DeleteAlertSilenceResponse, error) {
	if err := checkID("silence_id", r.GetSilenceId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	if err := s.kept.AlertSilences.Drop(ctx, c.tenant, r.GetSilenceId()); err != nil {
		return nil, factError("", err)
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
