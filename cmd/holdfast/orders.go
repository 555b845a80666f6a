package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

func newOrders() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "orders",
		Short: "See what orders hold, and change it",
		Long: `Orders hold units until they leave or are given back. These commands do by hand what
a shop does over the API: to look into a single order, or to help one that is stuck.
docs/guide/order-life.md has the whole story.

Without PRODUCT all that the order holds is meant.`,
		Example: "  holdfast orders show o-1",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newOrdersList(), newOrdersShow(), newOrdersHistory(), newChange(), newRelocate(), newOrdersCommit(), newOrdersExtend(), newOrdersExpire(), newDeduct(), newRelease(), newWithdraw())
	for _, sub := range cmd.Commands() { // most are daily commands too
		sub.Example = strings.ReplaceAll(sub.Example, "holdfast "+sub.Name(), "holdfast orders "+sub.Name())
	}
	return cmd
}

func newOrdersShow() *cobra.Command {
	var cfg orderConfig
	return cfg.talks(&cobra.Command{
		Use: "show ORDER", Short: "Show what an order holds, held and let go", Example: "  holdfast show o-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		o, err := cfg.c.Order(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		columns := []string{"product", "location", "channel", "requested", "held", "not there yet", "deducted", "released", "state", "until"}
		roads := slices.ContainsFunc(o.Reservations, func(r client.Reservation) bool { return r.Road != "" })
		if roads {
			columns = append(columns, "road")
		}
		t := cfg.table(columns...)
		err = cfg.tell(nil, t, func() {
			for i := range o.Reservations {
				r := &o.Reservations[i]
				cells := []any{r.ProductID, r.LocationID, r.ChannelID, r.Requested, r.Quantity, r.Promised, r.Deducted, r.Released, cfg.cell(string(r.State)), deadlineText(&cfg.talkConfig, r)}
				if roads {
					cells = append(cells, r.Road)
				}
				t.row(cells...)
			}
		})
		if err != nil || len(o.Parked) == 0 || cfg.JSON || cfg.CSV {
			return err
		}
		if _, err := fmt.Fprintln(cfg.out); err != nil {
			return err
		}
		notes := cfg.table("source", "parked", "state", "since", "case", "cause")
		for _, n := range o.Parked {
			notes.row(n.Source, n.ID, cfg.cell(n.State), formatTime(n.Since), n.CaseID, n.Cause)
		}
		return notes.Flush()
	})
}

