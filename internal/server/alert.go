package server

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Alerts evaluates rules, and sends what they find (alert.Desk).
type Alerts interface {
	// Acknowledge returns alert.ErrNotFiring for an alert that does not fire. Each of the three
	// returns catalog.ErrUnknown for an alert that never existed.
	Acknowledge(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error)
	Mute(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error)
	Unmute(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error)
	// Try returns alert.ErrUntold when the past does not have the answer.
	Try(ctx context.Context, r catalog.AlertRule, from, until time.Time) (*alert.Tried, error)
	// Test sends a test notice to a receiver.
	Test(ctx context.Context, tenant, receiver, id string) (time.Duration, error)
}

// alertChapter has the alerts: what rules watch, and what they found.
type alertChapter struct {
	*core
	desk   Alerts // nil: nothing is evaluated
	kept   *catalog.Documents
	sealer *Sealer // nil: no secrets are kept
}

func (s *alertChapter) functions() map[string]method {
	return map[string]method{
		"ListAlerts":          unary(knowing(s.core, s.listAlerts)),
		"GetAlert":            unary(knowing(s.core, ofAlert(s, s.getAlert))),
		"AcknowledgeAlert":    unary(alerting(s, ofAlert(s, writeOnce(s.core, nil, s.acknowledge)))),
		"MuteAlert":           unary(alerting(s, ofAlert(s, writeOnce(s.core, nil, s.mute)))),
		"UnmuteAlert":         unary(alerting(s, ofAlert(s, writeOnce(s.core, nil, s.unmute)))),
		"GetAlertOptions":     unary(s.options),
		"SetAlertRule":        unary(knowing(s.core, writeOnce(s.core, nil, s.setRule))),
		"GetAlertRule":        unary(knowing(s.core, s.getRule)),
		"ListAlertRules":      unary(knowing(s.core, s.listRules)),
		"DeleteAlertRule":     unary(knowing(s.core, writeOnce(s.core, nil, s.deleteRule))),
		"TryAlertRule":        unary(alerting(s, s.tryRule)),
		"SetAlertReceiver":    unary(knowing(s.core, s.setReceiver)),
		"GetAlertReceiver":    unary(knowing(s.core, s.getReceiver)),
		"ListAlertReceivers":  unary(knowing(s.core, s.listReceivers)),
		"DeleteAlertReceiver": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteReceiver))),
		"TestAlertReceiver":   unary(alerting(s, onceDone(s.core, s.testReceiver))),
		"SetAlertSilence":     unary(knowing(s.core, writeOnce(s.core, nil, s.setSilence))),
		"GetAlertSilence":     unary(knowing(s.core, s.getSilence)),
		"ListAlertSilences":   unary(knowing(s.core, s.listSilences)),
		"DeleteAlertSilence":  unary(knowing(s.core, writeOnce(s.core, nil, s.deleteSilence))),
	}
}

// alerting carries out a call where rules are evaluated.
func alerting[Q, R any](s *alertChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return knowing(s.core, func(ctx context.Context, c *call, q Q) (R, error) {
		if s.desk == nil {
			var none R
			return none, unavailable("this server evaluates no alert rules", nil)
		}
		return f(ctx, c, q)
	})
}

// ofAlert carries out a call about an alert if the alert is at a location of the key.
func ofAlert[Q interface{ GetAlertId() string }, R any](s *alertChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		var none R
		if err := checkID("alert_id", q.GetAlertId(), catalog.MaxAlertID); err != nil {
			return none, err
		}
		if c.bounds != nil {
			a, err := s.kept.Alerts.Get(ctx, c.tenant, q.GetAlertId())
			if err != nil {
				return none, factError("", err)
			}
			if err := c.requireLocation(a.Location); err != nil {
				return none, err
			}
		}
		return f(ctx, c, q)
	}
}

