package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// orderConfig has the settings of the daily commands about an order.
type orderConfig struct {
	stockConfig
	Quantity string
}

// printOrder prints what an order holds.
func printOrder(c *talkConfig, shape proto.Message, o *client.Order, err error) error {
	if err != nil {
		return err
	}
	t := c.amounts("order", "product", "location", "channel", "held", "deducted", "released", "state", "until")
	return c.tell(shape, t, func() {
		for i := range o.Reservations {
			r := &o.Reservations[i]
			u := declared{r.Unit, r.Scale}
			t.row(r.OrderID, r.ProductID, r.LocationID, r.ChannelID, u.amount(r.Quantity), u.amount(r.Deducted), u.amount(r.Released), c.cell(string(r.State)), deadlineText(c, r))
		}
	})
}

// deadlineText is how long a reservation is held.
func deadlineText(c *talkConfig, r *client.Reservation) string {
	switch {
	case r.State != client.Active:
		return "" // it has ended
	case r.Committed:
		return c.cell("committed")
	}
	return formatTime(r.ExpiresAt)
}

func newReserve() *cobra.Command {
	var cfg orderConfig
	var channel, customer string
	var lasts time.Duration
	var partial, promised bool
	cmd := cfg.stocks(&cobra.Command{
		Use:   "reserve ORDER PRODUCT=QUANTITY…",
		Short: "Promise units to an order",
		Long: `Reserve promises units to an order, all lines or none of them. The same command again
is the same reservation. What is neither deducted nor released in time is given back.`,
		Example: `  holdfast reserve o-1 mug=2 cup=1
  holdfast reserve o-1 coffee=0.250 --location berlin --channel web --for 2h`,
		Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		if err := cfg.seconds("for", lasts); err != nil {
			return err
		}
		items, err := cfg.lines(cfg.args[1:], cfg.Location, false)
		if err != nil {
			return err
		}
		o, err := cfg.c.Reserve(ctx, client.Reserve{
			OrderID: cfg.args[0], Items: items, ChannelID: channel, CustomerID: customer, TTL: lasts, Partial: partial, AcceptPromised: promised,
		})
		if err := printOrder(&cfg.talkConfig, &holdfastv1.ReserveResponse{}, o, err); err != nil {
			return err
		}
		for _, s := range o.Shortages {
			u := cfg.unitOf(ctx, s.ProductID)
			fmt.Fprintf(cfg.errOut, cfg.words.translate("%s at %s: %s asked, %s available")+"\n", s.ProductID, s.LocationID, u.amount(s.Requested), u.amount(s.Available))
		}
		return nil
	})
	f := cmd.Flags()
	f.StringVar(&channel, "channel", "", "the channel that sells")
	f.StringVar(&customer, "customer", "", "who orders, where a campaign limits what one has")
	f.DurationVar(&lasts, "for", 0, "how long it is held, like 2h (default 30m)")
	f.BoolVar(&partial, "partial", false, "take what there is")
	f.BoolVar(&promised, "accept-promised", false, "also take what is sold before it is there")
	return cmd
}

func newDeduct() *cobra.Command {
	var cfg orderConfig
	cmd := cfg.ends("deduct", "Let what an order holds leave with it", func(ctx context.Context) error {
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Deduct(ctx, client.Deduct{
			OrderID: line.OrderID, ProductID: line.ProductID, LocationID: line.LocationID, Quantity: line.Quantity, Decimal: line.Decimal, Lot: line.Lot,
		})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	return cmd
}

func newRelease() *cobra.Command {
	var cfg orderConfig
	cmd := cfg.ends("release", "Give back what an order holds", func(ctx context.Context) error {
		line, err := cfg.line()
		if err != nil {
			return err
		}
		line.Reason, line.ReasonCode = cfg.Reason, cfg.Code
		o, err := cfg.c.Release(ctx, line)
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	cmd.Flags().StringVar(&cfg.Code, "reason-code", "", reasonCodeUsage)
	return cmd
}

// ends is a command that ends what an order holds.
func (c *orderConfig) ends(name, short string, run func(context.Context) error) *cobra.Command {
	cmd := c.orderCommand(name, short, run)
	cmd.Flags().StringVar(&c.Quantity, "quantity", "", "only so many of the product")
	c.lots(cmd)
	return cmd
}

// orderCommand is a command about everything that an order holds, or about one product of it.
func (c *orderConfig) orderCommand(name, short string, run func(context.Context) error) *cobra.Command {
	return c.stocks(&cobra.Command{
		Use:     name + " ORDER [PRODUCT]",
		Short:   short,
		Long:    short + ": all of it, or of one product.",
		Example: "  holdfast " + name + " o-1\n  holdfast " + name + " o-1 mug --location berlin",
		Args:    cobra.RangeArgs(1, 2),
	}, run)
}

// line is the part of the order that the arguments name.
func (c *orderConfig) line() (client.Release, error) {
	r := client.Release{OrderID: c.args[0], LocationID: c.Location}
	var err error
	if len(c.args) > 1 {
		r.ProductID = c.args[1]
	} else if c.Quantity != "" || len(c.Lot) > 0 || c.Location != "" {
		return r, c.usageError(errors.New("--quantity, --lot and --location belong to one PRODUCT"))
	}
	if c.Quantity != "" {
		if r.Quantity, r.Decimal, err = units(c.Quantity); err != nil {
			return r, c.usageError(fmt.Errorf("--quantity: %w", err))
		}
	}
	r.Lot, err = c.lot()
	return r, err
}
