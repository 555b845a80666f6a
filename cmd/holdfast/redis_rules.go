package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/client"
)

// redisScope is an entry of a list, as named by the flags.
type redisScope struct{ list, product, location string }

func (s *redisScope) add(f *pflag.FlagSet) {
	f.StringVar(&s.list, "list", string(client.RedisAllowed), "the list: forbidden, batch, pledged or allowed")
	f.StringVar(&s.product, "product", "", "of this product (default all)")
	f.StringVar(&s.location, "location", "", "of items at this location (default all)")
}

func (s *redisScope) scope() client.RedisScope {
	return client.RedisScope{List: client.RedisList(s.list), ProductID: s.product, LocationID: s.location}
}

func newRedisRules() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules", Short: "See and set the lists that say which items sell through Redis",
		Long: `The lists are looked at in the order forbidden, batch, pledged, allowed. An entry of the
first three keeps the items that it names in the ledger. Of the entries of allowed the
most specific counts: of the item, of its product, of its location, of all.`,
		Example: "  holdfast redis rules list", Args: cobra.NoArgs,
	}
	cmd.AddCommand(newRedisRulesList(), newRedisRulesSet(), newRedisRulesDelete())
	return cmd
}

func newRedisRulesList() *cobra.Command {
	var cfg redisConfig
	return cfg.talks(&cobra.Command{
		Use: "list [PRODUCT] [LOCATION]", Short: "List the entries of all lists, or those that name an item",
		Example: "  holdfast redis rules list\n  holdfast redis rules list mug berlin", Args: cobra.MaximumNArgs(2),
	}, func(ctx context.Context) error {
		r := client.RedisRuleList{PageSize: pageSize}
		if len(cfg.args) > 0 {
			var err error
			if r.ProductID, r.LocationID, err = cfg.item(); err != nil {
				return err
			}
		}
		t := cfg.rules()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.RedisRule], error) {
			return cfg.c.Redis.Rules(ctx, r)
		}, func(r *client.RedisRule) { t.row(cfg.rule(r)...) })
	})
}

func newRedisRulesSet() *cobra.Command {
	var cfg redisConfig
	var scope redisScope
	var percent, floor int64
	var shadow bool
	cmd := cfg.writes(&cobra.Command{
		Use: "set", Short: "Set an entry of a list, whatever it was before",
		Long: `Set stores an entry of a --list. With --percent only that share of the items that it names
sell through Redis, always the same ones; with --floor so many units of each stay in the
ledger. With --shadow the ledger sells the items, and Redis is only tried out with them. To
set an entry again clears its cut-back.`,
		Example: "  holdfast redis rules set --list allowed --location berlin --percent 10\n  holdfast redis rules set --list forbidden --product mug", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		return cfg.set(ctx, client.RedisRule{RedisScope: scope.scope(), Percent: given(cfg.given, "percent", percent), Floor: floor, Shadow: shadow})
	})
	scope.add(cmd.Flags())
	cfg.given = cmd.Flags()
	cmd.Flags().Int64Var(&percent, "percent", 100, "which share of the items sells through Redis, 1 to 100")
	cmd.Flags().Int64Var(&floor, "floor", 0, "how many units of each item stay in the ledger")
	cmd.Flags().BoolVar(&shadow, "shadow", false, "only try Redis out with the items; the ledger sells them")
	return cmd
}

func newRedisRulesDelete() *cobra.Command {
	var cfg redisConfig
	var scope redisScope
	cmd := cfg.writes(&cobra.Command{
		Use: "delete", Short: "Take an entry of a list away", Example: "  holdfast redis rules delete --list forbidden --product mug", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		if err := cfg.c.Redis.DropRule(ctx, scope.scope()); err != nil {
			return err
		}
		return cfg.printGone("the rule is gone")
	})
	scope.add(cmd.Flags())
	return cmd
}

func newRedisOn() *cobra.Command {
	var cfg redisConfig
	var floor int64
	cmd := cfg.writes(&cobra.Command{
		Use: "on PRODUCT LOCATION", Short: "Let an item sell through Redis",
		Long: `On puts the item on the list allowed, and takes it off the list forbidden. It says so when
a broader entry of a list still keeps the item in the ledger.`,
		Example: "  holdfast redis on mug berlin --floor 5", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		return cfg.allow(ctx, client.RedisRule{Floor: floor})
	})
	cmd.Flags().Int64Var(&floor, "floor", 0, "how many units of the item stay in the ledger")
	return cmd
}

