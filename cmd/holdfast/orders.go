package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// ordersConfig is what "orders" and its commands are told.
type ordersConfig struct {
	askConfig
	Location string
	Quantity string
	Lot      []string
	Reason   string
	For      time.Duration
}

func newOrders() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "orders",
		Short: "See what orders hold, and change, relocate, commit, extend, deduct or release it",
		Long: `Orders hold units until they leave or are given back. These commands do by hand what
a shop does over the API: to look into a single order, or to help one that is stuck.
They talk to a running server; docs/guide/order-life.md has the whole story.

Without PRODUCT all that the order holds is meant.`,
		Example: "  holdfast orders show o-1 --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newOrdersShow(), newOrdersChange(), newOrdersRelocate(), newOrdersCommit(), newOrdersExtend(), newOrdersDeduct(), newOrdersRelease())
	return cmd
}

func newOrdersShow() *cobra.Command {
	var cfg ordersConfig
	return cfg.asks(asking("show ORDER", "Show what an order holds and what became of the rest", "orders show o-1", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.answer(ctx, http.MethodGet, "/v1/inventory/orders/"+url.PathEscape(cfg.args[0]), nil, inWords(cfg.print))
	})
}

func newOrdersChange() *cobra.Command {
	var cfg ordersConfig
	var expected []string
	var replace bool
	cmd := cfg.asks(&cobra.Command{
		Use:   "change ORDER PRODUCT=QUANTITY...",
		Short: "Bring an order to what it is to hold, whole or not at all",
		Long: `Holds just QUANTITY of each PRODUCT afterwards: more is reserved, less is given back,
0 gives back all. With a point QUANTITY is in the declared unit.`,
		Example: `  holdfast orders change o-1 mug=3 cup=0 --url http://127.0.0.1:8080
  holdfast orders change o-1 mug=3 --replace --expect mug=2 --url http://127.0.0.1:8080`,
		Args: cobra.MinimumNArgs(2),
	}, func(ctx context.Context) error {
		items, err := cfg.quantities(cfg.args[1:])
		if err != nil {
			return err
		}
		body := map[string]any{"order_id": cfg.args[0], "items": items}
		if replace {
			body["replace"] = true
		}
		if cfg.For != 0 {
			if err := cfg.lasts(body); err != nil {
				return err
			}
		}
		if len(expected) > 0 {
			if body["expected"], err = cfg.quantities(expected); err != nil {
				return err
			}
		}
		return cfg.answer(ctx, http.MethodPost, "/v1/inventory/change", body, inWords(cfg.print))
	})
	cmd.Flags().StringVar(&cfg.Location, "location", "", "location of the products (default: the tenant's default location)")
	cmd.Flags().BoolVar(&replace, "replace", false, "release what the order holds of other products")
	cmd.Flags().DurationVar(&cfg.For, "for", 0, "how long from now what is named is held, like 72h (default: as before)")
	cmd.Flags().StringArrayVar(&expected, "expect", nil, "PRODUCT=QUANTITY that the order holds; nothing changes when it does not")
	return cmd
}

// quantities reads PRODUCT=QUANTITY.
func (c *ordersConfig) quantities(args []string) ([]map[string]any, error) {
	items := make([]map[string]any, len(args))
	for i, arg := range args {
		at := strings.LastIndexByte(arg, '=')
		if at < 0 {
			return nil, c.wrong(fmt.Errorf("%q is no PRODUCT=QUANTITY", arg))
		}
		n, err := amount(arg[at+1:])
		if err != nil {
			return nil, c.wrong(err)
		}
		items[i] = map[string]any{"product_id": arg[:at], "quantity": n}
		if c.Location != "" {
			items[i]["location_id"] = c.Location
		}
	}
	return items, nil
}

func newOrdersRelocate() *cobra.Command {
	var cfg ordersConfig
	var from, to string
	cmd := cfg.asks(&cobra.Command{
		Use:     "relocate ORDER PRODUCT",
		Short:   "Move what an order holds to another location, in one step",
		Example: "  holdfast orders relocate o-1 mug --from berlin --to hamburg --url http://127.0.0.1:8080",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		body := filled(map[string]string{"from_location_id": from, "to_location_id": to})
		body["order_id"], body["product_id"] = cfg.args[0], cfg.args[1]
		if err := cfg.part(body); err != nil {
			return err
		}
		return cfg.answer(ctx, http.MethodPost, "/v1/inventory/relocate", body, inWords(cfg.print))
	})
	cmd.Flags().StringVar(&from, "from", "", "location that holds it now (default: the tenant's default location)")
	cmd.Flags().StringVar(&to, "to", "", "location that is to hold it (default: the tenant's default location)")
	cmd.Flags().StringVar(&cfg.Quantity, "quantity", "", "only so many; with a point in the declared unit")
	return cmd
}

