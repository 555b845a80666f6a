package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// promisesConfig is what "promises" and its commands are told.
type promisesConfig struct {
	askConfig
	Location               string
	Presale, Backorder     string
	PresaleAt, BackorderAt string
	InParts                bool
	Reason                 string
}

func newPromises() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "promises",
		Short: "Sell units before they are there: presale and backorder",
		Long: `Promises are units of a product that are sold before they are there, up to a bound.
A presale sells so many once, a backorder as many as may be outstanding at a time.
These commands talk to a running server; docs/guide/presale.md has the whole story.`,
		Example: "  holdfast promises show record --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newPromisesShow(), newPromisesSet(), newPromisesClose())
	return cmd
}

func newPromisesShow() *cobra.Command {
	var cfg promisesConfig
	return cfg.command(asking("show PRODUCT", "Show what is promised and how many orders wait for it", "promises show record --location berlin", cobra.ExactArgs(1)), func(ctx context.Context) error {
		return cfg.answer(ctx, http.MethodGet, cfg.address()+where(cfg.Location), nil, inWords(cfg.print))
	})
}

func newPromisesSet() *cobra.Command {
	var cfg promisesConfig
	cmd := cfg.command(&cobra.Command{
		Use:   "set PRODUCT [--presale CAP] [--backorder ALLOWANCE]",
		Short: "Say how many units may be sold before they are there",
		Long: `Set replaces what was said before: what is left out is closed, and over when no
order waits for it any more.

A number with a point is in the product's declared unit, one without in its
smallest.`,
		Example: `  holdfast promises set record --presale 100 --presale-at 2031-05-01T00:00:00Z --url http://127.0.0.1:8080
  holdfast promises set lamp --backorder 10 --url http://127.0.0.1:8080`,
		Args: cobra.ExactArgs(1),
	}, cfg.set)
	f := cmd.Flags()
	f.StringVar(&cfg.Presale, "presale", "", "the most units that may ever be promised")
	f.StringVar(&cfg.PresaleAt, "presale-at", "", "when they are to be there, like 2031-05-01T00:00:00Z; only told")
	f.BoolVar(&cfg.InParts, "ships-in-part", false, "of an order that waits for units of the presale those that are there may leave")
	f.StringVar(&cfg.Backorder, "backorder", "", "the most units that may be outstanding at a time")
	f.StringVar(&cfg.BackorderAt, "backorder-at", "", "when they are to be there; only told")
	f.StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

func newPromisesClose() *cobra.Command {
	var cfg promisesConfig
	cmd := cfg.command(asking("close PRODUCT", "Promise nothing more; orders that wait are served", "promises close record", cobra.ExactArgs(1)), func(ctx context.Context) error { return cfg.put(ctx, cfg.body()) })
	cmd.Flags().StringVar(&cfg.Reason, "reason", "", "why, for the journal")
	return cmd
}

// command adds to the command what all of them have.
func (c *promisesConfig) command(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	cmd.Flags().StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
	return c.asks(cmd, run)
}

func (c *promisesConfig) address() string { return "/v1/promises/" + url.PathEscape(c.args[0]) }

func (c *promisesConfig) body() map[string]any {
	return filled(map[string]string{"location_id": c.Location, "reason": c.Reason})
}

func (c *promisesConfig) set(ctx context.Context) error {
	body, err := c.settings()
	if err != nil {
		return c.wrong(err)
	}
	return c.put(ctx, body)
}

// settings is the body of a set.
func (c *promisesConfig) settings() (map[string]any, error) {
	switch {
	case c.Presale == "" && c.Backorder == "":
		return nil, errors.New("neither --presale nor --backorder is given; \"promises close\" closes both")
	case c.Presale == "" && (c.PresaleAt != "" || c.InParts):
		return nil, errors.New("--presale-at and --ships-in-part belong to --presale")
	case c.Backorder == "" && c.BackorderAt != "":
		return nil, errors.New("--backorder-at belongs to --backorder")
	}
	body := c.body()
	if c.Presale != "" {
		most, err := amount(c.Presale)
		if err != nil {
			return nil, fmt.Errorf("--presale: %w", err)
		}
		sale := filled(map[string]string{"promise_date": c.PresaleAt})
		sale["cap"], sale["ships_in_part"] = most, c.InParts
		body["presale"] = sale
	}
	if c.Backorder != "" {
		allowance, err := amount(c.Backorder)
		if err != nil {
			return nil, fmt.Errorf("--backorder: %w", err)
		}
		order := filled(map[string]string{"promise_date": c.BackorderAt})
		order["allowance"] = allowance
		body["backorder"] = order
	}
	return body, nil
}

func (c *promisesConfig) put(ctx context.Context, body map[string]any) error {
	return c.answer(ctx, http.MethodPut, c.address(), body, inWords(c.print))
}

// saleAnswer is a presale or a backorder in it.
type saleAnswer struct {
	Cap       int64  `json:"cap"`
	Allowance int64  `json:"allowance"`
	Promised  int64  `json:"promised"`
	Remaining int64  `json:"remaining"`
	Arrived   int64  `json:"arrived"`
	Date      string `json:"promise_date"`
	InParts   bool   `json:"ships_in_part"`
	Closed    bool   `json:"closed"`
}

// promisesAnswer is what "promises" shows of the server's answer.
type promisesAnswer struct {
	Product   string      `json:"product_id"`
	Location  string      `json:"location_id"`
	Presale   *saleAnswer `json:"presale"`
	Backorder *saleAnswer `json:"backorder"`
	Waiting   int64       `json:"waiting"`
	Orders    int64       `json:"waiting_orders"`
}

func (c *promisesConfig) print(p *promisesAnswer) error {
	fmt.Fprintf(c.out, "%s at %s: %d orders wait for %d units\n", p.Product, p.Location, p.Orders, p.Waiting)
	state := func(s *saleAnswer) string {
		text := ""
		if s.InParts {
			text += ", ships in part"
		}
		if s.Date != "" {
			text += ", to be there " + s.Date
		}
		if s.Closed {
			text += ", closed"
		}
		return text
	}
	if s := p.Presale; s != nil {
		fmt.Fprintf(c.out, "presale of %d: %d promised, %d have arrived, %d remain%s\n", s.Cap, s.Promised, s.Arrived, s.Remaining, state(s))
	}
	if s := p.Backorder; s != nil {
		fmt.Fprintf(c.out, "backorder of %d: %d promised, %d remain%s\n", s.Allowance, s.Promised, s.Remaining, state(s))
	}
	if p.Presale == nil && p.Backorder == nil {
		fmt.Fprintln(c.out, "nothing is sold before it is there")
	}
	return nil
}
