package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// listConfig has the settings of the daily lists.
type listConfig struct {
	talkConfig
	Location, Channel, Customer, State, Orders, Order, Operation, By, Code string
	Before, Created, Since, Until                                          string
	after                                                                  func() error // the list is printed; nil: nothing
}

func (c *listConfig) product() string { return strings.Join(c.args, "") }

// errShort says that not all units can be had.
var errShort = errors.New("the quantity is not available")

func newCheck() *cobra.Command {
	cfg := listConfig{talkConfig: talkConfig{public: true}}
	var order string
	cmd := cfg.talks(&cobra.Command{
		Use:   "check PRODUCT[=QUANTITY]…",
		Short: "Ask how many units can be had",
		Long: `Check says how many units of each product can be had, and ends with 1 when it is fewer
than asked for (1 when no quantity is named). Where public reads are on it needs no key.`,
		Example: `  holdfast check mug
  holdfast check mug=2 cup=1 --location berlin --channel web`,
		Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context) error {
		items, err := cfg.lines(cfg.args, cfg.Location, true)
		if err != nil {
			return err
		}
		found, err := cfg.c.CheckBatch(ctx, client.CheckBatch{Items: items, ChannelID: cfg.Channel, OrderID: order})
		if err != nil {
			return err
		}
		t := cfg.amounts("product", "location", "asked", "available", "status")
		err = cfg.tell(nil, t, func() {
			for i := range found.Items {
				a := &found.Items[i]
				u := declared{a.Unit, a.Scale}
				available := any(u.amount(a.Available))
				if !a.Tracked && a.Status != client.Unknown {
					available = cfg.cell("not counted")
				}
				t.row(a.ProductID, a.LocationID, u.amount(a.Requested), available, cfg.cell(string(a.Status)))
			}
		})
		if err != nil || found.AllInStock {
			return err
		}
		for i := range found.Items {
			if found.Items[i].Status == client.Unknown {
				return fmt.Errorf("%s%s", cfg.words.translate(errShort.Error()), cfg.suggestNearest(ctx, asked{"LOCATION", cfg.Location}, asked{"PRODUCT", found.Items[i].ProductID}))
			}
		}
		return errors.New(cfg.words.translate(errShort.Error()))
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "location (default: the tenant's default location)")
	f.StringVar(&cfg.Channel, "channel", "", "the channel that sells")
	f.StringVar(&order, "order", "", "count what this order holds as free")
	return cmd
}

func newList() *cobra.Command {
	var cfg listConfig
	return cfg.stock("list", "List the stock, by product and location", func(ctx context.Context, r client.List) (*client.Page[client.Inventory], error) {
		return cfg.c.List(ctx, r)
	})
}

func newLow() *cobra.Command {
	var cfg listConfig
	counts := map[client.ItemState]int{}
	cmd := cfg.stock("low", "List what is low, sold out, oversold or switched off", func(ctx context.Context, r client.List) (*client.Page[client.Inventory], error) {
		p, err := cfg.c.LowStock(ctx, r)
		for i := 0; err == nil && i < len(p.Items); i++ {
			counts[stateOf(&p.Items[i])]++
		}
		return p, err
	})
	cfg.after = func() error { return cfg.sayCounts(counts) }
	return cmd
}

// sayCounts prints how many of the listed items have which state.
func (c *listConfig) sayCounts(counts map[client.ItemState]int) error {
	var all []string
	for _, state := range [...]client.ItemState{client.ItemLow, client.ItemSoldOut, client.ItemOversold, client.ItemOffSale} {
		if n := counts[state]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, c.cell(string(state))))
		}
	}
	if len(all) == 0 || c.JSON || c.CSV {
		return nil
	}
	_, err := fmt.Fprintln(c.out, "\n"+strings.Join(all, ", "))
	return err
}

func (c *listConfig) stock(name, short string, page func(context.Context, client.List) (*client.Page[client.Inventory], error)) *cobra.Command {
	cmd := c.talks(&cobra.Command{
		Use:     name,
		Short:   short,
		Example: "  holdfast " + name + " --location berlin\n  holdfast " + name + " --csv > stock.csv",
		Args:    cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{LocationID: c.Location, PageSize: pageSize}
		t := c.levels()
		err := printPages(ctx, &c.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Inventory], error) { return page(ctx, r) },
			func(i *client.Inventory) { c.level(t, i) })
		if err != nil || c.after == nil {
			return err
		}
		return c.after()
	})
	cmd.Flags().StringVar(&c.Location, "location", "", "only this location")
	return cmd
}

