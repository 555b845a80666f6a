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

// replenishConfig has the settings of "replenish" and its commands.
type replenishConfig struct {
	talkConfig

	To                    string
	From, Products        []string
	Min, Target, Multiple int64
	Every                 time.Duration
	Paused                bool
}

func newReplenish() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replenish",
		Short: "See and set by which rules locations are filled up",
		Long: `A rule says how much of products a location is to have, and from where the servers
request what it lacks, every so often. docs/guide/transfers.md has the whole story.
What a location lacks now is requested by "holdfast transfers replenish".`,
		Example: "  holdfast replenish list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newReplenishList(), newReplenishShow(), newReplenishSet(), newReplenishDrop())
	return cmd
}

func newReplenishList() *cobra.Command {
	var cfg replenishConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List the rules", Example: "  holdfast replenish list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.rules()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Replenishment], error) {
			return cfg.c.Replenishments.List(ctx, r)
		}, func(rule *client.Replenishment) { t.row(cfg.rule(rule)...) })
	})
}

func newReplenishShow() *cobra.Command {
	var cfg replenishConfig
	return cfg.talks(&cobra.Command{
		Use: "show RULE", Short: "Show a rule, and when it is carried out next", Example: "  holdfast replenish show fuses", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		rule, err := cfg.c.Replenishments.Get(ctx, cfg.args[0])
		return cfg.print(rule, err)
	})
}

func newReplenishDrop() *cobra.Command {
	var cfg replenishConfig
	return cfg.writes(&cobra.Command{
		Use: "drop RULE", Short: "Take a rule away; transfers that it has requested stay", Example: "  holdfast replenish drop fuses", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Replenishments.Drop(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no rule %s", cfg.args[0])
	})
}

func newReplenishSet() *cobra.Command {
	var cfg replenishConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set RULE",
		Short: "Set a rule: all of it, whatever it was before",
		Long: `Set stores a rule. Where a location has less than --min of a product for sale, what is
on its way counted, the servers request units up to --target, from the first location
that can give; at the end of each period of --every. Quantities are in smallest units.`,
		Example: `  holdfast replenish set fuses --to shop --from hub --product fuse --min 10 --target 20 --multiple 12 --every 1h`,
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		set, err := cfg.setting()
		if err != nil {
			return cfg.usageError(err)
		}
		rule, err := cfg.c.Replenishments.Set(ctx, set)
		return cfg.print(rule, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.To, "to", "", "the location that is filled up")
	f.StringSliceVar(&cfg.From, "from", nil, "the locations that give, with commas between them, the first first")
	f.StringSliceVar(&cfg.Products, "product", nil, "the products, with commas between them (default all that the location has)")
	f.Int64Var(&cfg.Min, "min", 0, "below how many it is filled up")
	f.Int64Var(&cfg.Target, "target", 0, "up to how many")
	f.Int64Var(&cfg.Multiple, "multiple", 1, "what is requested from a location is a multiple of it, like a carton")
	f.DurationVar(&cfg.Every, "every", 0, "how often, like 15m")
	f.BoolVar(&cfg.Paused, "paused", false, "keep it and do not carry it out")
	return cmd
}

// setting is the rule in the flags.
func (c *replenishConfig) setting() (client.Replenishment, error) {
	r := client.Replenishment{
		ToLocationID: c.To, FromLocationIDs: c.From, ProductIDs: c.Products, Min: c.Min, Target: c.Target, Multiple: c.Multiple,
		Every: c.Every, Paused: c.Paused,
	}
	switch {
	case c.To == "" || len(c.From) == 0:
		return r, errors.New("--to and --from must be given")
	case c.Every <= 0 || c.Every%time.Second != 0:
		return r, fmt.Errorf("--every %v: it must be given, in whole seconds", c.Every)
	}
	r.RuleID = c.args[0]
	return r, nil
}

func (c *replenishConfig) print(r *client.Replenishment, err error) error {
	if err != nil {
		return err
	}
	t := c.rules()
	return c.tell(nil, t, func() { t.row(c.rule(r)...) })
}

// rules is a table for rules.
func (c *replenishConfig) rules() *table {
	return c.table("rule", "to", "from", "products", "min", "target", "multiple", "every", "next")
}

// rule is a row in such a table.
func (c *replenishConfig) rule(r *client.Replenishment) []any {
	products, next := strings.Join(r.ProductIDs, ","), formatTime(r.DueAt)
	switch n := len(r.ProductIDs); {
	case n == 0:
		products = c.cell("all")
	case n > shownProducts && !c.CSV:
		products = fmt.Sprintf(c.words.translate("%s and %d more"), strings.Join(r.ProductIDs[:shownProducts], ","), n-shownProducts)
	}
	if r.Paused {
		next = c.cell("paused")
	}
	return []any{r.RuleID, r.ToLocationID, strings.Join(r.FromLocationIDs, ","), products, r.Min, r.Target, r.Multiple, r.Every, next}
}

// shownProducts is how many products of a rule fit on a line.
const shownProducts = 3
