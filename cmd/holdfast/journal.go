package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// journalConfig is what "log" is told.
type journalConfig struct {
	askConfig
	Location, Order, Channel, Operation, By, Since, Until string
}

func newJournal() *cobra.Command {
	var cfg journalConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "log [PRODUCT]",
		Short: "List what happened, newest first",
		Long: `Log lists the journal: each change of the stock of a product at a location, who made
it, and what there was afterwards. Without a product and an order all of the journal
is read backwards; --since keeps that short.`,
		Example: `  holdfast log mug --since 2030-01-31T00:00:00Z --url http://127.0.0.1:8080
  holdfast log --operation adjust --by ann --url http://127.0.0.1:8080`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		query := narrowed(map[string]string{
			"location_id": cfg.Location, "order_id": cfg.Order, "channel_id": cfg.Channel, "operation": cfg.Operation, "operator": cfg.By,
			"since": cfg.Since, "until": cfg.Until,
		})
		if len(cfg.args) > 0 {
			query.Set("product_id", cfg.args[0])
		}
		return cfg.pages(ctx, "/v1/logs", query, inWords(cfg.print))
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Order, "order", "", "only what happened to the lines of this order")
	f.StringVar(&cfg.Channel, "channel", "", "only this channel")
	f.StringVar(&cfg.Operation, "operation", "", "only this operation, like reserve or adjust")
	f.StringVar(&cfg.By, "by", "", "only what this key or operator did")
	f.StringVar(&cfg.Since, "since", "", "booked at or after this time, like 2030-01-31T00:00:00Z")
	f.StringVar(&cfg.Until, "until", "", "booked before this time")
	return cmd
}

// journalAnswer is what "log" shows of the server's answer.
type journalAnswer struct {
	Items []struct {
		At        string `json:"at"`
		Operation string `json:"operation"`
		Product   string `json:"product_id"`
		Location  string `json:"location_id"`
		Order     string `json:"order_id"`
		Available int64  `json:"available_after"`
		Reserved  int64  `json:"reserved_after"`
		ByFree    int64  `json:"delta_available"`
		ByHeld    int64  `json:"delta_reserved"`
		Operator  string `json:"operator"`
		Reason    string `json:"reason"`
	} `json:"items"`
}

func (c *journalConfig) print(a *journalAnswer) error {
	if len(a.Items) == 0 {
		return nil // one that was read in vain
	}
	t := newTable(c.out, "at", "operation", "product", "location", "order", "available", "", "reserved", "", "by", "reason")
	for _, e := range a.Items {
		t.row(e.At, e.Operation, e.Product, e.Location, e.Order, e.Available, fmt.Sprintf("%+d", e.ByFree), e.Reserved, fmt.Sprintf("%+d", e.ByHeld), e.Operator, e.Reason)
	}
	return t.Flush()
}
