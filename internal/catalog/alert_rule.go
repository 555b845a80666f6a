package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// AlertRule says when alerts fire, and who is notified (docs/adr/0053).
type AlertRule struct {
	Tenant string `json:"-"`
	ID     string `json:"-"`
	Title  string `json:"title"`
	Metric string `json:"metric"`
	// Product, Location and Channel are its scope, "": all of them.
	Product   string `json:"product,omitempty"`
	Location  string `json:"location,omitempty"`
	Channel   string `json:"channel,omitempty"`
	Condition string `json:"condition"`
	// For is how long the condition must hold before an alert fires, Clear how long it must
	// not hold before the alert is resolved.
	For   Period `json:"for_ms,omitempty"`
	Clear Period `json:"clear_ms,omitempty"`
	// Repeat is how often a notice is repeated while an alert fires, 0: never.
	Repeat   Period   `json:"repeat_ms,omitempty"`
	Severity string   `json:"severity"`
	SendTo   []string `json:"send_to,omitempty"` // receivers
	Enabled  bool     `json:"enabled"`
	Changed  Moment   `json:"changed"`
	// Due is when it is evaluated next, zero while it is not enabled.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`

	AlertRuleProgress `json:"-"`
}

// AlertRuleProgress is how the last evaluation of a rule went. It is not in the log.
type AlertRuleProgress struct {
	Evaluated Moment `json:"evaluated,omitzero"`
	Error     string `json:"error,omitempty"`
}

// These are the bounds of a rule.
const (
	// MaxAlertRules is how many rules a tenant may have.
	MaxAlertRules = 200
	// MaxAlertID is how many bytes the id of a rule, a receiver or a silence may have.
	MaxAlertID = 64
	// MaxAlertTitle and MaxAlertCondition are in bytes.
	MaxAlertTitle     = 256
	MaxAlertCondition = 512
	// MaxAlertSends is how many receivers a rule may send to.
	MaxAlertSends = 10
	// MaxAlertPeriod is the longest For, Clear and Repeat, MinAlertRepeat the shortest Repeat.
	MaxAlertPeriod = Period(7 * 24 * time.Hour)
	MinAlertRepeat = Period(time.Minute)

	maxAlertMetric = 32
	maxAlertError  = 512
)

// AlertSeverities are the severities of an alert.
var AlertSeverities = []string{"info", "warning", "critical"}

func (r *AlertRule) check() error {
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	if err := checkID("rule_id", r.ID, MaxAlertID); err != nil {
		return err
	}
	if err := checkAlertScope(r.Product, r.Location, r.Channel); err != nil {
		return err
	}
	for _, text := range [...]struct {
		field, value string
		most         int
	}{{"title", r.Title, MaxAlertTitle}, {"metric", r.Metric, maxAlertMetric}, {"condition", r.Condition, MaxAlertCondition}} {
		if text.value == "" || len(text.value) > text.most || !printable(text.value) {
			return bad(text.field, fmt.Sprintf("must be text of 1 to %d bytes", text.most))
		}
	}
	for _, p := range [...]struct {
		field string
		value Period
	}{{"for_seconds", r.For}, {"clear_seconds", r.Clear}, {"repeat_seconds", r.Repeat}} {
		if p.value < 0 || p.value > MaxAlertPeriod || p.value%Period(time.Second) != 0 {
			return bad(p.field, fmt.Sprintf("must be 0 to %d", MaxAlertPeriod/Period(time.Second)))
		}
	}
	switch {
	case r.Repeat > 0 && r.Repeat < MinAlertRepeat:
		return bad("repeat_seconds", fmt.Sprintf("must be 0, or at least %d", MinAlertRepeat/Period(time.Second)))
	case !slices.Contains(AlertSeverities, r.Severity):
		return bad("severity", "must be one of "+strings.Join(AlertSeverities, ", "))
	case len(r.SendTo) > MaxAlertSends:
		return bad("send_to", fmt.Sprintf("must be at most %d", MaxAlertSends))
	}
	for i, id := range r.SendTo {
		if slices.Contains(r.SendTo[:i], id) {
			return bad(fmt.Sprintf("send_to[%d]", i), "is there twice")
		}
	}
	return nil
}

