package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/sheet"
)

// transfersConfig has the settings of "transfers" and its commands.
type transfersConfig struct {
	talkConfig
	Channel, Expected, Reason, Reference, State, Location string
	From                                                  []string
	DryRun                                                bool
}

func newTransfers() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transfers",
		Short: "Move stock between locations: request, approve, ship, receive",
		Long: `Transfers are documents of stock that goes from one location to another.
docs/guide/transfers.md has the whole story.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: "  holdfast transfers list --state in_transit",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newTransfersList(), newTransfersShow(), newTransfersRequest(), newTransfersApprove(), newTransfersShip(),
		newTransfersReceive(), newTransfersCancel(), newTransfersReplenish(),
		importKind(sheet.KindTransfers, "transfers.csv"), exportKind(sheet.KindTransfers, "transfers.csv"))
	return cmd
}

func newTransfersList() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "list", Short: "List transfers, the newest first", Example: "  holdfast transfers list --location shop", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.Transfers{State: client.TransferState(cfg.State), LocationID: cfg.Location, PageSize: pageSize}
		t := cfg.transfers()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Transfer], error) { return cfg.c.Transfers.List(ctx, r) },
			func(tr *client.Transfer) { cfg.transfer(t, tr) })
	})
	cmd.Flags().StringVar(&cfg.State, "state", "", "only this: requested, approved, in_transit, received or cancelled")
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only those from or to this location")
	return cmd
}

func newTransfersShow() *cobra.Command {
	var cfg transfersConfig
	return cfg.talks(&cobra.Command{
		Use: "show TRANSFER", Short: "Show a transfer and what happened to it", Example: "  holdfast transfers show $TRANSFER", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		t, err := cfg.c.Transfers.Get(ctx, cfg.args[0])
		return cfg.print(t, err)
	})
}

func newTransfersRequest() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "request FROM TO PRODUCT=QUANTITY…", Short: "Request units of one location for another",
		Example: "  holdfast transfers request hub shop bulb=40 lamp=5 --expected 2030-01-02T08:00:00Z", Args: cobra.MinimumNArgs(3),
	}, func(ctx context.Context) error {
		r := client.CreateTransfer{FromLocationID: cfg.args[0], ToLocationID: cfg.args[1], ChannelID: cfg.Channel, Reason: cfg.Reason, Reference: cfg.Reference}
		var err error
		if r.ExpectedAt, err = cfg.expected(); err != nil {
			return err
		}
		if r.Lines, err = cfg.items(cfg.args[2:]); err != nil {
			return err
		}
		t, err := cfg.c.Transfers.Create(ctx, r)
		return cfg.print(t, err)
	})
	cmd.Flags().StringVar(&cfg.Channel, "channel", "", "take the units out of this channel's quota")
	cfg.dated(cmd)
	cfg.noted(cmd)
	return cmd
}

func newTransfersApprove() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "approve TRANSFER", Short: "Allow a transfer to be shipped", Example: "  holdfast transfers approve $TRANSFER", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		moment, err := cfg.expected()
		if err != nil {
			return err
		}
		t, err := cfg.c.Transfers.Approve(ctx, client.ApproveTransfer{TransferID: cfg.args[0], ExpectedAt: moment, Reason: cfg.Reason, Reference: cfg.Reference})
		return cfg.print(t, err)
	})
	cfg.dated(cmd)
	cfg.noted(cmd)
	return cmd
}

func newTransfersShip() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "ship TRANSFER [PRODUCT=QUANTITY]…", Short: "Ship a transfer: all of it, or what is named",
		Example: "  holdfast transfers ship $TRANSFER bulb=30", Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		moment, err := cfg.expected()
		if err != nil {
			return err
		}
		items, err := cfg.items(cfg.args[1:])
		if err != nil {
			return err
		}
		t, err := cfg.c.Transfers.Ship(ctx, client.ShipTransfer{TransferID: cfg.args[0], Lines: items, ExpectedAt: moment, Reason: cfg.Reason, Reference: cfg.Reference})
		return cfg.print(t, err)
	})
	cfg.dated(cmd)
	cfg.noted(cmd)
	return cmd
}

func newTransfersReceive() *cobra.Command {
	var cfg transfersConfig
	var order string
	cmd := cfg.writes(&cobra.Command{
		Use: "receive TRANSFER [PRODUCT=QUANTITY[,lost=N][,surplus=N]]…", Short: "Receive a transfer: all that is in transit, or what is named",
		Example: "  holdfast transfers receive $TRANSFER bulb=26,lost=4 --reason 'box crushed'\n  holdfast transfers receive $TRANSFER --for-order A-7", Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.ReceiveTransfer{TransferID: cfg.args[0], ForOrderID: order, Reason: cfg.Reason, Reference: cfg.Reference}
		for _, arg := range cfg.args[1:] {
			line, err := transferReceipt(arg)
			if err != nil {
				return cfg.usageError(err)
			}
			r.Lines = append(r.Lines, line)
		}
		t, err := cfg.c.Transfers.Receive(ctx, r)
		return cfg.print(t, err)
	})
	cmd.Flags().StringVar(&order, "for-order", "", "the order that they came for: it gets what it waits for before others")
	cfg.noted(cmd)
	return cmd
}

func newTransfersCancel() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "cancel TRANSFER", Short: "Cancel a transfer; what is in transit goes back",
		Example: "  holdfast transfers cancel $TRANSFER --reason 'lorry turned round'", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		t, err := cfg.c.Transfers.Cancel(ctx, client.CancelTransfer{TransferID: cfg.args[0], Reason: cfg.Reason, Reference: cfg.Reference})
		return cfg.print(t, err)
	})
	cfg.noted(cmd)
	return cmd
}

func newTransfersReplenish() *cobra.Command {
	var cfg transfersConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "replenish TO PRODUCT=MIN..TARGET…",
		Short: "Request what a location lacks",
		Long: `Replenish requests transfers for products of which the location has less than
