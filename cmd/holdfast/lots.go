package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sheet"
)

// lotsConfig is what "lots" and its commands are told.
type lotsConfig struct {
	remoteConfig
	Location string
	Reason   string
	Lift     bool
	Draw     string
	LeadDays int
	JSON     bool

	set         bool // the policy is to be set
	args        []string
	path        string // the command, for its errors
	out, errOut io.Writer
}

func newLots() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lots",
		Short: "Show, recall and order the drawing of lots: batches, grades, expiry",
		Long: `Lots are units of a product that have attributes in common, such as a batch and
a date of expiry. These commands talk to a running server; docs/guide/lots.md
has the whole story.

Lots are named by their attributes, like batch=B7: all that have them are meant.`,
		Example: "  holdfast lots list milk --url http://127.0.0.1:8080 --key $KEY",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newLotsList(), newLotsOrders(), newLotsRecall(), newLotsPolicy(),
		importKind(sheet.KindLots, "lots.csv"), exportKind(sheet.KindLots, "lots.csv"))
	return cmd
}

func newLotsList() *cobra.Command {
	var cfg lotsConfig
	return cfg.command(&cobra.Command{
		Use:     "list PRODUCT [ATTRIBUTE=VALUE]…",
		Short:   "List the lots of a product, what expires first first",
		Example: "  holdfast lots list milk grade=A --url http://127.0.0.1:8080 --key $KEY --location dairy",
		Args:    cobra.MinimumNArgs(1),
	}, runLotsList)
}

func newLotsOrders() *cobra.Command {
	var cfg lotsConfig
	return cfg.command(&cobra.Command{
		Use:     "orders PRODUCT ATTRIBUTE=VALUE…",
		Short:   "List the orders that hold or have received units of lots",
		Example: "  holdfast lots orders milk batch=B7 --url http://127.0.0.1:8080 --key $KEY",
		Args:    cobra.MinimumNArgs(2),
	}, runLotsOrders)
}

func newLotsRecall() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.command(&cobra.Command{
		Use:     "recall PRODUCT ATTRIBUTE=VALUE… --reason TEXT",
		Short:   "Take lots from sale, wherever they are, or end that",
		Example: "  holdfast lots recall milk batch=B7 --url http://127.0.0.1:8080 --key $KEY --reason 'smells odd'",
		Args:    cobra.MinimumNArgs(2),
	}, runLotsRecall)
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().BoolVar(&cfg.Lift, "lift", false, "end the recall: what is not expired is for sale again")
	markRequired(cmd, "reason")
	return cmd
}

func newLotsPolicy() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.command(&cobra.Command{
		Use:     "policy PRODUCT [--draw fefo|fifo|usual] [--lead-days N]",
		Short:   "Show how lots of a product are drawn, or set it",
		Example: "  holdfast lots policy milk --url http://127.0.0.1:8080 --key $KEY --draw fefo --lead-days 2",
		Args:    cobra.ExactArgs(1),
	}, runLotsPolicy)
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
	c.flags(cmd)
	cmd.Flags().StringVar(&c.Location, "location", "", "only this location; left out: all, and for a policy the default one")
	cmd.Flags().BoolVar(&c.JSON, "json", false, "print the server's answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.path, c.out, c.errOut, c.args = cmd.CommandPath(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args
		return run(cmd.Context(), c)
	}
	for _, flag := range []string{"url", "key"} {
		markRequired(cmd, flag)
	}
	return cmd
}

// attributes reads the arguments that name attributes.
func (c *lotsConfig) attributes(args []string) (map[string]string, error) {
	lot := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if _, twice := lot[name]; !ok || name == "" || value == "" || twice {
			return nil, &usageError{err: fmt.Errorf("%q is not like batch=B7, or names an attribute again", arg), path: c.path}
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
	body := map[string]any{}
	if c.Location != "" {
		body["location_id"] = c.Location
	}
	if c.Reason != "" {
		body["reason"] = c.Reason
	}
	return body
}

func runLotsRecall(ctx context.Context, cfg *lotsConfig) error {
	lot, err := cfg.attributes(cfg.args[1:])
	if err != nil {
		return err
	}
	body := cfg.body()
	body["lot"], body["lift"] = lot, cfg.Lift
	answer, err := cfg.write(ctx, cfg.path, cfg.errOut, http.MethodPost, cfg.address("/recall"), body)
	if err != nil {
		return err
	}
	return cfg.show(answer, cfg.printRecall)
}

func runLotsPolicy(ctx context.Context, cfg *lotsConfig) error {
	verb, path, body := http.MethodGet, cfg.address("/policy"), any(nil)
	switch {
	case cfg.set:
		to := cfg.body()
		to["draw"], to["lead_days"] = cfg.Draw, cfg.LeadDays
		verb, body = http.MethodPut, to
	case cfg.Location != "":
		path += "?" + url.Values{"location_id": {cfg.Location}}.Encode()
	}
	answer, err := cfg.write(ctx, cfg.path, cfg.errOut, verb, path, body)
	if err != nil {
		return err
	}
	return cfg.show(answer, cfg.printPolicy)
}

// show prints an answer, as it is or in words.
func (c *lotsConfig) show(answer json.RawMessage, inWords func([]byte) error) error {
	if c.JSON {
		fmt.Fprintf(c.out, "%s\n", answer)
		return nil
	}
	return inWords(answer)
}
