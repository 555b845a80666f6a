package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// tillsConfig has the settings of "tills" and its commands.
type tillsConfig struct {
	talkConfig

	Location, Name       string
	Channel, State, Text string
	Withhold             bool
	Reason               string
	rules                tillRules
}

func newTills() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tills",
		Short: "See and set the tills of stores, pair them and write them off",
		Long: `A till has units of its location to itself and goes on selling them while its line to
the server is down. docs/guide/tills.md has the whole story.`,
		Example: "  holdfast tills list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newTillsList(), newTillsCount(), newTillsShow(), newTillsStock(), newTillsOrders(), newTillsSet(), newTillsCode(), newTillsWriteOff(), newTillsOffer(), newTillsBookLost(), newTillsDrop(), newTillsPolicy())
	return cmd
}

func newTillsList() *cobra.Command {
	var cfg tillsConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "list", Short: "List the tills", Example: "  holdfast tills list --state behind", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.TillList{State: client.TillState(cfg.State), LocationID: cfg.Location, Text: cfg.Text, PageSize: pageSize}
		t := cfg.tills()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Till], error) {
			return cfg.c.Tills.List(ctx, r)
		}, func(till *client.Till) { t.row(cfg.till(till)...) })
	})
	cmd.Flags().StringVar(&cfg.State, "state", "", "those in this state: unpaired, away, stale, behind or synced")
	cmd.Flags().StringVar(&cfg.Location, "location", "", "those of this location")
	cmd.Flags().StringVar(&cfg.Text, "text", "", "those that have this in their id or name")
	return cmd
}

func newTillsShow() *cobra.Command {
	var cfg tillsConfig
	return cfg.talks(&cobra.Command{
		Use: "show TILL", Short: "Show a till, its policy and when it was heard of last", Example: "  holdfast tills show till-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		till, err := cfg.c.Tills.Get(ctx, cfg.args[0])
		return cfg.print(till, err)
	})
}

func newTillsSet() *cobra.Command {
	var cfg tillsConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set TILL",
		Short: "Set a till and its policy: all of it, whatever it was before",
		Long: `Set stores a till of a location and which units of each product it may have: --percent of
those that there are, at least --floor while there are some, at most --ceiling. It gets
more when it is down to --level of that. Of the tills of a location the one with the lower
--rank goes first, and with --channel its units come out of the quota of that channel
first. What is left out is as "holdfast tills policy" says. Quantities are in smallest units.
The location of a till that is paired stays.`,
		Example: `  holdfast tills set till-1 --location shop --percent 30 --floor 2`,
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if cfg.Location == "" {
			return cfg.usageError(errors.New("--location must be given"))
		}
		set := client.Till{TillID: cfg.args[0], LocationID: cfg.Location, Name: cfg.Name, ChannelID: cfg.Channel}
		cfg.rules.fill(&set)
		till, err := cfg.c.Tills.Set(ctx, set)
		return cfg.print(till, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "where it sells")
	f.StringVar(&cfg.Name, "name", "", "its name, for people")
	f.StringVar(&cfg.Channel, "channel", "", "the channel it sells for: units come out of its quota first")
	cfg.rules.add(f)
	return cmd
}

func newTillsCode() *cobra.Command {
	var cfg tillsConfig
	return cfg.writes(&cobra.Command{
		Use: "code TILL", Short: "Make a code that pairs a machine with a till",
		Long:    `Code makes a code, in place of an earlier one. It counts once, and for an hour.`,
		Example: "  holdfast tills code till-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		code, err := cfg.c.Tills.Code(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		t := cfg.table("code", "until")
		return cfg.tell(nil, t, func() { t.row(code.Code, formatTime(code.ExpiresAt)) })
	})
}

func newTillsWriteOff() *cobra.Command {
	var cfg tillsConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "write-off TILL", Short: "Say that the file of a till is lost, and take back its units",
		Long: `Write-off ends the pairing of a till whose machine is lost or broken. The units that it had
are for sale at its location again, or withheld until somebody has counted.`,
		Example: "  holdfast tills write-off till-1 --reason 'disk broken' --withhold", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if cfg.Reason == "" {
			return cfg.usageError(errors.New("--reason must be given"))
		}
		till, err := cfg.c.Tills.WriteOff(ctx, cfg.args[0], cfg.Reason, cfg.Withhold)
		return cfg.print(till, err)
	})
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().BoolVar(&cfg.Withhold, "withhold", false, "keep the units from sale until somebody has counted")
	return cmd
}

func newTillsDrop() *cobra.Command {
	var cfg tillsConfig
	return cfg.writes(&cobra.Command{
		Use: "drop TILL", Short: "Take a till away that is not paired", Example: "  holdfast tills drop till-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Tills.Drop(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no till %s", cfg.args[0])
	})
}

func (c *tillsConfig) print(till *client.Till, err error) error {
	if err != nil {
		return err
	}
	t := c.tills()
	return c.tell(nil, t, func() { t.row(c.till(till)...) })
}

// tills is a table for tills.
func (c *tillsConfig) tills() *table {
	return c.table("till", "location", "name", "percent", "floor", "ceiling", "at risk", "level", "rank", "channel", "state", "heard", "behind since", "products", "units", "clock off by", "policy", "works by")
}

// till is a row in such a table.
func (c *tillsConfig) till(t *client.Till) []any {
	s := &t.Standing
	return []any{
		t.TillID, t.LocationID, t.Name, t.Percent, t.Floor, t.Ceiling, c.formatYesNo(t.AtRisk), t.Level, t.Rank, t.ChannelID, c.cell(string(s.State)), formatTime(s.HeardAt), formatTime(s.BehindSince), s.Products, s.Units, skewOf(s), c.sources(&t.From), c.pending(t),
	}
}

// pending is a cell with the parts of an older policy that the till still works by, "" when it works by the one that is
// wanted.
func (c *tillsConfig) pending(t *client.Till) string {
	is, want := t.Standing.InForce, t.Terms()
	if is == nil || *is == want {
		return ""
	}
	var parts []string
	add := func(name string, was, wanted any) {
		if was != wanted {
			parts = append(parts, fmt.Sprintf("%s: %v", c.cell(name), was))
		}
	}
	add("percent", is.Percent, want.Percent)
	add("floor", is.Floor, want.Floor)
	add("ceiling", is.Ceiling, want.Ceiling)
	add("level", is.Level, want.Level)
	add("rank", is.Rank, want.Rank)
	add("channel", is.ChannelID, want.ChannelID)
	add("at risk", c.formatYesNo(is.AtRisk), c.formatYesNo(want.AtRisk))
	return strings.Join(parts, ", ")
}

// skewOf is a cell with the error of a till's clock, if it is large.
func skewOf(s *client.TillStanding) string {
	if !s.ClockSkewed {
		return ""
	}
	return s.ClockOffset.Round(time.Second).String()
}

// formatYesNo returns a cell with yes or no.
func (c *tillsConfig) formatYesNo(is bool) string {
	if is {
		return c.cell("yes")
	}
	return c.cell("no")
}
