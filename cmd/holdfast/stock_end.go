package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

func newRetire() *cobra.Command {
	var cfg stockConfig
	var to, when string
	var writeOff bool
	cmd := cfg.writes(&cobra.Command{
		Use:   "retire PRODUCT",
		Short: "Take a product out of use",
		Long: `Retire takes a product out of use at one location, or everywhere. It is refused while
orders hold it, and while there are units that are neither moved (--move-to) nor written
off (--write-off). The journal keeps it; reinstate brings it back.

Units that a till has are called back first, and the product is off sale meanwhile. If
the till does not hand back within 5 s, or with --when now, the call is refused with
the names of the tills.`,
		Example: `  holdfast retire mug --write-off --reason "no longer made"
  holdfast retire mug --location berlin --move-to hamburg`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if to != "" && writeOff {
			return cfg.usageError(errors.New("--move-to and --write-off exclude each other"))
		}
		r, err := cfg.c.Retire(ctx, client.Retire{
			ProductID: cfg.args[0], LocationID: cfg.Location, MoveStockTo: to, WriteOff: writeOff, When: client.RetireWhen(when), Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference,
		})
		return cfg.retired(r, err)
	})
	cfg.addReasonFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only at this location")
	f.StringVar(&to, "move-to", "", "the location that its units go to")
	f.BoolVar(&writeOff, "write-off", false, "write its units off")
	f.StringVar(&when, "when", "", "when tills have units: now refuses, drained calls them back first (default drained)")
	return cmd
}

func newReinstate() *cobra.Command {
	var cfg stockConfig
	cmd := cfg.writes(&cobra.Command{
		Use:     "reinstate PRODUCT",
		Short:   "Bring a retired product back into use",
		Example: "  holdfast reinstate mug --location berlin",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r, err := cfg.c.Reinstate(ctx, client.Reinstate{ProductID: cfg.args[0], LocationID: cfg.Location, Reason: cfg.Reason, ReasonCode: cfg.Code, Reference: cfg.Reference})
		return cfg.retired(r, err)
	})
	cfg.addReasonFlags(cmd)
	cmd.Flags().StringVar(&cfg.Location, "location", "", "only at this location")
	return cmd
}

// retired prints the levels that were taken out of use, or back into it.
func (c *stockConfig) retired(r *client.Retired, err error) error {
	if err != nil {
		return err
	}
	t := c.levels()
	return c.tell(nil, t, func() {
		for i := range r.Items {
			c.level(t, &r.Items[i])
		}
	})
}

func newSold() *cobra.Command {
	var cfg stockConfig
	var order, channel, moment string
	cmd := cfg.stocks(&cobra.Command{
		Use:   "sold PRODUCT QUANTITY",
		Short: "Book a sale that has happened elsewhere",
		Long: `Sold books a sale that has happened, such as one of a till that was offline. It is not
refused for want of units: what there was none of opens a case (holdfast cases).`,
		Example: "  holdfast sold mug 2 --order till-3-0815 --at 2030-01-31T18:02:00Z --channel store",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		n, decimal, err := cfg.amount()
		if err != nil {
			return err
		}
		when, err := cfg.moment("at", moment)
		if err != nil {
			return err
		}
		if when.IsZero() {
			when = time.Now()
		}
		s, err := cfg.c.Accounts.SellElsewhere(ctx, client.SellElsewhere{
			OrderID: order, ProductID: cfg.args[0], LocationID: cfg.Location, ChannelID: channel,
			Quantity: n, Decimal: decimal, At: when, Reference: cfg.Reference, ReasonCode: cfg.Code,
		})
		if err != nil {
			return err
		}
		t := cfg.amounts("product", "location", "available", "reserved", "on hand", "oversold", "case")
		return cfg.tell(&holdfastv1.ElsewhereSale{}, t, func() {
			i := &s.Inventory
			u := declared{i.Unit, i.Scale}
			t.row(i.ProductID, i.LocationID, u.amount(i.AvailableStock), u.amount(i.ReservedStock), u.amount(i.OnHand), u.amount(s.Oversold), s.CaseID)
		})
	})
	f := cmd.Flags()
	f.StringVar(&order, "order", "", "the order's id, or the receipt's")
	f.StringVar(&channel, "channel", "", "the channel that sold it")
	f.StringVar(&moment, "at", "", "when it was sold, like 2030-01-31T18:02:00Z (default: now)")
	f.StringVar(&cfg.Reference, "reference", "", "a number of your own")
	f.StringVar(&cfg.Code, "reason-code", "", reasonCodeUsage)
	markRequired(cmd, "order")
	return cmd
}
