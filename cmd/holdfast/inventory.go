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
	cmd.AddCommand(newInventoryShow(), newInventoryAccounts(), newInventoryWhy(), newInventoryMove(), newInventoryReturn())
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
		t := cfg.amounts("location", "available", "reserved", "on hand", "withheld", "damaged", "quality", "in transit", "incoming", "status")
		return cfg.tell(nil, t, func() {
			for i := range p.Locations {
				at, aside := &p.Locations[i], client.Aside{}
				if at.Aside != nil {
					aside = *at.Aside
				}
				u := declared{p.Unit, p.Scale}
				t.row(at.LocationID, u.amount(at.AvailableStock), u.amount(at.ReservedStock), u.amount(at.OnHand), u.amount(aside.Withheld), u.amount(aside.Damaged),
					u.amount(aside.Quality), u.amount(aside.InTransit), u.amount(aside.Incoming), cfg.cell(string(stateOf(at))))
			}
		})
	})
}

func newInventoryAccounts() *cobra.Command {
	var cfg stockConfig
	var then string
	cmd := cfg.talks(&cobra.Command{
		Use: "accounts PRODUCT", Short: "Show the units of a product account by account", Example: "  holdfast inventory accounts mug --location berlin", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		when, err := cfg.moment("at", then)
		if err != nil {
			return err
		}
		p, err := cfg.c.Accounts.Get(ctx, client.Accounts{ProductID: cfg.args[0], LocationID: cfg.Location, At: when})
		if err != nil {
			return err
		}
		t := cfg.amounts("location", "account", "lot", "units")
		return cfg.tell(nil, t, func() {
			for _, at := range p.Items {
				for _, u := range at.Units {
					t.row(at.LocationID, u.Account, lotText(u.Lot), declared{p.Unit, p.Scale}.amount(u.Quantity))
				}
			}
		})
	})
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only this location")
	cmd.Flags().StringVar(&then, "at", "", "as they were at this time, like 2030-01-31T12:00:00Z or 2030-01-31")
	return cmd
}

func newInventoryWhy() *cobra.Command {
	var cfg stockConfig
	ask := client.Explain{}
	cmd := cfg.talks(&cobra.Command{
		Use: "why PRODUCT", Short: "Show why units of a product can be had now or not", Example: "  holdfast inventory why mug --channel web --quantity 15", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		ask.ProductID, ask.LocationID = cfg.args[0], cfg.Location
		e, err := cfg.c.Accounts.Explain(ctx, ask)
		if err != nil {
			return err
		}
		t := cfg.amounts("location", "units", "why", "account", "lot", "at")
		u := declared{e.Unit, e.Scale}
		return cfg.tell(nil, t, func() {
			for _, item := range e.Items {
				for _, p := range item.Parts {
					t.row(item.LocationID, u.amount(p.Quantity), cfg.cell(p.Cause), p.Account, lotText(p.Lot), formatTime(p.At))
				}
			}
			for _, c := range e.Components {
				t.row("", cfg.unitOf(ctx, c.ProductID).amount(c.Available), cfg.cell("part of the kit"), c.ProductID, "", "")
			}
			t.row(cfg.cell("a reserve gets"), u.amount(e.Obtains), cfg.cell(e.Verdict), "", "", "")
		})
	})
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only this location")
	cmd.Flags().StringVar(&ask.ChannelID, "channel", "", "the channel that sells")
	cmd.Flags().Int64Var(&ask.Quantity, "quantity", 1, "how many a reserve would ask for")
	return cmd
}

func newInventoryMove() *cobra.Command {
	var from, to string
	cmd := newInventoryUnits(&cobra.Command{
		Use:     "move PRODUCT QUANTITY",
		Short:   "Move units from one account to another",
		Example: "  holdfast inventory move mug 3 --from pool/shared --to damaged --reason dropped",
	}, func(ctx context.Context, cfg *stockConfig, u lotUnits) (*client.Inventory, error) {
		return cfg.c.Accounts.Move(ctx, client.Move{
			ProductID: cfg.args[0], LocationID: cfg.Location, From: client.Account(from), To: client.Account(to), Quantity: u.n, Decimal: u.decimal,
			Lot: u.lot, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		})
	})
	cmd.Flags().StringVar(&from, "from", "", "the account that gives: pool/shared, quota/<channel>, withheld, damaged or quality")
	cmd.Flags().StringVar(&to, "to", "", "the account that gets; ext/adjustment writes off what is not for sale")
	markRequired(cmd, "from")
	return markRequired(cmd, "to")
}

func newInventoryReturn() *cobra.Command {
	var order, to string
	var unchecked bool
	cmd := newInventoryUnits(&cobra.Command{
		Use:   "return PRODUCT QUANTITY",
		Short: "Take units back from a customer",
		Long: `With --order no more can come back of the product than has left with that order,
at whatever location, less what was returned before. --unchecked takes units back
all the same; it needs a reason, and the journal says so.`,
		Example: `  holdfast inventory return mug 1 --order o-2 --to quality
  holdfast inventory return mug 1 --order o-2 --unchecked --reason 'bought before the move'`,
	}, func(ctx context.Context, cfg *stockConfig, u lotUnits) (*client.Inventory, error) {
		return cfg.c.Accounts.Return(ctx, client.Return{
			ProductID: cfg.args[0], LocationID: cfg.Location, OrderID: order, Unchecked: unchecked, To: client.Account(to), Quantity: u.n, Decimal: u.decimal,
			Lot: u.lot, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		})
	})
	cmd.Flags().StringVar(&order, "order", "", "the order that they had left with: no more can come back")
	cmd.Flags().BoolVar(&unchecked, "unchecked", false, "take them back whatever the order shows; needs a reason")
	cmd.Flags().StringVar(&to, "to", "", "the account that gets them (default: where the reason sends them, else pool/shared)")
	return cmd
}

// lotUnits is the number of units and their lot in a command.
type lotUnits struct {
	n       int64
	decimal string
	lot     client.Lot
}

// newInventoryUnits makes a command that books units of a product, of a lot or of none, with a
// reason.
func newInventoryUnits(cmd *cobra.Command, book func(context.Context, *stockConfig, lotUnits) (*client.Inventory, error)) *cobra.Command {
	cfg := new(stockConfig)
	cmd.Args = cobra.ExactArgs(2)
	cmd = cfg.stocks(cmd, func(ctx context.Context) (err error) {
		var u lotUnits
		if u.n, u.decimal, err = cfg.amount(); err != nil {
			return err
		}
		if u.lot, err = cfg.lot(); err != nil {
			return err
		}
		return cfg.changed(book(ctx, cfg, u))
	})
	cfg.addReasonFlags(cmd)
	cfg.lots(cmd)
	return cmd
}
