package main

import (
	"context"

	"github.com/spf13/cobra"
)

// holdsConfig is what "holds" is told.
type holdsConfig struct {
	askConfig
	Location, Channel, Customer, State, Orders, Before, Created string
}

func newHolds() *cobra.Command {
	var cfg holdsConfig
	cmd := cfg.asks(&cobra.Command{
		Use:   "holds [PRODUCT]",
		Short: "List what orders hold: who holds this?",
		Long: `Holds lists reservations, those that expire first in front and committed ones, which
do not, at the end. The list has all that was written before it was asked for.
Of another state than active all that is kept is read, which takes longer.`,
		Example: `  holdfast holds mug --url http://127.0.0.1:8080
  holdfast holds --location berlin --expires-before 2030-01-31T12:00:00Z --url http://127.0.0.1:8080
  holdfast export reservations -o holds.csv --url http://127.0.0.1:8080`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		query := narrowed(map[string]string{
			"location_id": cfg.Location, "channel_id": cfg.Channel, "customer_id": cfg.Customer, "state": cfg.State,
			"order_prefix": cfg.Orders, "expires_before": cfg.Before, "created_before": cfg.Created,
		})
		if len(cfg.args) > 0 {
			query.Set("product_id", cfg.args[0])
		}
		return cfg.pages(ctx, "/v1/reservations", query, inWords(cfg.print))
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

// holdsAnswer is what "holds" shows of the server's answer.
type holdsAnswer struct {
	Items []struct {
		Order     string `json:"order_id"`
		Product   string `json:"product_id"`
		Location  string `json:"location_id"`
		Channel   string `json:"channel_id"`
		Customer  string `json:"customer_id"`
		Held      int64  `json:"quantity"`
		State     string `json:"state"`
		Committed bool   `json:"committed"`
		Created   string `json:"created_at"`
		Expires   string `json:"expires_at"`
	} `json:"items"`
}

func (c *holdsConfig) print(a *holdsAnswer) error {
	t := newTable(c.out, "order", "product", "location", "channel", "customer", "held", "state", "since", "until")
	for _, r := range a.Items {
		until := r.Expires
		if r.Committed {
			until = "committed"
		}
		t.row(r.Order, r.Product, r.Location, r.Channel, r.Customer, r.Held, r.State, r.Created, until)
	}
	return t.Flush()
}