func newOrdersCommit() *cobra.Command {
	var cfg ordersConfig
	return cfg.act("commit", "Take the deadline off: the order is paid", nil)
}

func newOrdersExtend() *cobra.Command {
	var cfg ordersConfig
	cmd := cfg.act("extend", "Give an order another deadline", cfg.lasts)
	cmd.Example = "  holdfast orders extend o-1 --for 72h --url http://127.0.0.1:8080"
	cmd.Flags().DurationVar(&cfg.For, "for", 0, "how long from now, like 72h")
	markRequired(cmd, "for")
	return cmd
}

// lasts says for how long from now units are held.
func (c *ordersConfig) lasts(body map[string]any) error {
	if c.For < time.Second || c.For%time.Second != 0 {
		return c.wrong(fmt.Errorf("--for %v: it must be whole seconds, at least one", c.For))
	}
	body["ttl_seconds"] = int64(c.For / time.Second)
	return nil
}

func newOrdersDeduct() *cobra.Command {
	var cfg ordersConfig
	cmd := cfg.act("deduct", "Let what an order holds leave with it", cfg.part)
	cfg.parts(cmd)
	return cmd
}

func newOrdersRelease() *cobra.Command {
	var cfg ordersConfig
	cmd := cfg.act("release", "Give back what an order holds", func(body map[string]any) error {
		if cfg.Reason != "" {
			body["reason"] = cfg.Reason
		}
		return cfg.part(body)
	})
	cfg.parts(cmd)
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

// act is a command that does to an order what its name says. more adds to the
// body.
func (c *ordersConfig) act(name, short string, more func(body map[string]any) error) *cobra.Command {
	cmd := c.asks(&cobra.Command{
		Use:     name + " ORDER [PRODUCT]",
		Short:   short,
		Example: "  holdfast orders " + name + " o-1 --url http://127.0.0.1:8080",
		Args:    cobra.RangeArgs(1, 2),
	}, func(ctx context.Context) error {
		body := filled(map[string]string{"location_id": c.Location})
		body["order_id"] = c.args[0]
		if len(c.args) > 1 {
			body["product_id"] = c.args[1]
		}
		if more != nil {
			if err := more(body); err != nil {
				return err
			}
		}
		return c.answer(ctx, http.MethodPost, "/v1/inventory/"+name, body, inWords(c.print))
	})
	cmd.Flags().StringVar(&c.Location, "location", "", "location of PRODUCT (default: the tenant's default location)")
	return cmd
}

func (c *ordersConfig) parts(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Quantity, "quantity", "", "only so many of PRODUCT; with a point in its declared unit")
	cmd.Flags().StringArrayVar(&c.Lot, "lot", nil, "only units of PRODUCT of lots with this attribute, like batch=B7; again for more attributes")
}

// part says of how much of the product the body is.
func (c *ordersConfig) part(body map[string]any) error {
	if c.Quantity != "" {
		n, err := amount(c.Quantity)
		if err != nil {
			return c.wrong(fmt.Errorf("--quantity: %w", err))
		}
		body["quantity"] = n
	}
	if len(c.Lot) > 0 {
		lot, err := c.attributes(c.Lot)
		if err != nil {
			return err
		}
		body["lot"] = lot
	}
	return nil
}

// orderAnswer is what "orders" shows of the server's answer.
type orderAnswer struct {
	Order        string `json:"order_id"`
	Reservations []struct {
		Product   string `json:"product_id"`
		Location  string `json:"location_id"`
		Channel   string `json:"channel_id"`
		Requested int64  `json:"requested"`
		Held      int64  `json:"quantity"`
		Promised  int64  `json:"promised"`
		Deducted  int64  `json:"deducted"`
		Released  int64  `json:"released"`
		State     string `json:"state"`
		Committed bool   `json:"committed"`
		Expires   string `json:"expires_at"`
	} `json:"reservations"`
}

func (c *ordersConfig) print(o *orderAnswer) error {
	t := newTable(c.out, "product", "location", "channel", "requested", "held", "not there yet", "deducted", "released", "state", "until")
	for _, r := range o.Reservations {
		until := r.Expires
		switch {
		case r.State != "active":
			until = "" // it has ended
		case r.Committed:
			until = "committed"
		}
		t.row(r.Product, r.Location, r.Channel, r.Requested, r.Held, r.Promised, r.Deducted, r.Released, r.State, until)
	}
	return t.Flush()
}
