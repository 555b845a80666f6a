package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// overstockConfig has the settings of "figures overstock".
type overstockConfig struct {
	talkConfig
	Location string
	Sums     bool
	Most     int
}

func newOverstock() *cobra.Command {
	var cfg overstockConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "overstock",
		Short: "Show what locations have beyond the targets of their rules of replenishment",
		Long: `Overstock shows the items of which there is more than the target of an active rule of
replenishment, the most units first. With --sums it shows instead how much that is of all
that is on hand of items with a target.`,
		Example: `  holdfast figures overstock --location berlin
  holdfast figures overstock --sums`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		return cfg.overstock(ctx)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.BoolVar(&cfg.Sums, "sums", false, "show the sums of all items with a target")
	f.IntVar(&cfg.Most, "most", 50, "show at most this `number` of items, up to 500")
	return cmd
}

func (c *overstockConfig) overstock(ctx context.Context) error {
	found, err := c.c.Figures.Overstock(ctx, client.OverstockQuery{LocationID: c.Location, PageSize: c.Most})
	if err != nil {
		return err
	}
	if c.Sums {
		t := c.table(append([]string{"unit", "items", "items over", "on hand", "overstock", "overstock rate"}, c.forPrograms("scale")...)...)
		return c.tell(nil, t, func() {
			for _, s := range found.Sums {
				u := declared{s.Unit, s.Scale}
				t.row(append([]any{s.Unit, s.Items, s.ItemsOver, u.bare(s.OnHand), u.bare(s.Overstock), ratio(s.OverstockRate)}, c.scaleCell(u)...)...)
			}
		})
	}
	t := c.table(append([]string{"product", "location", "unit", "on hand", "target", "overstock"}, c.forPrograms("scale")...)...)
	return c.tell(nil, t, func() {
		for _, o := range found.Items {
			u := declared{o.Unit, o.Scale}
			t.row(append([]any{o.ProductID, o.LocationID, o.Unit, u.bare(o.OnHand), u.bare(o.Target), u.bare(o.Overstock)}, c.scaleCell(u)...)...)
		}
	})
}
