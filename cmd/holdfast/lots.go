package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sheet"
)

// lotsConfig is what "lots" and its commands are told.
type lotsConfig struct {
	askConfig
	Location string
	Reason   string
	Lift     bool
	Draw     string
	LeadDays int

	set bool // the policy is to be set
}

func newLots() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lots",
		Short: "Show, recall and order the drawing of lots: batches, grades, expiry",
		Long: `Lots are units of a product that have attributes in common, such as a batch and
a date of expiry. These commands talk to a running server; docs/guide/lots.md
has the whole story.

Lots are named by their attributes, like batch=B7: all that have them are meant.`,
		Example: "  holdfast lots list milk --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newLotsList(), newLotsOrders(), newLotsRecall(), newLotsPolicy(),
		importKind(sheet.KindLots, "lots.csv"), exportKind(sheet.KindLots, "lots.csv"))
	return cmd
}

func newLotsList() *cobra.Command {
	var cfg lotsConfig
	return cfg.command(asking("list PRODUCT [ATTRIBUTE=VALUE]…", "List the lots of a product, what expires first first", "lots list milk grade=A --location dairy", cobra.MinimumNArgs(1)), runLotsList)
}

func newLotsOrders() *cobra.Command {
	var cfg lotsConfig
	return cfg.command(asking("orders PRODUCT ATTRIBUTE=VALUE…", "List the orders that hold or have received units of lots", "lots orders milk batch=B7", cobra.MinimumNArgs(2)), runLotsOrders)
}

func newLotsRecall() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.command(asking("recall PRODUCT ATTRIBUTE=VALUE… --reason TEXT", "Take lots from sale, wherever they are, or end that", "lots recall milk batch=B7 --reason 'smells odd'", cobra.MinimumNArgs(2)), runLotsRecall)
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().BoolVar(&cfg.Lift, "lift", false, "end the recall: what is not expired is for sale again")
	markRequired(cmd, "reason")
	return cmd
}

func newLotsPolicy() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.command(asking("policy PRODUCT [--draw fefo|fifo|usual] [--lead-days N]", "Show how lots of a product are drawn, or set it", "lots policy milk --draw fefo --lead-days 2", cobra.ExactArgs(1)), runLotsPolicy)
	cmd.Flags().StringVar(&cfg.Draw, "draw", "usual", "what goes first: fefo, what expires first; fifo, what came first; usual, fefo when a lot expires, fifo else")
	cmd.Flags().IntVar(&cfg.LeadDays, "lead-days", 0, "how many days before they expire units are not sold any more")
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		cfg.set = cmd.Flags().Changed("draw") || cmd.Flags().Changed("lead-days")
	}
	return cmd
}

// command adds to the command what all of them have.
func (c *lotsConfig) command(cmd *cobra.Command, run func(context.Context, *lotsConfig) error) *cobra.Command {
	cmd.Flags().StringVar(&c.Location, "location", "", "only this location; left out: all, and for a policy the default one")
	return c.asks(cmd, func(ctx context.Context) error { return run(ctx, c) })
}

// attributes reads the arguments that name attributes.
func (c *askConfig) attributes(args []string) (map[string]string, error) {
	lot := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if _, twice := lot[name]; !ok || name == "" || value == "" || twice {
			return nil, c.wrong(fmt.Errorf("%q is not like batch=B7, or names an attribute again", arg))
		}
		lot[name] = value
	}
	return lot, nil
}

// address is the path of what is asked of the product.
func (c *lotsConfig) address(of string) string {
	return "/v1/lots/" + url.PathEscape(c.args[0]) + of
}

// body is a request about the location.
func (c *lotsConfig) body() map[string]any {
	return filled(map[string]string{"location_id": c.Location, "reason": c.Reason})
}

func runLotsRecall(ctx context.Context, cfg *lotsConfig) error {
	lot, err := cfg.attributes(cfg.args[1:])
	if err != nil {
		return err
	}
	body := cfg.body()
	body["lot"], body["lift"] = lot, cfg.Lift
	return cfg.answer(ctx, http.MethodPost, cfg.address("/recall"), body, inWords(cfg.printRecall))
}

func runLotsPolicy(ctx context.Context, cfg *lotsConfig) error {
	path := cfg.address("/policy")
	if !cfg.set {
		return cfg.answer(ctx, http.MethodGet, path+where(cfg.Location), nil, inWords(cfg.printPolicy))
	}
	to := cfg.body()
	to["draw"], to["lead_days"] = cfg.Draw, cfg.LeadDays
	return cfg.answer(ctx, http.MethodPut, path, to, inWords(cfg.printPolicy))
}
