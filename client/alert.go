package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// AlertService keeps the alerts: what rules watch, and what they found.
type AlertService struct {
	c    *caller
	stub holdfastv1.AlertServiceClient
}

// Alert is what a rule found about one subject.
type Alert struct {
	AlertID, RuleID, Title, Metric string
	// Severity is info, warning or critical. State is pending, firing, acknowledged, muted or
	// resolved, since Since.
	Severity, State string
	Since           time.Time
	// The item or channel that the alert is about, or what Subject names.
	ProductID, LocationID, ChannelID, Subject string
	Value                                     float64
	ValueAt, FiredAt, ResolvedAt              time.Time
	Firings                                   int64
	// Acknowledged is who acknowledged the present firing, Muted who muted the alert; nil: nobody.
	Acknowledged, Muted *AlertAct
	SilenceID           string // the silence that keeps its notices back
	Unsent              int64  // notices
	LastError           string
	History             []AlertMoment // the oldest first; lists do not have it
}

// AlertAct is what somebody did about an alert.
type AlertAct struct {
	Operator, Note string
	At             time.Time
}

// AlertMoment is something that happened to an alert.
type AlertMoment struct {
	At         time.Time
	What       string
	Value      *float64 // of fired and resolved
	ReceiverID string
	NoticeID   string
	Operator   string
	Note       string
}

// AlertList says which alerts are wanted: those that match every field that is not empty.
type AlertList struct {
	State, RuleID, ProductID, LocationID string

	PageSize  int // 1 to 500; 50 when 0
	PageToken string
}

// List reads a page of the alerts. The alert whose state changed last comes first.
func (s *AlertService) List(ctx context.Context, r AlertList) (*Page[Alert], error) {
	return askPage(ctx, s.c, "alerts", s.stub.ListAlerts, &holdfastv1.ListAlertsRequest{
		State: r.State, RuleId: r.RuleID, ProductId: r.ProductID, LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, alertOf)
}

// Get shows an alert and its history.
func (s *AlertService) Get(ctx context.Context, alertID string) (*Alert, error) {
	return askOne(ctx, s.c, "alert", s.stub.GetAlert, &holdfastv1.GetAlertRequest{AlertId: alertID}, alertOf)
}

// Acknowledge records that somebody takes care of an alert that fires.
func (s *AlertService) Acknowledge(ctx context.Context, alertID, note string) (*Alert, error) {
	return askOne(ctx, s.c, "acknowledge_alert", s.stub.AcknowledgeAlert, &holdfastv1.AcknowledgeAlertRequest{AlertId: alertID, Note: note}, alertOf)
}

// Mute stops the notices of an alert until it is unmuted.
func (s *AlertService) Mute(ctx context.Context, alertID, note string) (*Alert, error) {
	return askOne(ctx, s.c, "mute_alert", s.stub.MuteAlert, &holdfastv1.MuteAlertRequest{AlertId: alertID, Note: note}, alertOf)
}

// Unmute lets notices of an alert be sent again.
func (s *AlertService) Unmute(ctx context.Context, alertID, note string) (*Alert, error) {
	return askOne(ctx, s.c, "unmute_alert", s.stub.UnmuteAlert, &holdfastv1.UnmuteAlertRequest{AlertId: alertID, Note: note}, alertOf)
}

func alertOf(m *holdfastv1.Alert) Alert {
	return Alert{
		AlertID: m.GetAlertId(), RuleID: m.GetRuleId(), Title: m.GetTitle(), Metric: m.GetMetric(), Severity: m.GetSeverity(), State: m.GetState(), Since: timeOf(m.GetSince()),
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(), Subject: m.GetSubject(),
		Value: m.GetValue(), ValueAt: timeOf(m.GetValueAt()), FiredAt: timeOf(m.GetFiredAt()), ResolvedAt: timeOf(m.GetResolvedAt()), Firings: m.GetFirings(),
		Acknowledged: alertActOf(m.GetAcknowledged()), Muted: alertActOf(m.GetMuted()), SilenceID: m.GetSilenceId(), Unsent: m.GetUnsent(), LastError: m.GetLastError(),
		History: each(m.GetHistory(), func(h *holdfastv1.AlertMoment) AlertMoment {
			return AlertMoment{timeOf(h.GetAt()), h.GetWhat(), h.Value, h.GetReceiverId(), h.GetNoticeId(), h.GetOperator(), h.GetNote()}
		}),
	}
}

func alertActOf(m *holdfastv1.AlertAct) *AlertAct {
	if m == nil {
		return nil
	}
	return &AlertAct{m.GetOperator(), m.GetNote(), timeOf(m.GetAt())}
}
