package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// figuresConfig has the settings of "figures".
type figuresConfig struct {
	talkConfig
	By, Since, Until, Location, Channel, Product, Zone string
}

func newFigures() *cobra.Command {
	var cfg figuresConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "figures",
		Short: "Show how much was booked, by minute, hour or day",
		Long: `Figures shows reserve calls, lines and units by minute, hour or day, and by channel. What
each figure counts is in docs/guide/figures.md. They show changes after a moment. Units of
products that declare a unit are in rows of their own, in that unit.`,
		Example: `  holdfast figures --since 2030-01-31
  holdfast figures --by day --location berlin --time-zone Europe/Berlin --csv`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		return cfg.figures(ctx)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.By, "by", "hour", "minute, hour or day")
	f.StringVar(&cfg.Since, "since", "", "what was booked from this time on, like 2030-01-31T00:00:00Z or 2030-01-31")
	f.StringVar(&cfg.Until, "until", "", "what was booked before this time")
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Channel, "channel", "", "only this channel")
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Zone, "time-zone", "", "the `zone` where days begin, like Asia/Shanghai (default: the tenant's)")
	cmd.AddCommand(newStockFigures(), newOverstock(), newServiceFigures())
	return cmd
}

func (c *figuresConfig) figures(ctx context.Context) error {
	q := client.FigureQuery{By: c.By, LocationID: c.Location, ChannelID: c.Channel, ProductID: c.Product, TimeZone: c.Zone}
	var err error
	if q.Since, err = c.moment("since", c.Since); err != nil {
		return err
	}
	if q.Until, err = c.moment("until", c.Until); err != nil {
		return err
	}
	found, err := c.c.Figures.List(ctx, q)
	if err != nil {
		return err
	}
	t := c.table(append([]string{
		"begins", "channel", "unit", "reserves", "refused", "lines", "lines expired", "units reserved", "sold", "returned", "released",
		"units expired", "units received", "gained", "lost units", "partly reserved", "counts", "exact counts", "oversells", "oversold",
		"transfers shipped", "transfers received", "transfers returned", "transfers lost", "transfers surplus", "lines ended", "counted from", "counted until",
	}, c.forPrograms("scale")...)...)
	return c.tell(nil, t, func() {
		for _, s := range found.Items {
			u := declared{s.Unit, s.Scale}
			t.row(append([]any{
				formatTime(s.At), s.ChannelID, s.Unit, s.Reserves, s.Refused, s.LinesReserved, s.LinesExpired, u.bare(s.Reserved), u.bare(s.Sold), u.bare(s.Returned),
				u.bare(s.Released), u.bare(s.Expired), u.bare(s.Received), u.bare(s.Gained), u.bare(s.Lost), s.Partial, s.Counts, s.CountsExact, s.Oversells, u.bare(s.Oversold),
				u.bare(s.TransferShipped), u.bare(s.TransferReceived), u.bare(s.TransferReturned), u.bare(s.TransferLost), u.bare(s.TransferSurplus),
				s.LinesEnded, formatTime(s.CountedFrom), formatTime(s.CountedUntil),
			}, c.scaleCell(u)...)...)
		}
	})
}
