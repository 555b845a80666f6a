package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// onlineOrdersConfig has the settings of "online-orders" and its commands.
type onlineOrdersConfig struct {
	talkConfig

	Reason string
}

func newOnlineOrders() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "online-orders",
		Short: "See and answer, at a till, the orders of its centre",
		Long: `An order that was made at the centre for the location of a till, and that is paid, is offered
to the tills there. These commands talk to a till: --url is its address.
docs/guide/tills.md has the whole story.`,
		Example: "  holdfast online-orders list --url http://till.shop.example:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newOnlineOrdersList(), newOnlineOrdersAccept(), newOnlineOrdersDecline(), newOnlineOrdersCancel(), newOnlineOrdersKeep())
	return cmd
}

func newOnlineOrdersList() *cobra.Command {
	var cfg onlineOrdersConfig
	return cfg.talks(&cobra.Command{
		Use: "list", Short: "List the orders of the centre that the till may take on or serves, the oldest first",
		Example: "  holdfast online-orders list", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		all, err := cfg.c.Tills.Online(ctx)
		if err != nil {
			return err
		}
		t := cfg.onlineOrders()
		return cfg.tell(nil, t, func() {
			for i := range all {
				cfg.onlineOrder(t, &all[i])
			}
		})
	})
}

func newOnlineOrdersAccept() *cobra.Command {
	var cfg onlineOrdersConfig
	return cfg.writes(&cobra.Command{
		Use: "accept ORDER", Short: "Take an order of the centre on",
		Long: `Accept takes an order on, with the line to the centre or without. In the till's books it
is the order ORDER@centre: "holdfast deduct" says that it was served.`,
		Example: "  holdfast online-orders accept web-17", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		o, err := cfg.c.Tills.Accept(ctx, cfg.args[0])
		return cfg.print(o, err)
	})
}

func newOnlineOrdersDecline() *cobra.Command {
	var cfg onlineOrdersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "decline ORDER", Short: "Say that the store does not serve an order of the centre",
		Example: "  holdfast online-orders decline web-17 --reason 'no milk'", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if cfg.Reason == "" {
			return cfg.usageError(errors.New("--reason must be given"))
		}
		if err := cfg.c.Tills.Decline(ctx, cfg.args[0], cfg.Reason); err != nil {
			return err
		}
		return cfg.printGone("order %s is declined", cfg.args[0])
	})
	return cfg.reasoned(cmd, "why, for the caller of the order")
}

func newOnlineOrdersCancel() *cobra.Command {
	var cfg onlineOrdersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "cancel ORDER", Short: "Give an order of the centre up that the till had accepted",
		Example: "  holdfast online-orders cancel web-17", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Tills.Cancel(ctx, cfg.args[0], cfg.Reason); err != nil {
			return err
		}
		return cfg.printGone("order %s is cancelled", cfg.args[0])
	})
	return cfg.reasoned(cmd, "why, for the journal")
}

func newOnlineOrdersKeep() *cobra.Command {
	var cfg onlineOrdersConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "keep ORDER", Short: "Answer that an order stays which the centre wants cancelled",
		Example: "  holdfast online-orders keep web-17 --reason 'it is made already'", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		o, err := cfg.c.Tills.Keep(ctx, cfg.args[0], cfg.Reason)
		return cfg.print(o, err)
	})
	return cfg.reasoned(cmd, "why, for the journal")
}

// reasoned gives a command a reason.
func (c *onlineOrdersConfig) reasoned(cmd *cobra.Command, usage string) *cobra.Command {
	cmd.Flags().StringVar(&c.Reason, "reason", "", usage)
	return cmd
}

func (c *onlineOrdersConfig) print(o *client.OnlineOrder, err error) error {
	if err != nil {
		return err
	}
	t := c.onlineOrders()
	return c.tell(nil, t, func() { c.onlineOrder(t, o) })
}

// onlineOrders is a table for online orders.
func (c *onlineOrdersConfig) onlineOrders() *table {
	return c.table("order", "state", "products", "channel", "customer", "ordered", "kept", "asked to cancel", "note")
}

// onlineOrder adds a row to such a table.
func (c *onlineOrdersConfig) onlineOrder(t *table, o *client.OnlineOrder) {
	products := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		products[i] = fmt.Sprintf("%s=%s", l.ProductID, declared{l.Unit, l.Scale}.bare(l.Quantity))
	}
	asked := formatTime(o.CancelAskedAt)
	if o.CancelRefused {
		asked += c.cell(" (refused)")
	}
	kept := c.cell("no")
	if o.Kept {
		kept = c.cell("yes")
	}
	t.row(o.OrderID, c.cell(string(o.State)), strings.Join(products, " "), o.ChannelID, o.CustomerID, formatTime(o.CreatedAt), kept, asked, o.Note)
}
