package alerts

import (
	"context"
	"errors"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// usualSeverity is that of rules that name none, usualClear how long their conditions must not hold before an
// alert is resolved, usualTry how much of the past is tried. An item that is low every other moment makes one
// alert.
const (
	usualSeverity = "warning"
	usualClear    = 5 * time.Minute
	usualTry      = 7 * 24 * time.Hour
)

// ruleForm checks the form of a rule. The alerts check its content, because they know the metrics.
func ruleForm(f *kit.Form, tenant, id string, r *holdfastv1.AlertRuleTerms) catalog.AlertRule {
	if r.GetMetric() == "" {
		f.Refuse("rule.metric", kit.MustBe("", alert.MetricNames()))
	}
	f.OneOf("rule.metric", r.GetMetric(), alert.MetricNames()...)
	f.OptionalID("rule.product_id", r.GetProductId(), kit.MaxProduct)
	f.OptionalID("rule.location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("rule.channel_id", r.GetChannelId(), kit.MaxChannel)
	f.OneOf("rule.severity", r.GetSeverity(), catalog.AlertSeverities...)
	longest := int64(time.Duration(catalog.MaxAlertPeriod) / time.Second)
	f.RequireRange("rule.for_seconds", r.GetForSeconds(), 0, longest)
	f.RequireRange("rule.clear_seconds", r.GetClearSeconds(), 0, longest)
	f.RequireRange("rule.repeat_seconds", r.GetRepeatSeconds(), 0, longest)
	f.RequireRange("rule.send_to", int64(len(r.GetSendTo())), 0, catalog.MaxAlertSends)
	for i, to := range r.GetSendTo() {
		f.ID("rule.send_to["+kit.Itoa(i)+"]", to, catalog.MaxAlertID)
	}
	seconds := func(n int64) catalog.Period { return catalog.Period(time.Duration(n) * time.Second) }
	title, severity, clearing := r.GetTitle(), r.GetSeverity(), int64(usualClear/time.Second)
	if r != nil && r.ClearSeconds != nil {
		clearing = r.GetClearSeconds()
	}
	if title == "" {
		title = id
	}
	if severity == "" {
		severity = usualSeverity
	}
	out := catalog.AlertRule{
		Tenant: tenant, ID: id, Title: title, Metric: r.GetMetric(), Product: r.GetProductId(), Location: r.GetLocationId(), Channel: r.GetChannelId(),
		Condition: r.GetCondition(), Severity: severity, SendTo: r.GetSendTo(), Enabled: r == nil || r.Enabled == nil || r.GetEnabled(),
	}
	if len(f.Bad) == 0 {
		out.For, out.Clear, out.Repeat = seconds(r.GetForSeconds()), seconds(clearing), seconds(r.GetRepeatSeconds())
	}
	return out
}

func (s *Chapter) setRule(ctx context.Context, c *kit.Call, r *holdfastv1.SetAlertRuleRequest) (*holdfastv1.AlertRule, error) {
	var f kit.Form
	f.ID("rule_id", r.GetRuleId(), catalog.MaxAlertID)
	rule := ruleForm(&f, c.Tenant, r.GetRuleId(), r.GetRule())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := alert.Check(&rule); err != nil {
		return nil, ruleError(err)
	}
	kept, err := s.kept.AlertRules.Set(ctx, rule)
	if err != nil {
		return nil, ruleError(err)
	}
	return s.withFiring(ctx, &kept)
}

// ruleError turns an error about a rule into the caller's, whose request has the rule in a member.
func ruleError(err error) error {
	bad, is := errors.AsType[*catalog.InvalidError](err)
	if is && bad.Field != "rule_id" {
		return kit.Invalid("rule."+bad.Field, "%s", bad.Reason)
	}
	return kit.FactError("", err)
}

func (s *Chapter) getRule(ctx context.Context, c *kit.Call, r *holdfastv1.GetAlertRuleRequest) (*holdfastv1.AlertRule, error) {
	if err := kit.CheckID("rule_id", r.GetRuleId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	kept, err := s.kept.AlertRules.Get(ctx, c.Tenant, r.GetRuleId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return s.withFiring(ctx, &kept)
}

// withFiring shows a rule and how many of its alerts fire.
func (s *Chapter) withFiring(ctx context.Context, r *catalog.AlertRule) (*holdfastv1.AlertRule, error) {
	of, err := s.kept.Alerts.CountFiring(ctx, r.Tenant)
	if err != nil {
		return nil, err
	}
	return renderAlertRule(r, of[r.ID]), nil
}

func (s *Chapter) listRules(ctx context.Context, c *kit.Call, r *holdfastv1.ListAlertRulesRequest) (*holdfastv1.ListAlertRulesResponse, error) {
	size, after, err := kit.PageForm("alert_rules", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.kept.AlertRules.List(ctx, c.Tenant, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	of, err := s.kept.Alerts.CountFiring(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "alert_rules", after, size, func(r catalog.AlertRule) string { return r.ID })
	return &holdfastv1.ListAlertRulesResponse{NextPageToken: next, Items: kit.Each(page, func(r catalog.AlertRule) *holdfastv1.AlertRule {
		return renderAlertRule(&r, of[r.ID])
	})}, nil
}

func renderAlertRule(r *catalog.AlertRule, firing int64) *holdfastv1.AlertRule {
	seconds := func(p catalog.Period) int64 { return int64(time.Duration(p) / time.Second) }
	return &holdfastv1.AlertRule{
		RuleId: r.ID, Title: r.Title, Metric: r.Metric, ProductId: r.Product, LocationId: r.Location, ChannelId: r.Channel, Condition: r.Condition,
		ForSeconds: seconds(r.For), ClearSeconds: seconds(r.Clear), Severity: r.Severity, RepeatSeconds: seconds(r.Repeat), SendTo: r.SendTo,
		Enabled: r.Enabled, UpdatedAt: kit.KnownTime(r.Changed.Time), EvaluatedAt: kit.KnownTime(r.Evaluated.Time), LastError: r.Error, Firing: firing,
	}
}

func (s *Chapter) deleteRule(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteAlertRuleRequest) (*holdfastv1.DeleteAlertRuleResponse, error) {
	if err := kit.CheckID("rule_id", r.GetRuleId(), catalog.MaxAlertID); err != nil {
		return nil, err
	}
	if err := s.kept.AlertRules.Drop(ctx, c.Tenant, r.GetRuleId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteAlertRuleResponse{}, nil
}

func (s *Chapter) tryRule(ctx context.Context, c *kit.Call, r *holdfastv1.TryAlertRuleRequest) (*holdfastv1.TryAlertRuleResponse, error) {
	var f kit.Form
	rule := ruleForm(&f, c.Tenant, "try", r.GetRule())
	until := time.Now()
	if r.GetUntil() != nil {
		until = r.GetUntil().AsTime()
	}
	from := until.Add(-usualTry)
	if r.GetFrom() != nil {
		from = r.GetFrom().AsTime()
	}
	switch length := until.Sub(from); {
	case length <= 0:
		f.Refuse("until", "must be after from")
	case length > alert.MaxTry:
		f.Refuse("from", "must be at most "+kit.Itoa(int(alert.MaxTry.Hours()/24))+" days before until")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: rule.Product, Location: rule.Location}); err != nil {
		return nil, err
	}
	tried, err := s.desk.Try(ctx, rule, from, until)
	_, tooMuch := errors.AsType[*alert.TooMuchError](err)
	switch {
	case tooMuch || errors.Is(err, alert.ErrUntold):
		return nil, kit.Invalid("rule", "cannot be tried: %s", err.Error())
	case err != nil:
		return nil, ruleError(err)
	}
	return &holdfastv1.TryAlertRuleResponse{Fired: int64(tried.Fired), Items: kit.Each(tried.Moments, func(m alert.Moment) *holdfastv1.AlertTry {
		what := "resolved"
		if m.Fired {
			what = "fired"
		}
		return &holdfastv1.AlertTry{At: timestamppb.New(m.At), What: what, Value: m.Value, ProductId: m.Product, LocationId: m.Location, ChannelId: m.Channel}
	})}, nil
}

// options lists the parts that rules and receivers may use.
func (s *Chapter) options(_ context.Context, c *kit.Call, _ *holdfastv1.GetAlertOptionsRequest) (*holdfastv1.AlertOptions, error) {
	return &holdfastv1.AlertOptions{
		Metrics: kit.Each(alert.MetricsOf(c.Tenant), func(m alert.Metric) *holdfastv1.WatchedMetric {
			example := m.Example
			example.Metric, example.Enabled = m.Name, true
			return &holdfastv1.WatchedMetric{
				Metric: m.Name, Variables: m.Variables, MayName: m.MayName, MustName: m.MustName, Tries: m.Tries, Example: renderAlertRule(&example, 0),
			}
		}),
		ReceiverKinds: kit.Each(notice.Kinds(), func(kind string) *holdfastv1.AlertReceiverKind {
			return &holdfastv1.AlertReceiverKind{Kind: kind, Settings: kit.Each(notice.Settings(kind), func(k notice.Setting) *holdfastv1.AlertReceiverSetting {
				return &holdfastv1.AlertReceiverSetting{Name: k.Name, Secret: k.Secret, Required: k.Required}
			})}
		}),
	}, nil
}