MIN for sale, counting what is already on its way: up to TARGET, from the first
of the locations of --from that can give.`,
		Example: "  holdfast transfers replenish shop bulb=50..120 --from hub --dry-run",
		Args:    cobra.MinimumNArgs(2),
	}, cfg.replenish)
	cmd.Flags().StringSliceVar(&cfg.From, "from", nil, "where the units may come from, the first first")
	cmd.Flags().BoolVar(&cfg.DryRun, "dry-run", false, "request nothing, say what would be")
	cfg.dated(cmd)
	cfg.noted(cmd)
	return markRequired(cmd, "from")
}

func (c *transfersConfig) replenish(ctx context.Context) error {
	r := client.Replenish{DryRun: c.DryRun, Reason: c.Reason, Reference: c.Reference}
	var err error
	if r.ExpectedAt, err = c.expected(); err != nil {
		return err
	}
	for _, arg := range c.args[1:] {
		rule, err := replenishRule(arg)
		if err != nil {
			return c.usageError(err)
		}
		rule.ToLocationID, rule.FromLocationIDs = c.args[0], c.From
		r.Rules = append(r.Rules, rule)
	}
	done, err := c.c.Transfers.Replenish(ctx, r)
	if err != nil {
		return err
	}
	return c.printReplenished(ctx, done)
}

func (c *transfersConfig) dated(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Expected, "expected", "", "when the units are to arrive, like 2030-01-02T08:00:00Z")
}

func (c *transfersConfig) expected() (time.Time, error) { return c.moment("expected", c.Expected) }

func (c *transfersConfig) noted(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&c.Reference, "reference", "", "a number of your own")
}

// items reads PRODUCT=QUANTITY.
func (c *transfersConfig) items(args []string) ([]client.TransferItem, error) {
	lines, err := c.lines(args, "", false)
	items := make([]client.TransferItem, len(lines))
	for i, l := range lines {
		items[i] = client.TransferItem{ProductID: l.ProductID, Quantity: l.Quantity, Decimal: l.Decimal}
	}
	return items, err
}
