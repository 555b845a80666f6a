package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/itemlist"
)

// itemsFlags are those of the command that lists items.
func (c *booksConfig) itemsFlags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&c.itemsMax, "items-max", itemlist.DefaultMost,
		"how many items of all tenants are kept in memory for lists, up to 1,000,000,000; with more a list must name its location")
}

// mostItems is a number of items that can be indexed with room to spare.
const mostItems = 1_000_000_000

// checkItemsMax says what is wrong with --items-max.
func (c *booksConfig) checkItemsMax() error {
	if c.itemsMax < 0 || c.itemsMax > mostItems {
		return fmt.Errorf("--items-max %d: it must be 0 to %d", c.itemsMax, mostItems)
	}
	return nil
}

// itemsConfig has the settings of "items".
type itemsConfig struct {
	talkConfig
	Product, Location, Channel, Seller string
	Status                             []string
	Sort, Page                         string
	Most                               int
	Suggest                            bool
}

func newItems() *cobra.Command {
	var cfg itemsConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "items [TEXT…]",
		Short: "List products at locations by any filter and in any order",
		Long: `Items lists products at locations. TEXT is a part of the product's id or title, whatever
its case. --status with --channel is what that channel finds. --suggest says what TEXT may
mean: products, locations, channels, and orders, transfers, cases and entries of the journal
by their ids. Which items fit shows changes after a moment; the figures are those of now.
See docs/guide/items.md.`,
		Example: `  holdfast items mug --status low,sold_out --location berlin
  holdfast items --sort -updated --most 20
  holdfast items --suggest o-771`,
	}, func(ctx context.Context) error {
		text := strings.Join(cfg.args, " ")
		if cfg.Suggest {
			return cfg.suggest(ctx, text)
		}
		return cfg.items(ctx, text)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Channel, "channel", "", "the channel that --status is for")
	f.StringVar(&cfg.Seller, "seller", "", "only of this seller")
	f.StringSliceVar(&cfg.Status, "status", nil, "only in these `states`: in_stock, low, sold_out, off_sale, not_counted, oversold")
	f.StringVar(&cfg.Sort, "sort", "product", "product, available, on_hand, held or updated; with - before it the other way round")
	f.IntVar(&cfg.Most, "most", 50, "how many items are shown, at most 200")
	f.StringVar(&cfg.Page, "page", "", "show the page after the one that gave this `token` (--json shows it)")
	f.BoolVar(&cfg.Suggest, "suggest", false, "say what TEXT may mean")
	return cmd
}

func (c *itemsConfig) items(ctx context.Context, text string) error {
	q := client.ItemQuery{
		Text: text, ProductID: c.Product, LocationID: c.Location, ChannelID: c.Channel, SellerID: c.Seller,
		Sort: c.Sort, PageSize: c.Most, PageToken: c.Page,
	}
	for _, state := range c.Status {
		q.States = append(q.States, client.ItemState(state))
	}
	found, err := c.c.Items.List(ctx, q)
	if err != nil {
		return err
	}
	t := c.amounts("product", "title", "location", "status", "on hand", "reserved", "available", "in transit", "changed")
	err = c.tell(nil, t, func() {
		for i := range found.Items {
			it := &found.Items[i]
			u, transit := declared{it.Inventory.Unit, it.Inventory.Scale}, int64(0)
			if it.Inventory.Aside != nil {
				transit = it.Inventory.Aside.InTransit
			}
			t.row(it.Inventory.ProductID, it.Title, it.Inventory.LocationID, c.cell(string(it.State)), u.amount(it.Inventory.OnHand), u.amount(it.Inventory.ReservedStock),
				u.amount(it.Inventory.AvailableStock), u.amount(transit), formatTime(it.Inventory.UpdatedAt))
		}
	})
	if err != nil || c.JSON || c.CSV || found.NextPageToken == "" {
		return err
	}
	_, err = fmt.Fprintf(c.out, "\n"+c.words.translate("%d of %d items")+"\n", len(found.Items), found.Total)
	return err
}

func (c *itemsConfig) suggest(ctx context.Context, text string) error {
	if text == "" {
		return c.usageError(errors.New("--suggest needs a TEXT"))
	}
	found, err := c.c.Items.Suggest(ctx, text, min(c.Most, 50))
	if err != nil {
		return err
	}
	t := c.table("kind", "id", "title")
	return c.tell(nil, t, func() {
		for _, s := range found {
			t.row(c.cell(s.Kind), s.ID, s.Title)
		}
	})
}