func (s *alertChapter) listAlerts(ctx context.Context, c *call, r *holdfastv1.ListAlertsRequest) (*holdfastv1.ListAlertsResponse, error) {
	var f requestForm
	f.oneOf("state", r.State, catalog.AlertStates...)
	f.optionalID("rule_id", r.RuleId, catalog.MaxAlertID)
	f.optionalID("product_id", r.ProductId, maxProduct)
	f.optionalID("location_id", r.LocationId, maxLocation)
	q := catalog.AlertQuery{Tenant: c.tenant, State: r.State, Rule: r.RuleId, Product: r.ProductId, Location: r.LocationId, Limit: f.page(r.PageSize)}
	list := "alerts " + strconv.Quote(r.State+"\x00"+r.RuleId+"\x00"+r.ProductId+"\x00"+r.LocationId)
	if last := f.readPageToken(list, r.PageToken); last != "" {
		number, id, _ := strings.Cut(last, " ")
		var err error
		if q.Before, err = strconv.ParseInt(number, 10, 64); err != nil {
			f.refuse("page_token", "is malformed or belongs to another request")
		}
		q.After = id
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, err := s.kept.Alerts.List(ctx, q)
	if err != nil {
		return nil, err
	}
	shown := renderAlert
	if c.role == catalog.RoleDisplay {
		shown = alertOnAWall
	}
	out := &holdfastv1.ListAlertsResponse{Items: each(page, shown)}
	if len(page) == q.Limit {
		last := &page[len(page)-1]
		out.NextPageToken = new(pageToken(list, strconv.FormatInt(last.Since.UnixMilli(), 10)+" "+last.ID))
	}
	return out, nil
}

func (s *alertChapter) getAlert(ctx context.Context, c *call, r *holdfastv1.GetAlertRequest) (*holdfastv1.Alert, error) {
	a, err := s.kept.Alerts.Get(ctx, c.tenant, r.AlertId)
	if err == nil && a.State() == "" {
		err = &catalog.UnknownError{What: "alert", ID: r.AlertId} // it was pending once, and never fired
	}
	return wholeAlert(a, err)
}

func (s *alertChapter) acknowledge(ctx context.Context, c *call, r *holdfastv1.AcknowledgeAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Acknowledge)
}

func (s *alertChapter) mute(ctx context.Context, c *call, r *holdfastv1.MuteAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Mute)
}

func (s *alertChapter) unmute(ctx context.Context, c *call, r *holdfastv1.UnmuteAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Unmute)
}

func (s *alertChapter) act(ctx context.Context, c *call, id, note string, do func(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error)) (*holdfastv1.Alert, error) {
	if why := badNote(note); why != "" {
		return nil, invalid("note", "%s", why)
	}
	a, err := do(ctx, c.tenant, id, c.operator, note)
	if errors.Is(err, alert.ErrNotFiring) {
		return nil, refuse(codeState, "the alert does not fire: there is nothing to take care of")
	}
	return wholeAlert(a, err)
}

// badNote returns what is wrong with a note, "": nothing.
func badNote(text string) string {
	switch {
	case len(text) > maxReason:
		return "is too long: at most " + itoa(maxReason) + " bytes"
	case isBadText(text):
		return "must be UTF-8 without control characters"
	}
	return ""
}

// wholeAlert shows an alert with its history.
func wholeAlert(a catalog.Alert, err error) (*holdfastv1.Alert, error) {
	if err != nil {
		return nil, factError("", err)
	}
	out := renderAlert(a)
	out.History = each(a.History, func(m catalog.AlertMoment) *holdfastv1.AlertMoment {
		return &holdfastv1.AlertMoment{
			At: timestamppb.New(m.At.Time), What: m.What, Value: m.Value, ReceiverId: m.To, NoticeId: m.Notice, Operator: m.By, Note: m.Note,
		}
	})
	return out, nil
}

// renderAlert shows an alert as lists do.
func renderAlert(a catalog.Alert) *holdfastv1.Alert {
	out := &holdfastv1.Alert{
		AlertId: a.ID, RuleId: a.Rule, Title: a.Title, Metric: a.Metric, Severity: a.Severity, State: a.State(),
		ProductId: a.Product, LocationId: a.Location, ChannelId: a.Channel, Subject: a.Subject,
		Value: a.Value, ValueAt: knownTime(a.ValueAt.Time), Since: knownTime(a.Since.Time), FiredAt: knownTime(a.Fired.Time), ResolvedAt: knownTime(a.Resolved.Time),
		Firings: a.Firings, SilenceId: a.Silence, Unsent: int64(len(a.Outbox)), LastError: a.Error,
	}
	if a.IsAcknowledged() {
		out.Acknowledged = renderAct(&a.Acknowledged)
	}
	if !a.Muted.At.IsZero() {
		out.Muted = renderAct(&a.Muted)
	}
	return out
}

// alertOnAWall is an alert without the people who acted on it, their notes, and a receiver's answer.
func alertOnAWall(a catalog.Alert) *holdfastv1.Alert {
	a.Acknowledged.By, a.Acknowledged.Note, a.Muted.By, a.Muted.Note, a.Error = "", "", "", "", ""
	return renderAlert(a)
}

func renderAct(a *catalog.AlertAct) *holdfastv1.AlertAct {
	return &holdfastv1.AlertAct{Operator: a.By, Note: a.Note, At: timestamppb.New(a.At.Time)}
}
