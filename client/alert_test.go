package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestRulesReceiversAndSilences(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	r := fine[*client.AlertReceiver](t)(c.Alerts.SetReceiver(ctx, "team", "webhook", map[string]string{"url": "https://hooks.example/stock"}))
	if r.Kind != "webhook" || r.Settings["url"] != "https://hooks.example/stock" || len(r.Secrets) != 0 || r.UpdatedAt.IsZero() {
		t.Errorf("received: %+v", r)
	}
	rule := client.AlertRule{
		RuleID: "low", Metric: "available", ProductID: "mug", Condition: "value <= threshold", For: time.Minute, Clear: time.Hour, SendTo: []string{"team"}, Disabled: true,
	}
	set := fine[*client.AlertRule](t)(c.Alerts.SetRule(ctx, rule))
	if set.Title != "low" || set.Severity != "warning" || set.For != time.Minute || set.Clear != time.Hour || !set.Disabled || set.SendTo[0] != "team" {
		t.Errorf("set: %+v", set)
	}
	if got := fine[*client.AlertRule](t)(c.Alerts.GetRule(ctx, "low")); got.Condition != rule.Condition {
		t.Errorf("read: %+v", got)
	}
	silence := client.AlertSilence{SilenceID: "night", ProductID: "mug", From: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour), Reason: "stock-take"}
	if got := fine[*client.AlertSilence](t)(c.Alerts.SetSilence(ctx, silence)); !got.Active || got.Reason != "stock-take" || got.ProductID != "mug" {
		t.Errorf("silent: %+v", got)
	}
	if page := fine[*client.Page[client.AlertRule]](t)(c.Alerts.ListRules(ctx, client.List{})); len(page.Items) != 1 {
		t.Errorf("rules: %+v", page)
	}
	if page := fine[*client.Page[client.Alert]](t)(c.Alerts.List(ctx, client.AlertList{RuleID: "low"})); len(page.Items) != 0 {
		t.Errorf("alerts: %+v", page)
	}
	if all := fine[*client.AlertOptions](t)(c.Alerts.Options(ctx)); len(all.Metrics) == 0 || all.Metrics[0].Example.Condition == "" || len(all.Receivers) == 0 {
		t.Errorf("options: %+v", all)
	}
	for _, err := range []error{c.Alerts.DropRule(ctx, "low"), c.Alerts.DropReceiver(ctx, "team"), c.Alerts.DropSilence(ctx, "night")} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Alerts.Get(ctx, "alert-none"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}