func newRedisShadow() *cobra.Command {
	var cfg redisConfig
	return cfg.writes(&cobra.Command{
		Use: "shadow PRODUCT LOCATION", Short: "Try Redis out with an item that the ledger sells",
		Long: `Shadow puts the item on the list allowed, as an entry that only tries Redis out: the ledger
sells the item, and Redis decides about each reservation too, on a balance of its own that
sells nothing. "holdfast redis figures" shows whether both decide alike. "holdfast redis on"
lets Redis sell it, "holdfast redis off" ends the trial.`,
		Example: "  holdfast redis shadow mug berlin", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		return cfg.allow(ctx, client.RedisRule{Shadow: true})
	})
}

// allow puts the item of the arguments on the list allowed, as the rule says.
func (c *redisConfig) allow(ctx context.Context, rule client.RedisRule) error {
	rule.RedisScope = client.RedisScope{List: client.RedisAllowed, ProductID: c.args[0], LocationID: c.args[1]}
	naming, err := c.naming(ctx)
	if err != nil {
		return err
	}
	for i := range naming {
		switch r := &naming[i]; {
		case r.List == client.RedisAllowed:
		case r.List == client.RedisForbidden && r.ProductID != "" && r.LocationID != "":
			if err := c.c.Redis.DropRule(ctx, r.RedisScope); err != nil {
				return err
			}
		default:
			fmt.Fprintf(c.errOut, c.words.translate("the list %s keeps it in the ledger: product %s, location %s")+"\n", c.cell(string(r.List)), idOrAll(&c.talkConfig, r.ProductID), idOrAll(&c.talkConfig, r.LocationID))
		}
	}
	return c.set(ctx, rule)
}

func newRedisOff() *cobra.Command {
	var cfg redisConfig
	return cfg.writes(&cobra.Command{
		Use: "off PRODUCT LOCATION", Short: "Let an item sell through the ledger again",
		Long: `Off takes the item off the list allowed. Where a broader entry of that list names it too,
off puts it on the list forbidden.`,
		Example: "  holdfast redis off mug berlin", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		item := client.RedisScope{ProductID: cfg.args[0], LocationID: cfg.args[1]}
		naming, err := cfg.naming(ctx)
		if err != nil {
			return err
		}
		own, broader := false, false
		for i := range naming {
			if r := &naming[i]; r.List == client.RedisAllowed {
				exact := r.ProductID != "" && r.LocationID != ""
				own, broader = own || exact, broader || !exact
			}
		}
		// The item is forbidden before its own entry is removed: in between a broader entry would apply.
		if broader {
			item.List = client.RedisForbidden
			if _, err := cfg.c.Redis.SetRule(ctx, client.RedisRule{RedisScope: item}); err != nil {
				return err
			}
		}
		if own {
			item.List = client.RedisAllowed
			if err := cfg.c.Redis.DropRule(ctx, item); err != nil {
				return err
			}
		}
		if naming, err = cfg.naming(ctx); err != nil {
			return err
		}
		t := cfg.rules()
		return cfg.tell(nil, t, func() {
			for i := range naming {
				t.row(cfg.rule(&naming[i])...)
			}
		})
	})
}

// naming are the entries that name the item of the arguments: 16 at most, which is a page.
func (c *redisConfig) naming(ctx context.Context) ([]client.RedisRule, error) {
	page, err := c.c.Redis.Rules(ctx, client.RedisRuleList{ProductID: c.args[0], LocationID: c.args[1]})
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// set stores an entry and prints it.
func (c *redisConfig) set(ctx context.Context, set client.RedisRule) error {
	r, err := c.c.Redis.SetRule(ctx, set)
	if err != nil {
		return err
	}
	t := c.rules()
	return c.tell(nil, t, func() { t.row(c.rule(r)...) })
}

// rules is a table for entries of lists.
func (c *redisConfig) rules() *table {
	return c.table("list", "product", "location", "percent", "floor", "shadow", "cut back", "cut back at")
}

// rule is a row in such a table.
func (c *redisConfig) rule(r *client.RedisRule) []any {
	floor, shadow := any(""), any("")
	if r.List == client.RedisAllowed {
		floor, shadow = r.Floor, c.formatYesNo(r.Shadow)
	}
	return []any{c.cell(string(r.List)), idOrAll(&c.talkConfig, r.ProductID), idOrAll(&c.talkConfig, r.LocationID), figure(r.Percent), floor, shadow, r.CutBack, formatTime(r.CutBackAt)}
}
