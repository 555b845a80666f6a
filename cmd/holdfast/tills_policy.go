package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/client"
)

// tillRules are the parts of a policy in the flags.
type tillRules struct {
	given                   *pflag.FlagSet
	percent, floor, ceiling int64
	level, rank             int64
	atRisk                  bool
}

// add adds the flags of a policy.
func (r *tillRules) add(f *pflag.FlagSet) {
	r.given = f
	f.Int64Var(&r.percent, "percent", 0, "which share of the units at the location it may have, 0 to 100 (default 50)")
	f.Int64Var(&r.floor, "floor", 0, "how many units of a product it has at least while there are some")
	f.Int64Var(&r.ceiling, "ceiling", 0, "how many units of a product it has at most; 0 is no bound")
	f.Int64Var(&r.level, "level", 0, "get more when down to this share of what it is to have, 1 to 100 (default 50)")
	f.Int64Var(&r.rank, "rank", 0, "the till of a location with the lower rank goes first where there is little")
	f.BoolVar(&r.atRisk, "at-risk", false, "let it sell more than it has while the server cannot be asked")
}

// policy is the policy in the flags, with nil for a missing flag.
func (r *tillRules) policy() client.TillPolicy {
	return client.TillPolicy{
		Percent: given(r.given, "percent", r.percent), Floor: given(r.given, "floor", r.floor), Ceiling: given(r.given, "ceiling", r.ceiling),
		Level: given(r.given, "level", r.level), Rank: given(r.given, "rank", r.rank), AtRisk: given(r.given, "at-risk", r.atRisk),
	}
}

// fill sets the till's parts in the flags, and leaves the rest to policies.
func (r *tillRules) fill(t *client.Till) {
	p := r.policy()
	t.From = client.TillLeavesAll
	put(&t.Percent, &t.From.Percent, p.Percent)
	put(&t.Floor, &t.From.Floor, p.Floor)
	put(&t.Ceiling, &t.From.Ceiling, p.Ceiling)
	put(&t.Level, &t.From.Level, p.Level)
	put(&t.Rank, &t.From.Rank, p.Rank)
	put(&t.AtRisk, &t.From.AtRisk, p.AtRisk)
}

// given is a flag's value, nil where the flag was left out.
func given[T any](f *pflag.FlagSet, name string, value T) *T {
	if !f.Changed(name) {
		return nil
	}
	return &value
}

func put[T any](value *T, from *client.TillSource, said *T) {
	if said != nil {
		*value, *from = *said, client.TillOwn
	}
}

func newTillsPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "See and set the policies of tills that do not say their own",
		Long: `A policy is of all tills, of those of a --channel, of those at a --location, or of those of a
channel at a location. Of each part, such as --percent, the most specific policy that says it
counts, and what was set with a till counts before all.`,
		Example: "  holdfast tills policy list", Args: cobra.NoArgs,
	}
	cmd.AddCommand(newTillsPolicyList(), newTillsPolicySet(), newTillsPolicyDrop())
	return cmd
}

func newTillsPolicyList() *cobra.Command {
	var cfg tillsConfig
	return cfg.talks(&cobra.Command{
		Use: "list", Short: "List the policies of tills", Example: "  holdfast tills policy list", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.policies()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.TillPolicy], error) {
			return cfg.c.Tills.Policies(ctx, r)
		}, func(p *client.TillPolicy) { t.row(cfg.policy(p)...) })
	})
}

func newTillsPolicySet() *cobra.Command {
	var cfg tillsConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "set", Short: "Set a policy of tills: all of it, whatever it was before",
		Long: `Set stores a policy. --percent, --floor and --ceiling are of all tills of a channel at a location
together that say none themselves: each has an equal part.`,
		Example: "  holdfast tills policy set --percent 40 --floor 2\n  holdfast tills policy set --channel pos --location shop --percent 60", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		set := cfg.rules.policy()
		set.LocationID, set.ChannelID = cfg.Location, cfg.Channel
		p, err := cfg.c.Tills.SetPolicy(ctx, set)
		if err != nil {
			return err
		}
		t := cfg.policies()
		return cfg.tell(nil, t, func() { t.row(cfg.policy(p)...) })
	})
	cfg.scope(cmd.Flags())
	cfg.rules.add(cmd.Flags())
	return cmd
}

func newTillsPolicyDrop() *cobra.Command {
	var cfg tillsConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "drop", Short: "Take a policy of tills away", Example: "  holdfast tills policy drop --location shop", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		if err := cfg.c.Tills.DropPolicy(ctx, cfg.Location, cfg.Channel); err != nil {
			return err
		}
		return cfg.printGone("the policy is gone")
	})
	cfg.scope(cmd.Flags())
	return cmd
}

// scope adds the flags for where a policy applies.
func (c *tillsConfig) scope(f *pflag.FlagSet) {
	f.StringVar(&c.Location, "location", "", "of tills at this location (default all)")
	f.StringVar(&c.Channel, "channel", "", "of tills of this channel (default all)")
}

// policies is a table for policies.
func (c *tillsConfig) policies() *table {
	return c.table("location", "channel", "percent", "floor", "ceiling", "at risk", "level", "rank")
}

// policy is a row in such a table.
func (c *tillsConfig) policy(p *client.TillPolicy) []any {
	return []any{idOrAll(&c.talkConfig, p.LocationID), idOrAll(&c.talkConfig, p.ChannelID), figure(p.Percent), figure(p.Floor), figure(p.Ceiling), c.yesCell(p.AtRisk), figure(p.Level), figure(p.Rank)}
}

// idOrAll is a cell with an id, or all.
func idOrAll(c *talkConfig, id string) string {
	if id == "" {
		return c.cell("all")
	}
	return id
}

// figure is a cell with a figure, empty for none.
func figure(n *int64) any {
	if n == nil {
		return ""
	}
	return *n
}

// yesCell is a cell with yes, no, or nothing.
func (c *tillsConfig) yesCell(is *bool) string {
	if is == nil {
		return ""
	}
	return c.formatYesNo(*is)
}

// sources is a cell with the sources of a policy: one word when all of it comes from one source.
func (c *tillsConfig) sources(from *client.TillSources) string {
	parts := []struct {
		name string
		from client.TillSource
	}{
		{"percent", from.Percent},
		{"floor", from.Floor},
		{"ceiling", from.Ceiling},
		{"at risk", from.AtRisk},
		{"level", from.Level},
		{"rank", from.Rank},
	}
	var order []client.TillSource
	names := map[client.TillSource][]string{}
	for _, p := range parts {
		if names[p.from] == nil {
			order = append(order, p.from)
		}
		names[p.from] = append(names[p.from], c.cell(p.name))
	}
	if len(order) == 1 {
		return c.cell(string(order[0]))
	}
	var all []string
	for _, source := range order {
		all = append(all, c.cell(string(source))+": "+strings.Join(names[source], ", "))
	}
	return strings.Join(all, "; ")
}
