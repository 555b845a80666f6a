package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newOrdersList() *cobra.Command {
	var cfg listConfig
	var product, sort string
	cmd := cfg.talks(&cobra.Command{
		Use:   "list [TEXT]",
		Short: "List orders by what they hold, or held",
		Long: `List lists orders that have a reservation which fits: the newest first, or with --sort due
those that expire first. TEXT is a part of the order's id. Of states other than active,
committed and waiting all that is kept is read, which takes longer; what has ended is
kept for 90 days.`,
		Example: `  holdfast orders list --state waiting
  holdfast orders list 771 --state any --since 2030-01-31`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.OrderQuery{
			Text: strings.Join(cfg.args, ""), State: cfg.State, ProductID: product, LocationID: cfg.Location, ChannelID: cfg.Channel,
			CustomerID: cfg.Customer, Sort: sort, PageSize: 200,
		}
		var err error
		if r.DueBefore, err = cfg.moment("due-before", cfg.Before); err != nil {
			return err
		}
		if r.Since, err = cfg.moment("since", cfg.Since); err != nil {
			return err
		}
		if r.Until, err = cfg.moment("until", cfg.Until); err != nil {
			return err
		}
		t := cfg.table("order", "state", "customer", "lines", "product", "since", "until")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.OrderSummary], error) { return cfg.c.Orders.List(ctx, r) },
			func(o *client.OrderSummary) {
				t.row(o.OrderID, cfg.cell(string(o.State)), o.CustomerID, o.Count, productsOf(o), formatTime(o.CreatedAt), orderUntil(&cfg.talkConfig, o))
			})
	})
	f := cmd.Flags()
	f.StringVar(&cfg.State, "state", "", "active, committed, waiting, confirmed, cancelled, expired or any (default active)")
	f.StringVar(&product, "product", "", "only this product")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Channel, "channel", "", "only this channel")
	f.StringVar(&cfg.Customer, "customer", "", "only this customer")
	f.StringVar(&cfg.Before, "due-before", "", "only what expires before this time, like 2030-01-31T12:00:00Z")
	f.StringVar(&cfg.Since, "since", "", "reserved at or after this time, like 2030-01-31T00:00:00Z or 2030-01-31")
	f.StringVar(&cfg.Until, "until", "", "reserved before this time")
	f.StringVar(&sort, "sort", "", "newest or due (default newest)")
	return cmd
}

// productsOf are the products of an order, the first of them.
func productsOf(o *client.OrderSummary) string {
	var names []string
	for i := range o.Reservations {
		if name := o.Reservations[i].ProductID; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if o.Count > len(o.Reservations) {
		names = append(names, "…")
	}
	return strings.Join(names, " ")
}

// orderUntil is how long an order is held.
func orderUntil(c *talkConfig, o *client.OrderSummary) string {
	if o.Committed {
		return c.cell("committed")
	}
	return formatTime(o.ExpiresAt)
}

func newOrdersHistory() *cobra.Command {
	var cfg orderConfig
	return cfg.talks(&cobra.Command{
		Use:   "history ORDER",
		Short: "Tell an order's life, oldest first",
		Long: `History tells what was done to an order, by whom, and what came back of it. Lines of one
call have the same place in the journal.`,
		Example: "  holdfast orders history o-1", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		h, err := cfg.c.Orders.History(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		t := cfg.amounts("at", "operation", "product", "location", "moved", "held", "until", "by", "reason")
		err = cfg.tell(nil, t, func() {
			for i := range h.Steps {
				step := &h.Steps[i]
				for n := range step.Changes {
					change := &step.Changes[n]
					t.row(formatTime(step.At), step.Operation, change.ProductID, change.LocationID, movesOf(change), heldSince(change), formatTime(change.ExpiresAt), step.Operator, step.Reason)
				}
			}
		})
		if err == nil && h.Partial {
			fmt.Fprintln(cfg.errOut, cfg.words.translate("this is not all of it: holdfast log has the rest"))
		}
		return err
	})
}

func movesOf(c *client.OrderChange) string {
	var moves []string
	for _, m := range c.Moves {
		moves = append(moves, fmt.Sprintf("%s→%s %s", m.From, m.To, declared{c.Unit, c.Scale}.amount(m.Quantity)))
	}
	return strings.Join(moves, ", ")
}

// heldSince is what the order holds afterwards, nothing when its reservation did not change.
func heldSince(c *client.OrderChange) any {
	if c.Held == nil {
		return ""
	}
	return declared{c.Unit, c.Scale}.amount(*c.Held)
}
