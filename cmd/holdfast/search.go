package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// searchConfig has the settings of "search".
type searchConfig struct {
	talkConfig
	Seller, Location, Channel string
	InStock, SoldOut          bool
	Rebuild, State            bool
	Attributes, Tags, Facets  []string
	Most                      int
}

func newSearch() *cobra.Command {
	var cfg searchConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "search [WORD…]",
		Short: "Find products by words, details and stock",
		Long: `Search finds products that have details ("holdfast details") and all of the words; of the
last one the beginning is enough. Without words it finds all products that fit the flags.
It shows changes after a moment. --rebuild builds the index anew beside the one that
answers, --state shows how far that is. See docs/guide/search.md.`,
		Example: `  holdfast search blue mug --in-stock --location berlin
  holdfast search --attribute brand=acme --facet color --facet seller_id
  holdfast search --rebuild`,
	}, func(ctx context.Context) error {
		switch {
		case cfg.Rebuild && cfg.State, (cfg.Rebuild || cfg.State) && len(cfg.args) > 0:
			return cfg.usageError(errors.New("--rebuild and --state take no other flag"))
		case cfg.Rebuild:
			return cfg.index(cfg.c.Search.Rebuild(ctx))
		case cfg.State:
			return cfg.index(cfg.c.Search.Index(ctx))
		}
		return cfg.search(ctx)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Seller, "seller", "", "only of this seller")
	f.StringVar(&cfg.Location, "location", "", "only what this location keeps; stock is that of it alone")
	f.StringVar(&cfg.Channel, "channel", "", "the channel that stock is for")
	f.BoolVar(&cfg.InStock, "in-stock", false, "only what is in stock")
	f.BoolVar(&cfg.SoldOut, "sold-out", false, "only what cannot be had: sold out, oversold or switched off everywhere")
	cmd.MarkFlagsMutuallyExclusive("in-stock", "sold-out")
	f.StringArrayVar(&cfg.Attributes, "attribute", nil, "only with this attribute, like brand=acme (repeatable)")
	f.StringArrayVar(&cfg.Tags, "tag", nil, "only with this tag (repeatable)")
	f.StringArrayVar(&cfg.Facets, "facet", nil, "count the values of this attribute, or of seller_id (repeatable)")
	f.IntVar(&cfg.Most, "most", 20, "how many products are shown, at most 100")
	f.BoolVar(&cfg.Rebuild, "rebuild", false, "build the index anew; needs an admin key")
	f.BoolVar(&cfg.State, "state", false, "show the state of the index")
	return cmd
}

func (c *searchConfig) search(ctx context.Context) error {
	attributes, err := readAttributes(&c.talkConfig, c.Attributes)
	if err != nil {
		return err
	}
	r := client.Search{
		Text: strings.Join(c.args, " "), SellerID: c.Seller, LocationID: c.Location, ChannelID: c.Channel,
		Attributes: attributes, Tags: c.Tags, Facets: c.Facets, PageSize: c.Most,
	}
	if c.InStock || c.SoldOut {
		r.InStock = &c.InStock
	}
	found, err := c.c.Search.Products(ctx, r)
	if err != nil {
		return err
	}
	t := c.amounts("product", "title", "seller", "in stock", "available", "locations")
	err = c.tell(nil, t, func() {
		for i := range found.Items {
			p := &found.Items[i]
			t.row(p.ProductID, p.Title, p.SellerID, c.formatYesNo(p.InStock), c.unitOf(ctx, p.ProductID).amount(p.AvailableTotal), strings.Join(p.InStockAt, ", "))
		}
	})
	if err != nil || len(found.Facets) == 0 || c.JSON || c.CSV {
		return err
	}
	t = c.table("facet", "value", "products")
	for _, f := range found.Facets {
		for _, v := range f.Values {
			t.row(f.Name, v.Value, v.Count)
		}
	}
	fmt.Fprintln(c.out)
	return t.Flush()
}

func (c *searchConfig) formatYesNo(is bool) string {
	if is {
		return c.cell("yes")
	}
	return c.cell("no")
}

func (c *searchConfig) index(x *client.SearchIndex, err error) error {
	if err != nil {
		return err
	}
	t := c.table("ready", "building", "built", "to build", "up to")
	return c.tell(nil, t, func() {
		t.row(c.formatYesNo(x.Ready), c.formatYesNo(x.Building), x.Built, x.ToBuild, formatTime(x.AsOf))
	})
}
