package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// alertRulesConfig has the settings of "alerts rules" and its commands.
type alertRulesConfig struct {
	talkConfig
	rule        client.AlertRule
	from, until string
}

func newAlertRules() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules", Short: "Set what is watched, and try it over the past", Example: "  holdfast alerts rules list", Args: cobra.NoArgs,
	}
	cmd.AddCommand(newAlertRulesList(), newAlertRulesExamples(), newAlertRulesSet(), newAlertRulesTry(), newAlertRulesDelete())
	return cmd
}

func newAlertRulesList() *cobra.Command {
	var cfg alertRulesConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List rules and how they fare", Example: "  holdfast alerts rules list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.rules()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.AlertRule], error) {
			return cfg.c.Alerts.ListRules(ctx, r)
		},
			func(r *client.AlertRule) { cfg.row(t, r) })
	})
}

func newAlertRulesExamples() *cobra.Command {
	var cfg alertRulesConfig
	return cfg.talks(&cobra.Command{
		Use: "examples", Short: "List the metrics, with a rule of each that is ready to be set", Example: "  holdfast alerts rules examples", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		all, err := cfg.c.Alerts.Options(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("metric", "numbers", "rule", "condition", "for")
		return cfg.tell(nil, t, func() {
			for _, m := range all.Metrics {
				t.row(m.Metric, strings.Join(m.Variables, ","), m.Example.RuleID, m.Example.Condition, m.Example.For)
			}
		})
	})
}

// ruleFlags are those of a rule.
func (c *alertRulesConfig) ruleFlags(cmd *cobra.Command) *cobra.Command {
	f := cmd.Flags()
	f.StringVar(&c.rule.ProductID, "product", "", "only this product")
	f.StringVar(&c.rule.LocationID, "location", "", "only this location")
	f.StringVar(&c.rule.ChannelID, "channel", "", "only this channel")
	f.DurationVar(&c.rule.For, "for", 0, "how long the condition must hold before an alert fires")
	f.DurationVar(&c.rule.Clear, "clear", 5*time.Minute, "how long it must not hold before the alert is resolved")
	return cmd
}

func newAlertRulesSet() *cobra.Command {
	var cfg alertRulesConfig
	cmd := cfg.ruleFlags(cfg.writes(&cobra.Command{
		Use:   "set RULE METRIC CONDITION",
		Short: "Set a rule: all of it, whatever it was before",
		Long: `Set stores a rule, or changes one. METRIC is one of those that "alerts rules examples"
lists, CONDITION an expression over its numbers.`,
		Example: `  holdfast alerts rules set low-stock available "value <= threshold" --for 1m --clear 10m --send-to team
  holdfast alerts rules set sales-low sold_units "weeks >= 2 && value < usual / 3" --location berlin`,
		Args: cobra.ExactArgs(3),
	}, func(ctx context.Context) error {
		cfg.rule.RuleID, cfg.rule.Metric, cfg.rule.Condition = cfg.args[0], cfg.args[1], cfg.args[2]
		r, err := cfg.c.Alerts.SetRule(ctx, cfg.rule)
		if err != nil {
			return err
		}
		t := cfg.rules()
		return cfg.tell(nil, t, func() { cfg.row(t, r) })
	}))
	f := cmd.Flags()
	f.StringVar(&cfg.rule.Title, "title", "", "what people call it (default: its id)")
	f.StringVar(&cfg.rule.Severity, "severity", "", "info, warning or critical (default warning)")
	f.DurationVar(&cfg.rule.Repeat, "repeat", 0, "how often a notice is repeated, 0: never")
	f.StringSliceVar(&cfg.rule.SendTo, "send-to", nil, "receivers of its notices (default: none)")
	f.BoolVar(&cfg.rule.Disabled, "disabled", false, "keep the rule and do not evaluate it")
	return cmd
}

func newAlertRulesTry() *cobra.Command {
	var cfg alertRulesConfig
	cmd := cfg.ruleFlags(cfg.talks(&cobra.Command{
		Use: "try METRIC CONDITION", Short: "Say when a rule would have fired in the past",
		Example: `  holdfast alerts rules try expired_rate "ended >= 20 && value > 0.33"`, Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		from, err := cfg.moment("from", cfg.from)
		if err != nil {
			return err
		}
		until, err := cfg.moment("until", cfg.until)
		if err != nil {
			return err
		}
		cfg.rule.Metric, cfg.rule.Condition = cfg.args[0], cfg.args[1]
		tried, err := cfg.c.Alerts.TryRule(ctx, cfg.rule, from, until)
		if err != nil {
			return err
		}
		t := cfg.table("at", "what", "value", "product", "location", "channel")
		return cfg.tell(nil, t, func() {
			for _, m := range tried.Moments {
				t.row(formatTime(m.At), cfg.cell(m.What), m.Value, m.ProductID, m.LocationID, m.ChannelID)
			}
		})
	}))
	f := cmd.Flags()
	f.StringVar(&cfg.from, "from", "", "from this time on, like 2030-01-31T12:00:00Z or 2030-01-31 (default: a week before --until)")
	f.StringVar(&cfg.until, "until", "", "until this time (default: now)")
	return cmd
}

func newAlertRulesDelete() *cobra.Command {
	var cfg alertRulesConfig
	return cfg.writes(&cobra.Command{
		Use: "delete RULE", Short: "Take a rule away; its alerts are resolved", Example: "  holdfast alerts rules delete low-stock", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Alerts.DropRule(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no rule %s", cfg.args[0])
	})
}

// rules is the table of rules.
func (c *alertRulesConfig) rules() *table {
	return c.table("rule", "metric", "condition", "for", "clear", "severity", "firing", "send to", "evaluated", "last error")
}

func (c *alertRulesConfig) row(t *table, r *client.AlertRule) {
	evaluated := formatTime(r.EvaluatedAt)
	if r.Disabled {
		evaluated = c.words.translate("disabled")
	}
	about := r.Condition
	for _, of := range []string{r.ProductID, r.LocationID, r.ChannelID} {
		if of != "" {
			about += fmt.Sprintf(" [%s]", of)
		}
	}
	t.row(r.RuleID, r.Metric, about, r.For.Round(time.Second), r.Clear.Round(time.Second), c.cell(r.Severity), r.Firing, strings.Join(r.SendTo, ","), evaluated, r.LastError)
}
