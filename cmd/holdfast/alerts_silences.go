package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// alertSilencesConfig has the settings of "alerts silences" and its commands.
type alertSilencesConfig struct {
	talkConfig
	silence     client.AlertSilence
	from, until string
	length      time.Duration
}

func newAlertSilences() *cobra.Command {
	cmd := &cobra.Command{
		Use: "silences", Short: "Keep notices back for a time", Example: "  holdfast alerts silences list", Args: cobra.NoArgs,
	}
	cmd.AddCommand(newAlertSilencesList(), newAlertSilencesSet(), newAlertSilencesDelete())
	return cmd
}

func newAlertSilencesList() *cobra.Command {
	var cfg alertSilencesConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List silences, past ones too", Example: "  holdfast alerts silences list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.silences()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.AlertSilence], error) {
			return cfg.c.Alerts.ListSilences(ctx, r)
		},
			func(k *client.AlertSilence) { cfg.row(t, k) })
	})
}

func newAlertSilencesSet() *cobra.Command {
	var cfg alertSilencesConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "set SILENCE REASON", Short: "Keep notices of the alerts that it names back for a time",
		Example: `  holdfast alerts silences set stock-take "we count all night" --location berlin --for 12h`, Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) (err error) {
		if cfg.silence.From, err = cfg.moment("from", cfg.from); err != nil {
			return err
		}
		if cfg.silence.Until, err = cfg.moment("until", cfg.until); err != nil {
			return err
		}
		if cfg.silence.From.IsZero() {
			cfg.silence.From = time.Now()
		}
		if cfg.until == "" {
			cfg.silence.Until = cfg.silence.From.Add(cfg.length)
		}
		cfg.silence.SilenceID, cfg.silence.Reason = cfg.args[0], cfg.args[1]
		k, err := cfg.c.Alerts.SetSilence(ctx, cfg.silence)
		if err != nil {
			return err
		}
		t := cfg.silences()
		return cfg.tell(nil, t, func() { cfg.row(t, k) })
	})
	f := cmd.Flags()
	f.StringVar(&cfg.silence.RuleID, "rule", "", "only what this rule found")
	f.StringVar(&cfg.silence.ProductID, "product", "", "only this product")
	f.StringVar(&cfg.silence.LocationID, "location", "", "only this location")
	f.StringVar(&cfg.silence.ChannelID, "channel", "", "only this channel")
	f.StringVar(&cfg.from, "from", "", "from this time on (default: now)")
	f.StringVar(&cfg.until, "until", "", "until this time, in place of --for")
	f.DurationVar(&cfg.length, "for", 8*time.Hour, "how long it lasts")
	return cmd
}

func newAlertSilencesDelete() *cobra.Command {
	var cfg alertSilencesConfig
	return cfg.writes(&cobra.Command{
		Use: "delete SILENCE", Short: "End a silence", Example: "  holdfast alerts silences delete stock-take", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Alerts.DropSilence(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no silence %s", cfg.args[0])
	})
}

// silences is the table of silences.
func (c *alertSilencesConfig) silences() *table {
	return c.table("silence", "rule", "product", "location", "channel", "from", "until", "active", "operator", "reason")
}

func (c *alertSilencesConfig) row(t *table, k *client.AlertSilence) {
	active := c.cell("no")
	if k.Active {
		active = c.cell("yes")
	}
	t.row(k.SilenceID, k.RuleID, k.ProductID, k.LocationID, k.ChannelID, formatTime(k.From), formatTime(k.Until), active, k.Operator, k.Reason)
}
