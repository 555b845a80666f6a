package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
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
		Short: "See what orders hold, and commit, extend, deduct or release it",
		Long: `Orders hold units until they leave or are given back. These commands do by hand what
a shop does over the API: to look into a single order, or to help one that is stuck.
They talk to a running server; docs/guide/order-life.md has the whole story.

Without PRODUCT all that the order holds is meant.`,
		Example: "  holdfast orders show o-1 --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newOrdersShow(), newOrdersCommit(), newOrdersExtend(), newOrdersDeduct(), newOrdersRelease())
	return cmd
}

func newOrdersShow() *cobra.Command {
	var cfg ordersConfig
	return cfg.asks(asking("show ORDER", "Show what an order holds and what became of the rest", "orders show o-1", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.answer(ctx, http.MethodGet, "/v1/inventory/orders/"+url.PathEscape(cfg.args[0]), nil, inWords(cfg.print))
	})
}

func newOrdersCommit() *cobra.Command {
	var cfg ordersConfig
	return cfg.act("commit", "Take the deadline off: the order is paid", nil)
}

func newOrdersExtend() *cobra.Command {
	var cfg ordersConfig
	cmd := cfg.act("extend", "Give an order another deadline", func(body map[string]any) error {
		if cfg.For < time.Second || cfg.For%time.Second != 0 {
			return cfg.wrong(fmt.Errorf("--for %v: it must be whole seconds, at least one", cfg.For))
		}
		body["ttl_seconds"] = int64(cfg.For / time.Second)
		return nil
	})
	cmd.Example = "  holdfast orders extend o-1 --for 72h --url http://127.0.0.1:8080"
	cmd.Flags().DurationVar(&cfg.For, "for", 0, "how long from now, like 72h")
	markRequired(cmd, "for")
	return cmd
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
