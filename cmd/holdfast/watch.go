package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newWatch() *cobra.Command {
	var cfg listConfig
	var types []string
	var channel, after string
	cmd := cfg.talks(&cobra.Command{
		Use:   "watch [PRODUCT]",
		Short: "Show changes as they happen, until Ctrl-C",
		Long: `Watch prints each change of stock as it is committed, once and in order, until Ctrl-C.
When the connection or the server is lost it continues behind the last change. At the
end it says with which --after another watch continues there.

sold_out says that the last location that serves the channel has sold out of the product,
back_in_stock that one has it again; both are without a location, and are shown when
--type names them.`,
		Example: `  holdfast watch
  holdfast watch mug --type reserve,deduct --json
  holdfast watch --type sold_out,back_in_stock --channel web`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		t := cfg.table("at", "type", "product", "location", "channel", "order", "available", "change", "reserved", "on hand", "status")
		t.widths = []int{24, 13, 12, 12, 8, 12, 9, 6, 8, 7}
		if !cfg.JSON {
			if err := t.Flush(); err != nil {
				return err
			}
		}
		for e, err := range cfg.c.Watch(ctx, client.Watch{Types: types, ProductID: cfg.product(), LocationID: cfg.Location, ChannelID: channel, After: after}) {
			if err != nil {
				if ctx.Err() == nil {
					return err
				}
				if after != "" {
					fmt.Fprintf(cfg.errOut, cfg.words.say("continue with: --after %s")+"\n", after)
				}
				return nil
			}
			after = e.Position
			if err := cfg.event(t, &e); err != nil {
				return err
			}
		}
		return errors.New("the watch has ended")
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&channel, "channel", "", "only what was done for this channel, or turned it")
	f.StringSliceVar(&types, "type", nil, "only these operations, like reserve,deduct")
	f.StringVar(&after, "after", "", "begin behind this place, which a watch before has named")
	return cmd
}

func (c *listConfig) event(t *table, e *client.Event) error {
	return c.tell(nil, t, func() {
		t.row(at(e.At), e.Type, e.ProductID, e.LocationID, e.ChannelID, e.OrderID, e.AvailableStock, fmt.Sprintf("%+d", e.DeltaAvailable),
			e.ReservedStock, e.OnHand, c.cell(e.Status))
	})
}
