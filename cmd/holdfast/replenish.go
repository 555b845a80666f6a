package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// replenishConfig is what "replenish" and its commands are told.
type replenishConfig struct {
	askConfig

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
request what it lacks, every so often. These commands talk to a running server;
docs/guide/transfers.md has the whole story. What a location lacks now is requested
by "holdfast transfers replenish".`,
		Example: "  holdfast replenish list --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newReplenishList(), newReplenishShow(), newReplenishSet(), newReplenishDrop())
	return cmd
}

func newReplenishList() *cobra.Command {
	var cfg replenishConfig
	return cfg.asks(asking("list", "List the rules", "replenish list", cobra.NoArgs), cfg.list)
}

func newReplenishShow() *cobra.Command {
	var cfg replenishConfig
	return cfg.asks(asking("show RULE", "Show a rule, and when it is carried out next", "replenish show fuses", cobra.ExactArgs(1)), func(ctx context.Context) error { return cfg.one(ctx, http.MethodGet, nil) })
}

func newReplenishDrop() *cobra.Command {
	var cfg replenishConfig
	return cfg.asks(asking("drop RULE", "Take a rule away; transfers that it has requested stay", "replenish drop fuses", cobra.ExactArgs(1)), cfg.drop)
}

func newReplenishSet() *cobra.Command {
	var cfg replenishConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "set RULE",
		Short: "Set a rule: all of it, whatever it was before",
		Long: `Set stores a rule. Where a location has less than --min of a product for sale, what is
on its way counted, the servers request units up to --target, from the first location
that can give; at the end of each period of --every. Quantities are in smallest units.`,
		Example: `  holdfast replenish set fuses --to shop --from hub --product fuse --min 10 --target 20 --multiple 12 --every 1h --url http://127.0.0.1:8080`,
		Args:    cobra.ExactArgs(1),
	}, cfg.set)
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

const replenishmentsPath = "/v1/replenishments"

// one makes a call about the rule that is named and prints the answer.
func (c *replenishConfig) one(ctx context.Context, verb string, body any) error {
	return c.answer(ctx, verb, replenishmentsPath+"/"+url.PathEscape(c.args[0]), body, inWords(func(r *ruleAnswer) error {
		t := c.table()
		t.row(r.row()...)
		return t.Flush()
	}))
}

func (c *replenishConfig) set(ctx context.Context) error {
	body, err := c.rule()
	if err != nil {
		return c.wrong(err)
	}
	return c.one(ctx, http.MethodPut, body)
}

// rule is the body that sets it.
func (c *replenishConfig) rule() (map[string]any, error) {
	switch {
	case c.To == "" || len(c.From) == 0:
		return nil, errors.New("--to and --from must be given")
	case c.Every <= 0 || c.Every%time.Second != 0:
		return nil, fmt.Errorf("--every %v: it must be given, in whole seconds", c.Every)
	}
	body := map[string]any{
		"to_location_id": c.To, "from_location_ids": c.From, "min": c.Min, "target": c.Target, "multiple": c.Multiple,
		"active": !c.Paused, "every_seconds": int64(c.Every / time.Second),
	}
	if len(c.Products) > 0 {
		body["product_ids"] = c.Products
	}
	return body, nil
}

func (c *replenishConfig) drop(ctx context.Context) error {
	return c.answer(ctx, http.MethodDelete, replenishmentsPath+"/"+url.PathEscape(c.args[0]), nil, func([]byte) error {
		_, err := fmt.Fprintf(c.out, "there is no rule %s\n", c.args[0])
		return err
	})
}

func (c *replenishConfig) list(ctx context.Context) error {
	t := c.table()
	return list(ctx, &c.askConfig, replenishmentsPath, url.Values{}, t, func(r *ruleAnswer) { t.row(r.row()...) })
}
