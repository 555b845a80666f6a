package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/sheet"
)

// lotsConfig has the settings of "lots" and its commands.
type lotsConfig struct {
	talkConfig
	Location string
	Reason   string
	Lift     bool
	State    string
	Draw     string
	LeadDays int

	set bool // the policy is to be set
}

func newLots() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lots",
		Short: "Show, recall and order the drawing of lots: batches, grades, expiry",
		Long: `Lots are units of a product that have attributes in common, such as a batch and
a date of expiry. docs/guide/lots.md has the whole story.

Lots are named by their attributes, like batch=B7: all that have them are meant.`,
		Example: "  holdfast lots list milk",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newLotsList(), newLotsOrders(), newLotsRecall(), newLotsRecalls(), newLotsPolicy(),
		importKind(sheet.KindLots, "lots.csv"), exportKind(sheet.KindLots, "lots.csv"))
	return cmd
}

func newLotsList() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "list PRODUCT [ATTRIBUTE=VALUE]…", Short: "List the lots of a product, what expires first first",
		Example: "  holdfast lots list milk grade=A --location dairy", Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.Lots{ProductID: cfg.args[0], LocationID: cfg.Location, PageSize: pageSize}
		var err error
		if r.With, err = cfg.attributes(cfg.args[1:]); err != nil {
			return err
		}
		t := cfg.amounts("location", "lot", "available", "held", "withheld", "damaged", "quality", "expires", "sold")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.LotStock], error) { return cfg.c.Lots.List(ctx, r) },
			func(l *client.LotStock) {
				sold := "yes"
				switch {
				case l.Recalled:
					sold = "recalled"
				case !l.Sellable:
					sold = "expired"
				}
				u := cfg.unitOf(ctx, r.ProductID)
				t.row(l.LocationID, lotText(l.Lot), u.amount(l.Available), u.amount(l.Held), u.amount(l.Withheld), u.amount(l.Damaged), u.amount(l.Quality), formatTime(l.ExpiresAt), cfg.cell(sold))
			})
	})
	return cfg.anywhere(cmd)
}

func newLotsOrders() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "orders PRODUCT ATTRIBUTE=VALUE…", Short: "List the orders that hold or have received units of lots",
		Example: "  holdfast lots orders milk batch=B7", Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		r := client.LotOrders{ProductID: cfg.args[0], LocationID: cfg.Location, PageSize: pageSize}
		var err error
		if r.With, err = cfg.attributes(cfg.args[1:]); err != nil {
			return err
		}
		t := cfg.amounts("order", "location", "customer", "lot", "held", "deducted", "since")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.LotOrder], error) { return cfg.c.Lots.Orders(ctx, r) },
			func(o *client.LotOrder) {
				u := cfg.unitOf(ctx, r.ProductID)
				for _, l := range o.Lots {
					t.row(o.OrderID, o.LocationID, o.CustomerID, lotText(l.Lot), u.amount(l.Held), u.amount(l.Deducted), formatTime(o.ReservedAt))
				}
			})
	})
	return cfg.anywhere(cmd)
}

func newLotsRecall() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "recall PRODUCT ATTRIBUTE=VALUE…", Short: "Take lots from sale, wherever they are and will be, or end that",
		Example: "  holdfast lots recall milk batch=B7 --reason 'smells odd'", Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		lot, err := cfg.attributes(cfg.args[1:])
		if err != nil {
			return err
		}
		done, err := cfg.c.Lots.Recall(ctx, client.RecallLot{ProductID: cfg.args[0], LocationID: cfg.Location, Lot: lot, Lift: cfg.Lift, Reason: cfg.Reason})
		if err != nil {
			return err
		}
		t, u := cfg.amounts("location", "lot", "units", "held", "withheld", "sold"), cfg.unitOf(ctx, cfg.args[0])
		return cfg.tell(nil, t, func() {
			for _, l := range done {
				sold := "yes"
				if l.Recalled {
					sold = "recalled"
				}
				t.row(l.LocationID, lotText(l.Lot), u.amount(l.Quantity), u.amount(l.Held), u.amount(l.Withheld), cfg.cell(sold))
			}
		})
	})
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().BoolVar(&cfg.Lift, "lift", false, "end the recall: what is not expired is for sale again")
	return markRequired(cfg.anywhere(cmd), "reason")
}

func newLotsRecalls() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.talks(&cobra.Command{
		Use: "recalls [PRODUCT]", Short: "List recalls of lots",
		Example: "  holdfast lots recalls milk", Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.Recalls{State: cfg.State, PageSize: pageSize}
		if len(cfg.args) > 0 {
			r.ProductID = cfg.args[0]
		}
		t := cfg.table("product", "location", "lot", "state", "since", "reason", "lifted")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Recall], error) { return cfg.c.Lots.Recalls(ctx, r) },
			func(k *client.Recall) {
				t.row(k.ProductID, k.LocationID, lotText(k.Lot), k.State, formatTime(k.Since), k.Reason, formatTime(k.LiftedAt))
			})
	})
	cmd.Flags().StringVar(&cfg.State, "state", "", "only those: in_force or lifted")
	return cmd
}

func newLotsPolicy() *cobra.Command {
	var cfg lotsConfig
	cmd := cfg.writes(&cobra.Command{
		Use: "policy PRODUCT", Short: "Show how lots of a product are drawn, or set it",
		Long: `Policy shows how lots of a product are drawn at a location. With --draw or --lead-days
it sets it, both of them.`,
		Example: "  holdfast lots policy milk --draw fefo --lead-days 2", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		p, err := cfg.policy(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("product", "location", "drawn", "days before")
		return cfg.tell(nil, t, func() { t.row(p.ProductID, p.LocationID, p.Draw, p.LeadDays) })
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "location (default: the tenant's default location)")
	f.StringVar(&cfg.Draw, "draw", "usual", "what goes first: fefo, what expires first; fifo, what came first; usual, fefo when a lot expires, fifo else")
	f.IntVar(&cfg.LeadDays, "lead-days", 0, "how many days before they expire the sale of units ends")
	f.StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		cfg.set = cmd.Flags().Changed("draw") || cmd.Flags().Changed("lead-days")
	}
	return cmd
}

// policy reads the policy, or sets it.
func (c *lotsConfig) policy(ctx context.Context) (*client.LotPolicy, error) {
	if !c.set {
		return c.c.Lots.Policy(ctx, client.LotPolicyOf{ProductID: c.args[0], LocationID: c.Location})
	}
	return c.c.Lots.SetPolicy(ctx, client.SetLotPolicy{
		ProductID: c.args[0], LocationID: c.Location, Draw: client.DrawOrder(c.Draw), LeadDays: c.LeadDays, Reason: c.Reason,
	})
}

func (c *lotsConfig) anywhere(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&c.Location, "location", "", "only this location")
	return cmd
}

// lotText is a lot as its attributes are given to the commands.
func lotText(lot client.Lot) string {
	words := make([]string, 0, len(lot))
	for _, name := range slices.Sorted(maps.Keys(lot)) {
		words = append(words, name+"="+lot[name])
	}
	return strings.Join(words, " ")
}