// checkAlertScope looks at what a rule or a silence is about, each "" or an id.
func checkAlertScope(product, location, channel string) error {
	for _, id := range [...]struct {
		field, value string
		most         int
	}{{"product_id", product, maxProduct}, {"location_id", location, maxLocation}, {"channel_id", channel, maxChannel}} {
		if id.value == "" {
			continue
		}
		if err := checkID(id.field, id.value, id.most); err != nil {
			return err
		}
	}
	return nil
}

// refs are the product and the location that are named.
func alertRefs(tenant, product, location string) (refs []Ref) {
	if product != "" {
		refs = append(refs, Ref{Tenant: tenant, Product: product})
	}
	if location != "" {
		refs = append(refs, Ref{Tenant: tenant, Location: location})
	}
	return refs
}

func (r *AlertRule) sameAs(o *AlertRule) bool {
	return r.Title == o.Title && r.Metric == o.Metric && r.Product == o.Product && r.Location == o.Location && r.Channel == o.Channel &&
		r.Condition == o.Condition && r.For == o.For && r.Clear == o.Clear && r.Repeat == o.Repeat && r.Severity == o.Severity &&
		slices.Equal(r.SendTo, o.SendTo) && r.Enabled == o.Enabled
}

// AlertRules keeps rules.
type AlertRules struct{ documents[AlertRule] }

// Set stores a rule and returns it as it is stored. The receivers must be there.
// Setting the same again changes nothing. Alerts of a rule that is not enabled are
// resolved.
func (d AlertRules) Set(ctx context.Context, r AlertRule) (AlertRule, error) {
	err := r.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			was, gone, err := alertRuleKind.get(&w.read, r.Tenant, r.ID)
			switch {
			case err != nil:
				return err
			case was != nil && !gone && r.sameAs(was):
				r = *was
				return nil
			}
			if err := r.admit(w, was == nil || gone); err != nil {
				return err
			}
			r.Changed, r.Due, r.AlertRuleProgress = Moment{w.time()}, time.Time{}, AlertRuleProgress{}
			if r.Enabled {
				r.Due = w.time()
			} else if err := resolveAlerts(w, r.Tenant, r.ID); err != nil {
				return err
			}
			return alertRuleKind.put(w, &r, was)
		})
	}
	return result(r, err, "set alert rule %q", r.ID)
}

// admit checks that everything that a rule names exists, and that there is room for one
// more rule.
func (r *AlertRule) admit(w *write, isNew bool) error {
	if err := w.findTenant(r.Tenant); err != nil {
		return err
	}
	for _, ref := range alertRefs(r.Tenant, r.Product, r.Location) {
		if err := w.mustKnow(ref); err != nil {
			return err
		}
	}
	for i, id := range r.SendTo {
		_, err := alertReceiverKind.must(&w.read, r.Tenant, id)
		if err != nil {
			return &InvalidError{Field: fmt.Sprintf("send_to[%d]", i), Reason: "is no receiver: set it first with PUT /v1/alert-receivers/" + id}
		}
	}
	if !isNew {
		return nil
	}
	all, err := alertRuleKind.list(&w.read, r.Tenant)
	if err == nil && len(all) >= MaxAlertRules {
		err = &InvalidError{Field: "rule_id", Reason: fmt.Sprintf("would be one rule more than the %d that a tenant may have", MaxAlertRules)}
	}
	return err
}

// Drop removes a rule, and resolves its alerts. If it was removed already, nothing
// changes; one that never existed is ErrUnknown.
func (d AlertRules) Drop(ctx context.Context, tenant, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, gone, err := alertRuleKind.get(&w.read, tenant, id)
		switch {
		case err != nil || gone:
			return err
		case is == nil:
			return alertRuleKind.unknown(id)
		}
		if err := resolveAlerts(w, tenant, id); err != nil {
			return err
		}
		return alertRuleKind.drop(w, is, is)
	})
	return during(err, "drop alert rule %q", id)
}

var alertRuleKind = documentKind[AlertRule]{
	name: "alert_rule", title: "alert rule",
	pack: func(r *AlertRule) document {
		return document{tenant: r.Tenant, id: r.ID, due: millis(r.Due), seq: r.Revision}
	},
	progress: func(r *AlertRule) any { return &r.AlertRuleProgress },
	unpack: func(d *document, r *AlertRule) {
		r.Tenant, r.ID, r.Due, r.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
}
