package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// AlertRule defines when an alert fires, and which receivers get a notice.
type AlertRule struct {
	RuleID, Title, Metric string
	// The item or channel that the rule is about, "": all of them.
	ProductID, LocationID, ChannelID string
	// Condition is an expression over value and the other variables of the metric.
	Condition string
	// For is how long the condition must hold before an alert fires. Clear is how long it must not
	// hold before the alert is resolved. Repeat is how often a notice is repeated, 0: never. A part
	// of a second is ignored.
	For, Clear, Repeat time.Duration
	Severity           string // warning when empty
	SendTo             []string
	Disabled           bool
	// SetRule ignores the fields below: when the rule was stored and evaluated, why the evaluation
	// failed, and how many of its alerts fire.
	UpdatedAt, EvaluatedAt time.Time
	LastError              string
	Firing                 int64
}

func (r *AlertRule) terms() *holdfastv1.AlertRuleTerms {
	return &holdfastv1.AlertRuleTerms{
		Title: r.Title, Metric: r.Metric, ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, Condition: r.Condition,
		ForSeconds: int64(r.For / time.Second), ClearSeconds: new(int64(r.Clear / time.Second)), RepeatSeconds: int64(r.Repeat / time.Second),
		Severity: r.Severity, SendTo: r.SendTo, Enabled: new(!r.Disabled),
	}
}

// SetRule stores a rule. To set the same again changes nothing.
func (s *AlertService) SetRule(ctx context.Context, r AlertRule) (*AlertRule, error) {
	return askOne(ctx, s.c, "set_alert_rule", s.stub.SetAlertRule, &holdfastv1.SetAlertRuleRequest{RuleId: r.RuleID, Rule: r.terms()}, alertRuleOf)
}

// GetRule shows a rule.
func (s *AlertService) GetRule(ctx context.Context, ruleID string) (*AlertRule, error) {
	return askOne(ctx, s.c, "alert_rule", s.stub.GetAlertRule, &holdfastv1.GetAlertRuleRequest{RuleId: ruleID}, alertRuleOf)
}

// ListRules reads a page of the rules, ordered by id. It uses only the page fields of List.
func (s *AlertService) ListRules(ctx context.Context, r List) (*Page[AlertRule], error) {
	return askPage(ctx, s.c, "alert_rules", s.stub.ListAlertRules, &holdfastv1.ListAlertRulesRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, alertRuleOf)
}

// DropRule deletes a rule. To delete it again changes nothing.
func (s *AlertService) DropRule(ctx context.Context, ruleID string) error {
	_, _, err := ask(ctx, s.c, "drop_alert_rule", s.stub.DeleteAlertRule, &holdfastv1.DeleteAlertRuleRequest{RuleId: ruleID})
	return err
}

// AlertTry is what a rule would have done.
type AlertTry struct {
	Fired   int64 // how often it would have fired
	Moments []TriedMoment
}

// TriedMoment is when a rule would have fired, or its alert would have been resolved.
type TriedMoment struct {
	At                               time.Time
	What                             string // fired or resolved
	Value                            float64
	ProductID, LocationID, ChannelID string
}

// TryRule evaluates a rule over the past. With zero times it covers the week before now.
func (s *AlertService) TryRule(ctx context.Context, r AlertRule, from, until time.Time) (*AlertTry, error) {
	return askOne(ctx, s.c, "try_alert_rule", s.stub.TryAlertRule, &holdfastv1.TryAlertRuleRequest{Rule: r.terms(), From: stampOf(from), Until: stampOf(until)}, func(m *holdfastv1.TryAlertRuleResponse) AlertTry {
		return AlertTry{m.GetFired(), each(m.GetItems(), func(t *holdfastv1.AlertTry) TriedMoment {
			return TriedMoment{timeOf(t.GetAt()), t.GetWhat(), t.GetValue(), t.GetProductId(), t.GetLocationId(), t.GetChannelId()}
		})}
	})
}

// AlertOptions lists the parts that rules and receivers may use.
type AlertOptions struct {
	Metrics   []WatchedMetric
	Receivers []AlertReceiverKind
}

// WatchedMetric is a metric that rules can watch.
type WatchedMetric struct {
	Metric    string
	Variables []string // that a condition may use
	// MayName and MustName are the fields in which a rule may, and must, name what it is about.
	MayName, MustName []string
	Tries             bool // a rule may be tried over the past
	Example           AlertRule
}

// AlertReceiverKind is a way to send notices.
type AlertReceiverKind struct {
	Kind     string
	Settings []AlertReceiverSetting
}

// AlertReceiverSetting is a setting of receivers of a kind.
type AlertReceiverSetting struct {
	Name             string
	Secret, Required bool
}

// Options lists the parts that rules and receivers may use.
func (s *AlertService) Options(ctx context.Context) (*AlertOptions, error) {
	return askOne(ctx, s.c, "alert_options", s.stub.GetAlertOptions, &holdfastv1.GetAlertOptionsRequest{}, func(m *holdfastv1.AlertOptions) AlertOptions {
		return AlertOptions{
			Metrics: each(m.GetMetrics(), func(k *holdfastv1.WatchedMetric) WatchedMetric {
				return WatchedMetric{k.GetMetric(), k.GetVariables(), k.GetMayName(), k.GetMustName(), k.GetTries(), alertRuleOf(k.GetExample())}
			}),
			Receivers: each(m.GetReceiverKinds(), func(k *holdfastv1.AlertReceiverKind) AlertReceiverKind {
				return AlertReceiverKind{k.GetKind(), each(k.GetSettings(), func(o *holdfastv1.AlertReceiverSetting) AlertReceiverSetting {
					return AlertReceiverSetting{o.GetName(), o.GetSecret(), o.GetRequired()}
				})}
			}),
		}
	})
}

func alertRuleOf(m *holdfastv1.AlertRule) AlertRule {
	seconds := func(n int64) time.Duration { return time.Duration(n) * time.Second }
	return AlertRule{
		RuleID: m.GetRuleId(), Title: m.GetTitle(), Metric: m.GetMetric(), ProductID: m.GetProductId(), LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(),
		Condition: m.GetCondition(), For: seconds(m.GetForSeconds()), Clear: seconds(m.GetClearSeconds()), Repeat: seconds(m.GetRepeatSeconds()),
		Severity: m.GetSeverity(), SendTo: m.GetSendTo(), Disabled: !m.GetEnabled(), UpdatedAt: timeOf(m.GetUpdatedAt()), EvaluatedAt: timeOf(m.GetEvaluatedAt()),
		LastError: m.GetLastError(), Firing: m.GetFiring(),
	}
}
