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

// transfersConfig is what "transfers" and its commands are told.
type transfersConfig struct {
	askConfig
	Channel   string
	Expected  string
	Reason    string
	Reference string
	State     string
	Location  string
	From      []string
	DryRun    bool
}

func newTransfers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfers",
		Short: "Move stock between locations: request, approve, ship, receive",
		Long: `Transfers are documents of stock that goes from one location to another. These
commands talk to a running server; docs/guide/transfers.md has the whole story.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: "  holdfast transfers list --url http://127.0.0.1:8080 --state in_transit",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newTransfersList(), newTransfersShow(), newTransfersRequest(), newTransfersApprove(), newTransfersShip(),
		newTransfersReceive(), newTransfersCancel(), newTransfersReplenish(),
		importKind(sheet.KindTransfers, "transfers.csv"), exportKind(sheet.KindTransfers, "transfers.csv"))
	return cmd
}

func newTransfersList() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.asks(asking("list", "List transfers, the newest first", "transfers list --location shop", cobra.NoArgs), cfg.list)
	cmd.Flags().StringVar(&cfg.State, "state", "", "only this: requested, approved, in_transit, received or cancelled")
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only those from or to this location")
	return cmd
}

func newTransfersShow() *cobra.Command {
	var cfg transfersConfig
	return cfg.asks(asking("show TRANSFER", "Show a transfer and what happened to it", "transfers show $TRANSFER", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.send(ctx, http.MethodGet, "/"+url.PathEscape(cfg.args[0]), nil, inWords(cfg.print))
	})
}

func newTransfersRequest() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.asks(asking("request FROM TO PRODUCT=QUANTITY…", "Request units of one location for another", "transfers request hub shop bulb=40 lamp=5 --expected 2030-01-02T08:00:00Z", cobra.MinimumNArgs(3)), func(ctx context.Context) error {
		body := cfg.body()
		body["from_location_id"], body["to_location_id"] = cfg.args[0], cfg.args[1]
		if cfg.Channel != "" {
			body["channel_id"] = cfg.Channel
		}
		if err := cfg.lines(body, cfg.args[2:]); err != nil {
			return err
		}
		return cfg.send(ctx, http.MethodPost, "", body, inWords(cfg.print))
	})
	cmd.Flags().StringVar(&cfg.Channel, "channel", "", "take the units out of this channel's quota")
	cfg.dated(cmd)
	cfg.noted(cmd)
	return cmd
}

func newTransfersApprove() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.act("approve TRANSFER", "Allow a transfer to be shipped", "  holdfast transfers approve $TRANSFER --url http://127.0.0.1:8080", cobra.ExactArgs(1))
	cfg.dated(cmd)
	return cmd
}

func newTransfersShip() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.act("ship TRANSFER [PRODUCT=QUANTITY]…", "Ship a transfer: all of it, or what is named",
		"  holdfast transfers ship $TRANSFER bulb=30 --url http://127.0.0.1:8080", cobra.MinimumNArgs(1))
	cfg.dated(cmd)
	return cmd
}

func newTransfersReceive() *cobra.Command {
	var cfg transfersConfig
	return cfg.act("receive TRANSFER [PRODUCT=QUANTITY[,lost=N][,surplus=N]]…", "Receive a transfer: all that is in transit, or what is named",
		"  holdfast transfers receive $TRANSFER bulb=26,lost=4 --url http://127.0.0.1:8080 --reason 'box crushed'", cobra.MinimumNArgs(1))
}

func newTransfersCancel() *cobra.Command {
	var cfg transfersConfig
	return cfg.act("cancel TRANSFER", "Cancel a transfer; what is in transit goes back",
		"  holdfast transfers cancel $TRANSFER --url http://127.0.0.1:8080 --reason 'lorry turned round'", cobra.ExactArgs(1))
}

// act is a command that does to a transfer what its first word says.
func (c *transfersConfig) act(use, short, example string, args cobra.PositionalArgs) *cobra.Command {
	action, _, _ := strings.Cut(use, " ")
	cmd := c.asks(&cobra.Command{Use: use, Short: short, Example: example, Args: args}, func(ctx context.Context) error {
		body := c.body()
		if len(c.args) > 1 {
			if err := c.lines(body, c.args[1:]); err != nil {
				return err
			}
		}
		return c.send(ctx, http.MethodPost, "/"+url.PathEscape(c.args[0])+"/"+action, body, inWords(c.print))
	})
	c.noted(cmd)
	return cmd
}

func newTransfersReplenish() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "replenish TO PRODUCT=MIN..TARGET… --from LOCATION[,LOCATION]…",
		Short: "Request what a location lacks",
		Long: `Replenish requests transfers for products of which the location has less than
