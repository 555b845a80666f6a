package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// alertsConfig has the settings of "alerts" and its commands.
type alertsConfig struct {
	talkConfig
	state, rule, product, location, note string
}

func newAlerts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Show what rules found, and set the rules",
		Long: `A rule watches stock, what is booked or deliveries. While its condition holds an alert
fires, and receivers are told. docs/guide/alerts.md has the whole story.`,
		Example: "  holdfast alerts list --state firing",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(
		newAlertsList(), newAlertsShow(),
		alertVerb("ack", "Say that you take care of an alert that fires", (*client.AlertService).Acknowledge),
		alertVerb("mute", "Stop the notices of an alert until it is unmuted", (*client.AlertService).Mute),
		alertVerb("unmute", "Let notices of an alert be sent again", (*client.AlertService).Unmute),
		newAlertRules(), newAlertReceivers(), newAlertSilences(),
	)
	return cmd
}

func newAlertsList() *cobra.Command {
	var cfg alertsConfig
	cmd := cfg.talks(&cobra.Command{Use: "list", Short: "List alerts, those that changed last first", Example: "  holdfast alerts list --state firing", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.AlertList{State: cfg.state, RuleID: cfg.rule, ProductID: cfg.product, LocationID: cfg.location, PageSize: pageSize}
		t := cfg.alerts()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Alert], error) { return cfg.c.Alerts.List(ctx, r) },
			func(a *client.Alert) { cfg.row(t, a) })
	})
	f := cmd.Flags()
	f.StringVar(&cfg.state, "state", "", "pending, firing, acknowledged, muted or resolved (default all)")
	f.StringVar(&cfg.rule, "rule", "", "only what this rule found")
	f.StringVar(&cfg.product, "product", "", "only this product")
	f.StringVar(&cfg.location, "location", "", "only this location")
	return cmd
}

func newAlertsShow() *cobra.Command {
	var cfg alertsConfig
	return cfg.talks(&cobra.Command{
		Use: "show ALERT", Short: "Show an alert and what happened to it", Example: "  holdfast alerts show alert-3vq5yb6e2nkx7q4d", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		a, err := cfg.c.Alerts.Get(ctx, cfg.args[0])
		return cfg.print(a, err)
	})
}

// alertVerb is a command with one action on an alert.
func alertVerb(name, short string, do func(s *client.AlertService, ctx context.Context, id, note string) (*client.Alert, error)) *cobra.Command {
	var cfg alertsConfig
	cmd := cfg.writes(&cobra.Command{Use: name + " ALERT", Short: short, Example: "  holdfast alerts " + name + " alert-3vq5yb6e2nkx7q4d", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		a, err := do(cfg.c.Alerts, ctx, cfg.args[0], cfg.note)
		return cfg.print(a, err)
	})
	cmd.Flags().StringVar(&cfg.note, "note", "", "why, for the history of the alert")
	return cmd
}

// alerts is the table of alerts.
func (c *alertsConfig) alerts() *table {
	return c.table("alert", "rule", "severity", "state", "since", "product", "location", "channel", "subject", "value")
}

func (c *alertsConfig) row(t *table, a *client.Alert) {
	t.row(a.AlertID, a.RuleID, c.cell(a.Severity), c.cell(a.State), formatTime(a.Since), a.ProductID, a.LocationID, a.ChannelID, a.Subject, a.Value)
}

// print prints an alert and its history.
func (c *alertsConfig) print(a *client.Alert, err error) error {
	if err != nil {
		return err
	}
	head := c.alerts()
	c.row(head, a)
	moments := c.table("at", "what", "value", "receiver", "operator", "note")
	for _, m := range a.History {
		value := any("")
		if m.Value != nil {
			value = *m.Value
		}
		moments.row(formatTime(m.At), c.cell(m.What), value, m.ReceiverID, m.Operator, m.Note)
	}
	return c.document(nil, head, moments)
}
