package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newInventory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "See where the units of a product are, move them, take them back",
		Long: `Each unit of a product at a location is in one account: for sale to all (pool/shared)
or to one channel (quota/<channel>), held by orders, withheld, damaged, in quality
control. docs/guide/order-life.md has the whole story.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: "  holdfast inventory show mug",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newInventoryShow(), newInventoryAccounts(), newInventoryMove(), newInventoryReturn())
	return cmd
}

func newInventoryShow() *cobra.Command {
	var cfg stockConfig
	return cfg.talks(&cobra.Command{
		Use: "show PRODUCT", Short: "Show how many units of a product each location has", Example: "  holdfast inventory show mug", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		p, err := cfg.c.Product(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		t := cfg.table("location", "available", "reserved", "on hand", "withheld", "damaged", "quality", "in transit", "incoming", "status")
		return cfg.tell(nil, t, func() {
			for i := range p.Locations {
				at, aside := &p.Locations[i], client.Aside{}
				if at.Aside != nil {
					aside = *at.Aside
				}
				t.row(at.LocationID, at.AvailableStock, at.ReservedStock, at.OnHand, aside.Withheld, aside.Damaged, aside.Quality,
					aside.InTransit, aside.Incoming, cfg.cell(string(at.Status)))
			}
		})
	})
}

func newInventoryAccounts() *cobra.Command {
	var cfg stockConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "accounts PRODUCT", Short: "Show the units of a product account by account", Example: "  holdfast inventory accounts mug --location berlin", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		p, err := cfg.c.Accounts.Get(ctx, client.Accounts{ProductID: cfg.args[0], LocationID: cfg.Location})
		if err != nil {
			return err
		}
		t := cfg.table("location", "account", "lot", "units")
		return cfg.tell(nil, t, func() {
			for _, at := range p.Items {
				for _, u := range at.Units {
					t.row(at.LocationID, u.Account, lotText(u.Lot), u.Quantity)
				}
			}
		})
	})
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only this location")
	return cmd
}

func newInventoryMove() *cobra.Command {
	var cfg stockConfig
	var from, to string
	cmd := cfg.stocks(&cobra.Command{
		Use:     "move PRODUCT QUANTITY",
		Short:   "Move units from one account to another",
		Example: "  holdfast inventory move mug 3 --from pool/shared --to damaged --reason dropped",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		n, decimal, err := cfg.amount()
		if err != nil {
			return err
		}
		lot, err := cfg.lot()
		if err != nil {
			return err
		}
		return cfg.changed(cfg.c.Accounts.Move(ctx, client.Move{
			ProductID: cfg.args[0], LocationID: cfg.Location, From: client.Account(from), To: client.Account(to), Quantity: n, Decimal: decimal,
			Lot: lot, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		}))
	})
	cfg.why(cmd)
	cfg.lots(cmd)
	cmd.Flags().StringVar(&from, "from", "", "the account that gives: pool/shared, quota/<channel>, withheld, damaged or quality")
	cmd.Flags().StringVar(&to, "to", "", "the account that gets; ext/adjustment writes off what is not for sale")
	markRequired(cmd, "from")
	return markRequired(cmd, "to")
}

func newInventoryReturn() *cobra.Command {
	var cfg stockConfig
	var order, to string
	cmd := cfg.stocks(&cobra.Command{
		Use:     "return PRODUCT QUANTITY",
		Short:   "Take units back from a customer",
		Example: "  holdfast inventory return mug 1 --order o-2 --to quality",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		n, decimal, err := cfg.amount()
		if err != nil {
			return err
		}
		lot, err := cfg.lot()
		if err != nil {
			return err
		}
		return cfg.changed(cfg.c.Accounts.Return(ctx, client.Return{
			ProductID: cfg.args[0], LocationID: cfg.Location, OrderID: order, To: client.Account(to), Quantity: n, Decimal: decimal,
			Lot: lot, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		}))
	})
	cfg.why(cmd)
	cfg.lots(cmd)
	cmd.Flags().StringVar(&order, "order", "", "the order that they had left with, for the journal")
	cmd.Flags().StringVar(&to, "to", "", "the account that gets them (default: where the reason sends them, else pool/shared)")
	return cmd
}