func newChange() *cobra.Command {
	var cfg orderConfig
	var expected []string
	var replace bool
	var lasts time.Duration
	cmd := cfg.stocks(&cobra.Command{
		Use:   "change ORDER PRODUCT=QUANTITY…",
		Short: "Bring an order to what it is to hold, whole or not at all",
		Long: `Change makes an order hold just QUANTITY of each PRODUCT: more is reserved, less is
given back, 0 gives back all. Nothing changes unless all of it can. Quantities with a
point are in the declared unit.`,
		Example: `  holdfast change o-1 mug=3 cup=0
  holdfast change o-1 mug=3 --replace --expect mug=2`,
		Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		if err := cfg.seconds("for", lasts); err != nil {
			return err
		}
		items, err := cfg.lines(cfg.args[1:], cfg.Location, false)
		if err != nil {
			return err
		}
		r := client.Change{OrderID: cfg.args[0], Replace: replace, TTL: lasts}
		for _, it := range items {
			r.Items = append(r.Items, client.ChangeItem{ProductID: it.ProductID, LocationID: it.LocationID, Quantity: it.Quantity, Decimal: it.Decimal})
		}
		if items, err = cfg.lines(expected, cfg.Location, false); err != nil {
			return err
		}
		for _, it := range items {
			if it.Decimal != "" {
				return cfg.usageError(fmt.Errorf("--expect %s=%s: it is compared in smallest units, without a point", it.ProductID, it.Decimal))
			}
			r.Expected = append(r.Expected, client.ExpectedHold{ProductID: it.ProductID, LocationID: it.LocationID, Quantity: it.Quantity})
		}
		o, err := cfg.c.Change(ctx, r)
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	f := cmd.Flags()
	f.BoolVar(&replace, "replace", false, "release what the order holds of other products")
	f.DurationVar(&lasts, "for", 0, "how long from now it is held, like 72h (default: as before)")
	f.StringArrayVar(&expected, "expect", nil, "PRODUCT=QUANTITY that the order holds; nothing changes when it does not")
	return cmd
}

func newRelocate() *cobra.Command {
	var cfg orderConfig
	var from, to string
	cmd := cfg.writes(&cobra.Command{
		Use:     "relocate ORDER PRODUCT",
		Short:   "Move what an order holds to another location, in one step",
		Long:    "Relocate moves what an order holds of a product to another location: it is reserved there and given back here in one step, or stays as it is.",
		Example: "  holdfast relocate o-1 mug --from berlin --to hamburg",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Relocate(ctx, client.Relocate{
			OrderID: line.OrderID, ProductID: line.ProductID, From: from, To: to, Quantity: line.Quantity, Decimal: line.Decimal,
		})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "the location that holds it now (default: the tenant's default location)")
	f.StringVar(&to, "to", "", "the location that is to hold it (default: the tenant's default location)")
	f.StringVar(&cfg.Quantity, "quantity", "", "only so many of the product")
	return cmd
}

func newOrdersCommit() *cobra.Command {
	var cfg orderConfig
	cmd := cfg.orderCommand("commit", "Take the deadline off: the order is paid", func(ctx context.Context) error {
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Commit(ctx, client.Commit{OrderID: line.OrderID, ProductID: line.ProductID, LocationID: line.LocationID, Reason: cfg.Reason})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

func newOrdersExtend() *cobra.Command {
	var cfg orderConfig
	var lasts time.Duration
	cmd := cfg.orderCommand("extend", "Give an order another deadline", func(ctx context.Context) error {
		if err := cfg.seconds("for", lasts); err != nil {
			return err
		}
		if lasts == 0 {
			return cfg.usageError(errors.New("--for 0s: it must be whole seconds, at least one"))
		}
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Extend(ctx, client.Extend{OrderID: line.OrderID, ProductID: line.ProductID, LocationID: line.LocationID, TTL: lasts})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	cmd.Example = "  holdfast extend o-1 --for 72h"
	cmd.Flags().DurationVar(&lasts, "for", 0, "how long from now it is held, like 72h")
	return markRequired(cmd, "for")
}

func newOrdersExpire() *cobra.Command {
	var cfg orderConfig
	var lasts time.Duration
	cmd := cfg.orderCommand("expire", "Let an order of a sandbox expire", func(ctx context.Context) error {
		if err := cfg.seconds("for", lasts); err != nil {
			return err
		}
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Orders.Expire(ctx, client.Expire{OrderID: line.OrderID, ProductID: line.ProductID, LocationID: line.LocationID, TTL: lasts})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	cmd.Flags().DurationVar(&lasts, "for", 0, "how long from now it is held still, like 5s (default 1s)")
	return cmd
}

func newWithdraw() *cobra.Command {
	var cfg orderConfig
	var lasts time.Duration
	cmd := cfg.orderCommand("withdraw", "Take back what has left with an order: the order holds it again", func(ctx context.Context) error {
		if err := cfg.seconds("for", lasts); err != nil {
			return err
		}
		line, err := cfg.line()
		if err != nil {
			return err
		}
		o, err := cfg.c.Withdraw(ctx, client.Withdraw{
			OrderID: line.OrderID, ProductID: line.ProductID, LocationID: line.LocationID, Quantity: line.Quantity, Decimal: line.Decimal,
			TTL: lasts, Reason: cfg.Reason,
		})
		return printOrder(&cfg.talkConfig, &holdfastv1.OrderReservations{}, o, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Quantity, "quantity", "", "only so many of the product")
	f.DurationVar(&lasts, "for", 0, "how long from now it is held, like 72h (default: as before)")
	f.StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}
