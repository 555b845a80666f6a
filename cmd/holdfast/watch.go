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
	var ofCatalog bool
	cmd := cfg.talks(&cobra.Command{
		Use:   "watch [PRODUCT]",
		Short: "Show changes as they happen, until Ctrl-C",
		Long: `Watch prints each change of stock as it is committed, once and in order, until Ctrl-C.
When the connection or the server is lost it continues behind the last change. At the
end it says with which --after another watch continues there.

sold_out says that the last location that serves the channel has sold out of the product,
back_in_stock that one has it again; both are without a location, and are shown when
--type names them.

With --catalog it tells what is written and deleted of all that is not stock; --type is
then the kinds, like kit,location.`,
		Example: `  holdfast watch
  holdfast watch mug --type reserve,deduct --json
  holdfast watch --type sold_out,back_in_stock --channel web
  holdfast watch --catalog --type kit`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		if ofCatalog {
			return cfg.watchCatalog(ctx, client.WatchCatalog{Kinds: types, ID: cfg.product(), After: after})
		}
		t := cfg.amounts("at", "type", "product", "location", "channel", "order", "available", "change", "reserved", "on hand", "status")
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
					fmt.Fprintf(cfg.errOut, cfg.words.translate("continue with: --after %s")+"\n", after)
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
	f.BoolVar(&ofCatalog, "catalog", false, "what is written and deleted of all that is not stock")
	f.StringVar(&after, "after", "", "begin behind this place, which a watch before has named")
	return cmd
}

// watchCatalog shows changes of the catalog until ctx ends.
func (c *listConfig) watchCatalog(ctx context.Context, w client.WatchCatalog) error {
	t := c.table("at", "kind", "id", "deleted")
	t.widths = []int{24, 14, 32, 7}
	if !c.JSON {
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for change, err := range c.c.Catalog.Watch(ctx, w) {
		if err != nil {
			if ctx.Err() == nil {
				return err
			}
			if w.After != "" {
				fmt.Fprintf(c.errOut, c.words.translate("continue with: --after %s")+"\n", w.After)
			}
			return nil
		}
		w.After = change.Position
		if c.JSON {
			if _, err := fmt.Fprintf(c.out, "%s\n", change.AppendJSON(nil)); err != nil {
				return err
			}
			continue
		}
		t.row(formatTime(change.At), change.Kind, change.ID, change.Deleted)
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return errors.New("the watch has ended")
}

func (c *listConfig) event(t *table, e *client.Event) error {
	return c.tell(nil, t, func() {
		u := declared{e.Unit, e.Scale}
		t.row(formatTime(e.At), e.Type, e.ProductID, e.LocationID, e.ChannelID, e.OrderID, u.amount(e.AvailableStock), u.change(e.DeltaAvailable),
			u.amount(e.ReservedStock), u.amount(e.OnHand), c.cell(e.Status))
	})
}
