package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// scheduleConfig has the settings of "quotas schedule".
type scheduleConfig struct {
	quotasConfig
	Every   time.Duration
	DailyAt string
	Zone    string
	Reset   bool
	Paused  bool
	Drop    bool
}

func newQuotasSchedule() *cobra.Command {
	var cfg scheduleConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "schedule PRODUCT",
		Short: "Show, set or drop when a product is allotted by itself",
		Long: `Schedule says when the servers allot units of a product to its channels, and begin
a new period, by themselves: every so often (--every), or each day at a time
(--daily-at). Without these it shows the schedule there is; --drop takes it away.`,
		Example: `  holdfast quotas schedule cup --daily-at 06:00 --time-zone Europe/Berlin --keep 20 --reset-sold
  holdfast quotas schedule cup`,
		Args: cobra.ExactArgs(1),
	}, cfg.run)
	cfg.addLocationFlag(cmd)
	f := cmd.Flags()
	f.DurationVar(&cfg.Every, "every", 0, "carry it out at the end of each such period, like 15m")
	f.StringVar(&cfg.DailyAt, "daily-at", "", "carry it out each day at this time, like 06:30")
	f.StringVar(&cfg.Zone, "time-zone", "", "whose clock --daily-at goes by, like Europe/Berlin (default UTC)")
	f.StringVar(&cfg.Mode, "mode", "", "pool, under_level, rebalance or none (default pool)")
	f.StringVar(&cfg.Keep, "keep", "0", "what stays in the shared pool")
	f.BoolVar(&cfg.Reset, "reset-sold", false, "begin a new period each time, before")
	f.BoolVar(&cfg.Paused, "paused", false, "keep it and do not carry it out")
	f.BoolVar(&cfg.Drop, "drop", false, "take it away")
	return cmd
}

func (c *scheduleConfig) run(ctx context.Context) error {
	product, set := c.args[0], c.Every != 0 || c.DailyAt != ""
	if set && c.Drop {
		return c.usageError(errors.New("--drop takes no other flag"))
	}
	if err := c.seconds("every", c.Every); err != nil {
		return err
	}
	if c.Drop {
		if err := c.c.Quotas.DropSchedule(ctx, product, c.Location); err != nil {
			return err
		}
		return c.printGone("%s has no schedule", product)
	}
	var q *client.QuotaSchedule
	var err error
	if set {
		s := client.QuotaSchedule{
			ProductID: product, LocationID: c.Location, Every: c.Every, DailyAt: c.DailyAt, TimeZone: c.Zone, Mode: c.Mode,
			ResetSold: c.Reset, Paused: c.Paused,
		}
		if s.Keep, s.KeepDecimal, err = units(c.Keep); err != nil {
			return c.usageError(fmt.Errorf("--keep: %w", err))
		}
		q, err = c.c.Quotas.SetSchedule(ctx, s)
	} else {
		q, err = c.c.Quotas.Schedule(ctx, product, c.Location)
	}
	if err != nil {
		return err
	}
	t := c.table("product", "location", "when", "mode", "keep", "new period", "next")
	return c.tell(nil, t, func() {
		when, again, next := fmt.Sprintf(c.cell("daily at %s %s"), q.DailyAt, q.TimeZone), "no", formatTime(q.DueAt)
		if q.Every != 0 {
			when = fmt.Sprintf(c.cell("every %v"), q.Every)
		}
		if q.ResetSold {
			again = "yes"
		}
		if q.Paused {
			next = c.cell("paused")
		}
		t.row(q.ProductID, q.LocationID, when, q.Mode, q.Keep, c.cell(again), next)
	})
}
