package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newTillsCount() *cobra.Command {
	var cfg tillsConfig
	return cfg.talks(&cobra.Command{
		Use: "count", Short: "Count the tills by their states", Example: "  holdfast tills count", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		n, err := cfg.c.Tills.Count(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("tills", "synced", "behind", "behind since", "away", "away since", "stale", "unpaired", "clocks off")
		return cfg.tell(nil, t, func() {
			t.row(n.Total, n.Synced, n.Behind, formatTime(n.BehindSince), n.Away, formatTime(n.AwaySince), n.Refused, n.Unpaired, n.Skewed)
		})
	})
}

func newTillsStock() *cobra.Command {
	var cfg tillsConfig
	return cfg.talks(&cobra.Command{
		Use: "stock TILL", Short: "Show what a till has to itself of each product", Example: "  holdfast tills stock till-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.amounts("product", "units", "handed back to", "on hand")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.TillStock], error) {
			return cfg.c.Tills.Stock(ctx, cfg.args[0], r)
		}, func(has *client.TillStock) {
			u, keep := declared{has.Unit, has.Scale}, any("")
			if has.Keep != nil {
				keep = u.amount(*has.Keep)
			}
			t.row(has.ProductID, u.amount(has.Units), keep, u.amount(has.OnHand))
		})
	})
}

func newTillsOrders() *cobra.Command {
	var cfg tillsConfig
	return cfg.talks(&cobra.Command{
		Use: "orders TILL", Short: "List the online orders that a till may take on, and those that it keeps", Example: "  holdfast tills orders till-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.amounts("order", "state", "channel", "since", "product", "units", "cancel asked")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.OnlineOrder], error) {
			return cfg.c.Tills.Orders(ctx, cfg.args[0], r)
		}, func(o *client.OnlineOrder) {
			for _, line := range o.Lines {
				t.row(o.OrderID, cfg.cell(string(o.State)), o.ChannelID, formatTime(o.CreatedAt), line.ProductID, declared{line.Unit, line.Scale}.amount(line.Quantity), formatTime(o.CancelAskedAt))
			}
		})
	})
}
