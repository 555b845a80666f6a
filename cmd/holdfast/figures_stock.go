package main

import (
	"context"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// stockFiguresConfig has the settings of "figures stock".
type stockFiguresConfig struct {
	talkConfig
	By, Since, Until, Location, Product, Zone string
	Rates                                     bool
}

func newStockFigures() *cobra.Command {
	var cfg stockFiguresConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "stock",
		Short: "Show what there was by hour or day, and the rates made of it",
		Long: `Stock shows units on hand, items in use and those of which nothing was available by hour or
day. With --rates it shows turnover, days of supply, stock-out rate, count accuracy and
oversell rate of the whole time instead. What each figure is is in docs/guide/figures.md.`,
		Example: `  holdfast figures stock --since 2030-01-01 --location berlin
  holdfast figures stock --since 2030-01-01 --rates`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		return cfg.stock(ctx)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.By, "by", "day", "hour or day")
	f.StringVar(&cfg.Since, "since", "", "what was booked from this time on, like 2030-01-31T00:00:00Z or 2030-01-31")
	f.StringVar(&cfg.Until, "until", "", "what was booked before this time")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Zone, "time-zone", "", "the `zone` where days begin, like Asia/Shanghai (default: the tenant's)")
	f.BoolVar(&cfg.Rates, "rates", false, "show the rates of the whole time")
	return cmd
}

func (c *stockFiguresConfig) stock(ctx context.Context) error {
	q := client.StockFigureQuery{By: c.By, LocationID: c.Location, ProductID: c.Product, TimeZone: c.Zone}
	var err error
	if q.Since, err = c.moment("since", c.Since); err != nil {
		return err
	}
	if q.Until, err = c.moment("until", c.Until); err != nil {
		return err
	}
	found, err := c.c.Figures.Stock(ctx, q)
	if err != nil {
		return err
	}
	if c.Rates {
		t := c.table("unit", "turnover", "days of supply", "stock-out rate", "count accuracy", "oversell rate")
		return c.tell(nil, t, func() {
			for _, r := range found.Rates {
				t.row(r.Unit, ratio(r.Turnover), ratio(r.DaysOfSupply), ratio(r.StockOutRate), ratio(r.CountAccuracy), ratio(r.OversellRate))
			}
		})
	}
	t := c.table(append([]string{
		"begins", "unit", "on hand", "items in use", "out of stock", "hours", "unit hours", "item hours", "hours out of stock", "sold",
		"counts", "exact counts", "oversells", "oversold", "counted from", "counted until",
	}, c.forPrograms("scale")...)...)
	return c.tell(nil, t, func() {
		for _, s := range found.Items {
			u := declared{s.Unit, s.Scale}
			t.row(append([]any{
				formatTime(s.At), s.Unit, u.bare(s.OnHand), s.Items, s.OutOfStock, rounded(s.Hours), rounded(s.UnitHours / math.Pow10(s.Scale)), rounded(s.ItemHours),
				rounded(s.OutOfStockHours), u.bare(s.Sold), s.Counts, s.CountsExact, s.Oversells, u.bare(s.Oversold), formatTime(s.CountedFrom), formatTime(s.CountedUntil),
			}, c.scaleCell(u)...)...)
		}
	})
}

// ratio is empty where there was nothing to divide by.
func ratio(r *float64) string {
	if r == nil {
		return ""
	}
	return strconv.FormatFloat(*r, 'f', 4, 64)
}

func rounded(n float64) string { return strconv.FormatFloat(n, 'f', 2, 64) }
