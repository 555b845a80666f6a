package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// AlertReceiver is where notices are sent.
type AlertReceiver struct {
	ReceiverID, Kind string
	Settings         map[string]string // without the secrets
	Secrets          []string          // the names of the secrets that it has
	UpdatedAt        time.Time
}

// SetReceiver stores a receiver. Settings include secrets; a secret that is left out stays as it is.
func (s *AlertService) SetReceiver(ctx context.Context, receiverID, kind string, settings map[string]string) (*AlertReceiver, error) {
	return askOne(ctx, s.c, "set_alert_receiver", s.stub.SetAlertReceiver, &holdfastv1.SetAlertReceiverRequest{ReceiverId: receiverID, Kind: kind, Settings: settings}, alertReceiverOf)
}

// GetReceiver shows a receiver.
func (s *AlertService) GetReceiver(ctx context.Context, receiverID string) (*AlertReceiver, error) {
	return askOne(ctx, s.c, "alert_receiver", s.stub.GetAlertReceiver, &holdfastv1.GetAlertReceiverRequest{ReceiverId: receiverID}, alertReceiverOf)
}

// ListReceivers reads a page of the receivers, ordered by id. It uses only the page fields of List.
func (s *AlertService) ListReceivers(ctx context.Context, r List) (*Page[AlertReceiver], error) {
	return askPage(ctx, s.c, "alert_receivers", s.stub.ListAlertReceivers, &holdfastv1.ListAlertReceiversRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, alertReceiverOf)
}

// DropReceiver deletes a receiver. To delete it again changes nothing.
func (s *AlertService) DropReceiver(ctx context.Context, receiverID string) error {
	_, _, err := ask(ctx, s.c, "drop_alert_receiver", s.stub.DeleteAlertReceiver, &holdfastv1.DeleteAlertReceiverRequest{ReceiverId: receiverID})
	return err
}

// AlertReceiverTest is the result of a test notice.
type AlertReceiverTest struct {
	NoticeID  string
	Delivered bool
	Error     string
	Took      time.Duration
}

// TestReceiver sends a test notice to a receiver.
func (s *AlertService) TestReceiver(ctx context.Context, receiverID string) (*AlertReceiverTest, error) {
	return askOne(ctx, s.c, "test_alert_receiver", s.stub.TestAlertReceiver, &holdfastv1.TestAlertReceiverRequest{ReceiverId: receiverID}, func(m *holdfastv1.AlertReceiverTest) AlertReceiverTest {
		return AlertReceiverTest{m.GetNoticeId(), m.GetDelivered(), m.GetError(), time.Duration(m.GetTookMs()) * time.Millisecond}
	})
}

// AlertSilence holds back the notices of alerts for a time.
type AlertSilence struct {
	SilenceID string
	// The silence covers the alerts that match every one of these fields that is not empty.
	RuleID, ProductID, LocationID, ChannelID string
	From, Until                              time.Time // From is now when zero
	Reason                                   string
	// SetSilence ignores the fields below.
	Operator  string
	UpdatedAt time.Time
	Active    bool
}

// SetSilence stores a silence. To set the same again changes nothing.
func (s *AlertService) SetSilence(ctx context.Context, r AlertSilence) (*AlertSilence, error) {
	return askOne(ctx, s.c, "set_alert_silence", s.stub.SetAlertSilence, &holdfastv1.SetAlertSilenceRequest{
		SilenceId: r.SilenceID, RuleId: r.RuleID, ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID,
		From: stampOf(r.From), Until: stampOf(r.Until), Reason: r.Reason,
	}, alertSilenceOf)
}

// GetSilence shows a silence.
func (s *AlertService) GetSilence(ctx context.Context, silenceID string) (*AlertSilence, error) {
	return askOne(ctx, s.c, "alert_silence", s.stub.GetAlertSilence, &holdfastv1.GetAlertSilenceRequest{SilenceId: silenceID}, alertSilenceOf)
}

// ListSilences reads a page of the silences, ordered by id. It uses only the page fields of List.
func (s *AlertService) ListSilences(ctx context.Context, r List) (*Page[AlertSilence], error) {
	return askPage(ctx, s.c, "alert_silences", s.stub.ListAlertSilences, &holdfastv1.ListAlertSilencesRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, alertSilenceOf)
}

// DropSilence ends a silence. To end it again changes nothing.
func (s *AlertService) DropSilence(ctx context.Context, silenceID string) error {
	_, _, err := ask(ctx, s.c, "drop_alert_silence", s.stub.DeleteAlertSilence, &holdfastv1.DeleteAlertSilenceRequest{SilenceId: silenceID})
	return err
}

func alertReceiverOf(m *holdfastv1.AlertReceiver) AlertReceiver {
	return AlertReceiver{m.GetReceiverId(), m.GetKind(), m.GetSettings(), m.GetSecrets(), timeOf(m.GetUpdatedAt())}
}

func alertSilenceOf(m *holdfastv1.AlertSilence) AlertSilence {
	return AlertSilence{
		m.GetSilenceId(), m.GetRuleId(), m.GetProductId(), m.GetLocationId(), m.GetChannelId(), timeOf(m.GetFrom()), timeOf(m.GetUntil()), m.GetReason(),
		m.GetOperator(), timeOf(m.GetUpdatedAt()), m.GetActive(),
	}
}
