// Package alerts keeps rules, receivers and silences of alerts.
package alerts

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

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

// Chapter has the alerts: what rules watch, and what they found.
type Chapter struct {
	core   *kit.Core
	desk   Alerts // nil: nothing is evaluated
	kept   *catalog.Documents
	sealer *outside.Sealer // nil: no secrets are kept
}

// New returns the chapter.
func New(core *kit.Core, desk Alerts, kept *catalog.Documents, sealer *outside.Sealer) *Chapter {
	return &Chapter{core, desk, kept, sealer}
}

// alerting carries out a call where rules are evaluated.
func alerting[Q, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return kit.Knowing(s.core, func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if s.desk == nil {
			var none R
			return none, kit.Unavailable("this server evaluates no alert rules", nil)
		}
		return f(ctx, c, q)
	})
}

// ofAlert carries out a call about an alert if the alert is at a location of the key.
func ofAlert[Q interface{ GetAlertId() string }, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		var none R
		if err := kit.CheckID("alert_id", q.GetAlertId(), catalog.MaxAlertID); err != nil {
			return none, err
		}
		if c.Bounds != nil {
			a, err := s.kept.Alerts.Get(ctx, c.Tenant, q.GetAlertId())
			if err != nil {
				return none, kit.FactError("", err)
			}
			if err := c.RequireLocation(a.Location); err != nil {
				return none, err
			}
		}
		return f(ctx, c, q)
	}
}

func (s *Chapter) listAlerts(ctx context.Context, c *kit.Call, r *holdfastv1.ListAlertsRequest) (*holdfastv1.ListAlertsResponse, error) {
	var f kit.Form
	f.OneOf("state", r.State, catalog.AlertStates...)
	f.OptionalID("rule_id", r.RuleId, catalog.MaxAlertID)
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	q := catalog.AlertQuery{Tenant: c.Tenant, State: r.State, Rule: r.RuleId, Product: r.ProductId, Location: r.LocationId, Limit: f.Page(r.PageSize)}
	list := "alerts " + strconv.Quote(r.State+"\x00"+r.RuleId+"\x00"+r.ProductId+"\x00"+r.LocationId)
	if last := f.ReadPageToken(list, r.PageToken); last != "" {
		number, id, _ := strings.Cut(last, " ")
		var err error
		if q.Before, err = strconv.ParseInt(number, 10, 64); err != nil {
			f.Refuse("page_token", "is malformed or belongs to another request")
		}
		q.After = id
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, err := s.kept.Alerts.List(ctx, q)
	if err != nil {
		return nil, err
	}
	shown := renderAlert
	if c.Role == catalog.RoleDisplay {
		shown = alertOnAWall
	}
	out := &holdfastv1.ListAlertsResponse{Items: kit.Each(page, shown)}
	if len(page) == q.Limit {
		last := &page[len(page)-1]
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(last.Since.UnixMilli(), 10)+" "+last.ID))
	}
	return out, nil
}

func (s *Chapter) getAlert(ctx context.Context, c *kit.Call, r *holdfastv1.GetAlertRequest) (*holdfastv1.Alert, error) {
	a, err := s.kept.Alerts.Get(ctx, c.Tenant, r.AlertId)
	if err == nil && a.State() == "" {
		err = &catalog.UnknownError{What: "alert", ID: r.AlertId} // it was pending once, and never fired
	}
	return wholeAlert(a, err)
}

func (s *Chapter) acknowledge(ctx context.Context, c *kit.Call, r *holdfastv1.AcknowledgeAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Acknowledge)
}

func (s *Chapter) mute(ctx context.Context, c *kit.Call, r *holdfastv1.MuteAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Mute)
}

func (s *Chapter) unmute(ctx context.Context, c *kit.Call, r *holdfastv1.UnmuteAlertRequest) (*holdfastv1.Alert, error) {
	return s.act(ctx, c, r.AlertId, r.Note, s.desk.Unmute)
}

func (s *Chapter) act(ctx context.Context, c *kit.Call, id, note string, do func(ctx context.Context, tenant, id, by, note string) (catalog.Alert, error)) (*holdfastv1.Alert, error) {
	if why := kit.BadNote(note); why != "" {
		return nil, kit.Invalid("note", "%s", why)
	}
	a, err := do(ctx, c.Tenant, id, c.Operator, note)
	if errors.Is(err, alert.ErrNotFiring) {
		return nil, kit.Refuse(kit.CodeState, "the alert does not fire: there is nothing to take care of")
	}
	return wholeAlert(a, err)
}

// wholeAlert shows an alert with its history.
func wholeAlert(a catalog.Alert, err error) (*holdfastv1.Alert, error) {
	if err != nil {
		return nil, kit.FactError("", err)
	}
	out := renderAlert(a)
	out.History = kit.Each(a.History, func(m catalog.AlertMoment) *holdfastv1.AlertMoment {
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
		Value: a.Value, ValueAt: kit.KnownTime(a.ValueAt.Time), Since: kit.KnownTime(a.Since.Time), FiredAt: kit.KnownTime(a.Fired.Time), ResolvedAt: kit.KnownTime(a.Resolved.Time),
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