MIN for sale, counting what is already on its way: up to TARGET, from the first
of the locations that can give.`,
		Example: "  holdfast transfers replenish shop bulb=50..120 --from hub --url http://127.0.0.1:8080 --dry-run",
		Args:    cobra.MinimumNArgs(2),
	}, cfg.replenish)
	cmd.Flags().StringSliceVar(&cfg.From, "from", nil, "where the units may come from, the first first")
	cmd.Flags().BoolVar(&cfg.DryRun, "dry-run", false, "request nothing, say what would be")
	cfg.dated(cmd)
	cfg.noted(cmd)
	markRequired(cmd, "from")
	return cmd
}

func (c *transfersConfig) dated(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Expected, "expected", "", "when the units are to arrive, like 2030-01-02T08:00:00Z")
}

func (c *transfersConfig) noted(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&c.Reference, "reference", "", "a number of your own")
}

func (c *transfersConfig) body() map[string]any {
	return filled(map[string]string{"expected_at": c.Expected, "reason": c.Reason, "reference": c.Reference})
}

// lines reads the arguments that name products into the body.
func (c *transfersConfig) lines(body map[string]any, args []string) error {
	var lines []map[string]any
	for _, arg := range args {
		line, err := transferLine(arg)
		if err != nil {
			return c.wrong(err)
		}
		lines = append(lines, line)
	}
	body["lines"] = lines
	return nil
}

// transferLine reads PRODUCT=QUANTITY[,lost=N][,surplus=N]. Whether losses
// belong to what is done is for the server to say.
func transferLine(arg string) (map[string]any, error) {
	product, figures, _ := strings.Cut(arg, "=")
	if product == "" || figures == "" {
		return nil, fmt.Errorf("%q is not like bulb=40 or bulb=26,lost=4", arg)
	}
	line := map[string]any{"product_id": product}
	for said := range strings.SplitSeq(figures, ",") {
		name, value, named := strings.Cut(said, "=")
		if !named {
			name, value = "quantity", said
		}
		if name != "quantity" && name != "lost" && name != "surplus" {
			return nil, fmt.Errorf("%q: there is no %q: a number, lost=N or surplus=N is", arg, name)
		}
		if _, twice := line[name]; twice {
			return nil, fmt.Errorf("%q says its %s twice", arg, name)
		}
		n, err := amount(value)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", arg, err)
		}
		line[name] = n
	}
	return line, nil
}

func (c *transfersConfig) replenish(ctx context.Context) error {
	body := c.body()
	body["dry_run"] = c.DryRun
	var rules []map[string]any
	for _, arg := range c.args[1:] {
		rule, err := replenishRule(arg)
		if err != nil {
			return c.wrong(err)
		}
		rule["to_location_id"], rule["from_location_ids"] = c.args[0], c.From
		rules = append(rules, rule)
	}
	body["rules"] = rules
	return c.send(ctx, http.MethodPost, ":replenish", body, inWords(c.printReplenished))
}

// replenishRule reads PRODUCT=MIN..TARGET.
func replenishRule(arg string) (map[string]any, error) {
	product, figures, _ := strings.Cut(arg, "=")
	least, target, ok := strings.Cut(figures, "..")
	if product == "" || !ok {
		return nil, fmt.Errorf("%q is not like bulb=50..120", arg)
	}
	rule := map[string]any{"product_id": product}
	for name, text := range map[string]string{"min": least, "target": target} {
		n, err := amount(text)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", arg, err)
		}
		rule[name] = n
	}
	return rule, nil
}

// send carries out one call about transfers.
func (c *transfersConfig) send(ctx context.Context, verb, path string, body any, show func([]byte) error) error {
	return c.answer(ctx, verb, "/v1/transfers"+path, body, show)
}