func newHolds() *cobra.Command {
	var cfg listConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "holds [PRODUCT]",
		Short: "List what orders hold: who holds this?",
		Long: `Holds lists reservations, those that expire first in front and committed ones, which
do not, at the end. The list has all that was written before it was asked for.
Of another state than active all that is kept is read, which takes longer.`,
		Example: `  holdfast holds mug
  holdfast holds --location berlin --expires-before 2030-01-31T12:00:00Z
  holdfast holds --csv > holds.csv`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.Holds{
			ProductID: cfg.product(), LocationID: cfg.Location, ChannelID: cfg.Channel, CustomerID: cfg.Customer, State: cfg.State,
			OrderPrefix: cfg.Orders, PageSize: pageSize,
		}
		var err error
		if r.ExpiresBefore, err = cfg.moment("expires-before", cfg.Before); err != nil {
			return err
		}
		if r.CreatedBefore, err = cfg.moment("created-before", cfg.Created); err != nil {
			return err
		}
		t := cfg.amounts("order", "product", "location", "channel", "customer", "held", "state", "since", "until")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Reservation], error) { return cfg.c.Holds(ctx, r) },
			func(h *client.Reservation) {
				t.row(h.OrderID, h.ProductID, h.LocationID, h.ChannelID, h.CustomerID, declared{h.Unit, h.Scale}.amount(h.Quantity), cfg.cell(string(h.State)), formatTime(h.CreatedAt), deadlineText(&cfg.talkConfig, h))
			})
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Channel, "channel", "", "only this channel")
	f.StringVar(&cfg.Customer, "customer", "", "only this customer")
	f.StringVar(&cfg.State, "state", "", "active, confirmed, cancelled or expired (default active)")
	f.StringVar(&cfg.Orders, "orders", "", "only orders whose ids begin so")
	f.StringVar(&cfg.Before, "expires-before", "", "only what expires before this time, like 2030-01-31T12:00:00Z")
	f.StringVar(&cfg.Created, "created-before", "", "only what was made before this time")
	return cmd
}

func newJournal() *cobra.Command {
	var cfg listConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "log [PRODUCT]",
		Short: "List what happened, newest first",
		Long: `Log lists the journal: each change of the stock of a product at a location, who made
it, and what there was afterwards. Without a product and an order all of the journal
is read backwards; --since keeps that short.`,
		Example: `  holdfast log mug --since 2030-01-31
  holdfast log --operation adjust --by ann`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.Logs{
			ProductID: cfg.product(), LocationID: cfg.Location, OrderID: cfg.Order, ChannelID: cfg.Channel, Operation: cfg.Operation,
			Operator: cfg.By, ReasonCode: cfg.Code, PageSize: pageSize,
		}
		var err error
		if r.Since, err = cfg.moment("since", cfg.Since); err != nil {
			return err
		}
		if r.Until, err = cfg.moment("until", cfg.Until); err != nil {
			return err
		}
		t := cfg.amounts("at", "operation", "product", "location", "order", "available", "change", "reserved", "change of it", "by", "reason")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.LogEntry], error) { return cfg.c.Logs(ctx, r) },
			func(e *client.LogEntry) {
				u := declared{e.Unit, e.Scale}
				t.row(formatTime(e.At), e.Operation, e.ProductID, e.LocationID, e.OrderID, u.amount(e.AvailableAfter), u.change(e.DeltaAvailable),
					u.amount(e.ReservedAfter), u.change(e.DeltaReserved), e.Operator, e.Reason)
			})
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Order, "order", "", "only what happened to the lines of this order")
	f.StringVar(&cfg.Channel, "channel", "", "only this channel")
	f.StringVar(&cfg.Operation, "operation", "", "only this operation, like reserve or adjust")
	f.StringVar(&cfg.By, "by", "", "only what this key or operator did")
	f.StringVar(&cfg.Code, "reason-code", "", "only what was done for this of the tenant's reasons")
	f.StringVar(&cfg.Since, "since", "", "booked at or after this time, like 2030-01-31T00:00:00Z or 2030-01-31")
	f.StringVar(&cfg.Until, "until", "", "booked before this time")
	return cmd
}
