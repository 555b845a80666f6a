package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/sheet"
)

// quotasConfig has the settings of "quotas" and its commands.
type quotasConfig struct {
	talkConfig
	Location, Lowering, Mode, Keep, Reason string
	DryRun                                 bool
}

func newQuotas() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quotas",
		Short: "See and set which channel may sell how much",
		Long: `Quotas are units of a product that one channel may sell. What no channel has
is in the shared pool, which all draw from after their own quota.
docs/guide/quotas.md has the whole story.`,
		Example: "  holdfast quotas show cup",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newQuotasShow(), newQuotasSet(), newQuotasAllot(), newQuotasReset(), newQuotasSchedule(),
		importKind(sheet.KindQuotas, "quotas.csv"), exportKind(sheet.KindQuotas, "quotas.csv"))
	return cmd
}

func newQuotasShow() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "show PRODUCT", Short: "Show how the channels share a product", Example: "  holdfast quotas show cup --location berlin", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		q, err := cfg.c.Quotas.Get(ctx, client.QuotasOf{ProductID: cfg.args[0], LocationID: cfg.Location})
		return cfg.print(q, err)
	})
	cfg.addLocationFlag(cmd)
	return cmd
}

func newQuotasSet() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set PRODUCT CHANNEL=SETTING[,SETTING]…",
		Short: "Set quotas, weights and levels of channels, all or nothing",
		Long: `Set moves units between the shared pool and the channels. A setting is a number
(the quota: what remains, what is held and what was sold in the period),
weight=N (the share of allotments) or level=N (what remains below which
"quotas allot --mode under_level" fills the channel up). What is not named stays.

A number with a point is in the product's declared unit, one without in its
smallest. A quota below what is held and sold is refused, or, with --lowering
wait, shrinks as orders give units back.`,
		Example: `  holdfast quotas set cup pos=40,weight=40 online=30,weight=30,level=5
  holdfast quotas set cup online=weight=20`,
		Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		r := client.SetQuotas{ProductID: cfg.args[0], LocationID: cfg.Location, Lowering: client.Lowering(cfg.Lowering), Reason: cfg.Reason}
		for _, arg := range cfg.args[1:] {
			q, err := quotaSetting(arg)
			if err != nil {
				return cfg.usageError(err)
			}
			r.Channels = append(r.Channels, q)
		}
		q, err := cfg.c.Quotas.Set(ctx, r)
		return cfg.print(q, err)
	})
	cfg.addLocationFlag(cmd)
	cmd.Flags().StringVar(&cfg.Lowering, "lowering", "", "below what is held and sold: refuse or wait (default refuse)")
	cfg.reason(cmd)
	return cmd
}

func newQuotasAllot() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "allot PRODUCT",
		Short: "Share units of the pool among the channels by weight",
		Example: `  holdfast quotas allot cup --keep 10 --dry-run
  holdfast quotas allot cup --mode under_level`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.Allot{ProductID: cfg.args[0], LocationID: cfg.Location, Mode: client.AllotMode(cfg.Mode), Reason: cfg.Reason}
		var err error
		if r.Keep, r.KeepDecimal, err = units(cfg.Keep); err != nil {
			return cfg.usageError(fmt.Errorf("--keep: %w", err))
		}
		allot := cfg.c.Quotas.Allot
		if cfg.DryRun {
			allot = cfg.c.Quotas.TryAllot
		}
		a, err := allot(ctx, r)
		if err != nil {
			return err
		}
		t := cfg.amounts("from", "to", "units")
		err = cfg.tell(&holdfastv1.AllotResponse{}, t, func() {
			for _, m := range a.Moves {
				t.row(m.From, m.To, declared{a.Quotas.Unit, a.Quotas.Scale}.amount(m.Quantity))
			}
		})
		if err != nil || cfg.JSON || cfg.CSV {
			return err
		}
		if _, err := fmt.Fprintln(cfg.out); err != nil {
			return err
		}
		return cfg.print(&a.Quotas, nil)
	})
	cfg.addLocationFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.Keep, "keep", "0", "what stays in the shared pool")
	f.StringVar(&cfg.Mode, "mode", "", "pool, under_level or rebalance (default pool)")
	f.BoolVar(&cfg.DryRun, "dry-run", false, "change nothing, say what would move")
	cfg.reason(cmd)
	return cmd
}

func newQuotasReset() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "reset PRODUCT [CHANNEL]…", Short: "Begin a new period: what channels sold is counted from 0",
		Example: "  holdfast quotas reset cup --reason closed", Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		q, err := cfg.c.Quotas.ResetSold(ctx, client.ResetSold{ProductID: cfg.args[0], LocationID: cfg.Location, Channels: cfg.args[1:], Reason: cfg.Reason})
		return cfg.print(q, err)
	})
	cfg.addLocationFlag(cmd)
	cfg.reason(cmd)
	return cmd
}

func (c *quotasConfig) addLocationFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
}

func (c *quotasConfig) reason(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Reason, "reason", "", "why, for the journal")
}

// quotaSetting reads one channel of "quotas set".
func quotaSetting(arg string) (q client.Quota, err error) {
	id, settings, err := pair(arg, "online=30,weight=3")
	if err != nil {
		return q, err
	}
	q.ChannelID = id
	given := map[string]bool{}
	for setting := range strings.SplitSeq(settings, ",") {
		name, value, named := strings.Cut(setting, "=")
		if !named {
			name, value = "quota", setting
		}
		if given[name] {
			return q, fmt.Errorf("%q says its %s twice", arg, name)
		}
		given[name] = true
		n, decimal, err := units(value)
		if err != nil {
			return q, fmt.Errorf("%q: %w", arg, err)
		}
		whole := &n
		if decimal != "" {
			whole = nil
		}
		switch name {
		case "quota":
			q.Quota, q.QuotaDecimal = whole, decimal
		case "level":
			q.Level, q.LevelDecimal = whole, decimal
		case "weight":
			if whole == nil {
				return q, fmt.Errorf("%q: a weight is a whole number", arg)
			}
			q.Weight = whole
		default:
			return q, fmt.Errorf("%q: there is no setting %q: a number, weight=N or level=N is", arg, name)
		}
	}
	return q, nil
}

// pair reads NAME=TEXT, with like as the example in the error.
func pair(arg, like string) (name, text string, err error) {
	name, text, _ = strings.Cut(arg, "=")
	if name == "" || text == "" {
		return "", "", fmt.Errorf("%q is not like %s", arg, like)
	}
	return name, text, nil
}

// print prints how the channels share a product.
func (c *quotasConfig) print(q *client.Quotas, err error) error {
	if err != nil {
		return err
	}
	u := declared{q.Unit, q.Scale}
	head := c.table("product", "location", "shared", "available", "reserved", "status")
	head.row(q.ProductID, q.LocationID, u.amount(q.Shared), u.amount(q.AvailableStock), u.amount(q.ReservedStock), c.cell(string(stateOfStatus(q.OnSale, q.Status))))
	t := c.amounts("channel", "quota", "remaining", "held", "sold in period", "held of pool", "sold of pool", "weight", "level", "pending", "available", "status")
	for i := range q.Channels {
		is := &q.Channels[i]
		t.row(is.ChannelID, u.amount(is.Quota), u.amount(is.Remaining), u.amount(is.Held), u.amount(is.Sold), u.amount(is.HeldFromPool), u.amount(is.SoldFromPool),
			is.Weight, u.amount(is.Level), u.amount(is.Pending), u.amount(is.Available), c.cell(string(stateOfStatus(is.OnSale, is.Status))))
	}
	return c.document(&holdfastv1.ChannelStock{}, head, t)
}
