package catalog

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func lowRule() AlertRule {
	return AlertRule{
		Tenant: "demo", ID: "low", Title: "Low", Metric: "available", Condition: "value < 3", Severity: "warning", SendTo: []string{"team"}, Enabled: true,
		For: Period(time.Minute),
	}
}

func keepTeam(t *testing.T, c *Catalog) {
	t.Helper()
	_, err := c.AlertReceivers.Set(t.Context(), "demo", "team", func(*AlertReceiver) (AlertReceiver, error) {
		return AlertReceiver{Kind: "webhook", Settings: map[string]string{"url": "https://a.example"}, Secrets: map[string][]byte{"secret": {1, 2}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The outcome of an evaluation is stored once, and not at all when the rule was changed
// meanwhile.
func TestAnEvaluationIsStoredOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		if _, err := c.AlertRules.Set(ctx, lowRule()); !errors.As(err, new(*InvalidError)) {
			t.Errorf("a rule that sends to nobody known: %v", err)
		}
		keepTeam(t, c)
		rule, err := c.AlertRules.Set(ctx, lowRule())
		if err != nil || rule.Due.IsZero() {
			t.Fatal(rule, err)
		}
		if again, err := c.AlertRules.Set(ctx, lowRule()); err != nil || again.Revision != rule.Revision {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		at := clock.Now().Truncate(time.Millisecond)
		found := func(phase string) AlertEvaluation {
			return AlertEvaluation{Rule: rule, At: at, Next: at.Add(10 * time.Second), Changes: []AlertChange{{
				New: Alert{Tenant: "demo", ID: "a-1", Rule: "low", Product: "tea"},
				Step: func(a *Alert) bool {
					a.Phase, a.Since, a.Value, a.Firings, a.Told = phase, Moment{at}, 2, 1, Moment{at}
					a.Post(AlertNotice{ID: "a-1-1", To: "team", State: AlertFiring, At: Moment{at}, Due: Moment{at}})
					return true
				},
			}}}
		}
		for i, want := range []error{nil, ErrStale} {
			outcomes, err := c.Alerts.Evaluated(ctx, []AlertEvaluation{found(AlertFiring)})
			if err != nil || !errors.Is(outcomes[0], want) {
				t.Fatalf("round %d: %v, %v", i, outcomes, err)
			}
		}
		open, err := c.Alerts.Open(ctx, "demo")
		if err != nil || len(open) != 1 || len(open[0].Outbox) != 1 || open[0].Value != 2 {
			t.Fatalf("%+v, %v", open, err)
		}
		if due, err := c.Alerts.Due(ctx, at, 10); err != nil || len(due) != 1 {
			t.Errorf("%d are to be sent, %v", len(due), err)
		}
		muted, err := c.Alerts.Act(ctx, "demo", "a-1", func(a *Alert, at time.Time) (bool, error) {
			a.Muted, a.Outbox = AlertAct{By: "ann", At: Moment{at}}, nil
			return true, nil
		})
		if err != nil || muted.State() != AlertMuted {
			t.Fatal(muted, err)
		}
		list := func(q AlertQuery) (ids []string) {
			t.Helper()
			q.Tenant, q.Limit = "demo", 10
			all, err := c.Alerts.List(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range all {
				ids = append(ids, a.ID)
			}
			return ids
		}
		for _, tc := range []struct {
			q    AlertQuery
			want []string
		}{
			{AlertQuery{}, []string{"a-1"}},
			{AlertQuery{State: AlertMuted, Rule: "low", Product: "tea"}, []string{"a-1"}},
			{AlertQuery{State: AlertFiring}, nil},
			{AlertQuery{Location: "shop"}, nil},
			{AlertQuery{Before: muted.Since.UnixMilli(), After: "a-0"}, []string{"a-1"}},
			{AlertQuery{Before: muted.Since.UnixMilli(), After: "a-1"}, nil},
		} {
			if got := list(tc.q); !slices.Equal(got, tc.want) {
				t.Errorf("%+v: %v, want %v", tc.q, got, tc.want)
			}
		}
		if err := c.AlertReceivers.Drop(ctx, "demo", "team"); !errors.As(err, new(*UsedError)) {
			t.Errorf("a receiver that a rule sends to: %v", err)
		}
		if err := c.AlertRules.Drop(ctx, "demo", "low"); err != nil {
			t.Fatal(err)
		}
		if a, err := c.Alerts.Get(ctx, "demo", "a-1"); err != nil || a.State() != AlertResolved {
			t.Errorf("of a rule that is gone: %+v, %v", a, err)
		}
		if err := c.AlertReceivers.Drop(ctx, "demo", "team"); err != nil {
			t.Error(err)
		}
		if counts, err := c.Cases.CountOpen(ctx, "demo"); err != nil || len(counts) != 0 {
			t.Error(counts, err)
		}
		if _, err := c.Cases.Open(ctx, lack("c-1")); err != nil {
			t.Fatal(err)
		}
		if counts, err := c.Cases.CountOpen(ctx, "demo"); err != nil || counts["shortage"] != 1 {
			t.Error(counts, err)
		}
		if verdict, err := c.VerifyLog(ctx); err != nil || !verdict.OK() {
			t.Errorf("%+v, %v", verdict, err)
		}
	})
}
