package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// scheduleConfig is what "quotas schedule" is told.
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
	cmd := cfg.command(&cobra.Command{
		Use:   "schedule PRODUCT",
		Short: "Show, set or drop when a product is allotted by itself",
		Long: `Schedule says when the servers allot units of a product to its channels, and begin
a new period, by themselves: every so often (--every), or each day at a time
(--daily-at). Without these it shows the schedule there is; --drop takes it away.`,
		Example: `  holdfast quotas schedule cup --daily-at 06:00 --time-zone Europe/Berlin --keep 20 --reset-sold --url http://127.0.0.1:8080
  holdfast quotas schedule cup --url http://127.0.0.1:8080`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, _ *quotasConfig) error { return cfg.run(ctx) })
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
	set := c.Every != 0 || c.DailyAt != ""
	switch {
	case set && c.Drop:
		return c.wrong(errors.New("--drop goes by itself"))
	case c.Every%time.Second != 0:
		return c.wrong(fmt.Errorf("--every %v: it must be whole seconds", c.Every))
	case set:
		body, err := c.schedule()
		if err != nil {
			return c.wrong(err)
		}
		return c.send(ctx, http.MethodPut, "/schedule", body, inWords(c.print))
	}
	query := "/schedule" + where(c.Location)
	if !c.Drop {
		return c.send(ctx, http.MethodGet, query, nil, inWords(c.print))
	}
	return c.send(ctx, http.MethodDelete, query, nil, func([]byte) error {
		_, err := fmt.Fprintf(c.out, "%s has no schedule\n", c.Product)
		return err
	})
}

// schedule is the body that sets it.
func (c *scheduleConfig) schedule() (map[string]any, error) {
	keep, err := amount(c.Keep)
	if err != nil {
		return nil, fmt.Errorf("--keep: %w", err)
	}
	body := filled(map[string]string{"location_id": c.Location, "daily_at": c.DailyAt, "time_zone": c.Zone, "mode": c.Mode})
	body["keep"], body["reset_sold"], body["active"] = keep, c.Reset, !c.Paused
	if c.Every != 0 {
		body["every_seconds"] = int64(c.Every / time.Second)
	}
	return body, nil
}

// scheduleAnswer is what "quotas schedule" shows of the server's answer.
type scheduleAnswer struct {
	Product  string `json:"product_id"`
	Location string `json:"location_id"`
	Every    int64  `json:"every_seconds"`
	DailyAt  string `json:"daily_at"`
	Zone     string `json:"time_zone"`
	Mode     string `json:"mode"`
	Keep     int64  `json:"keep"`
	Reset    bool   `json:"reset_sold"`
	Active   bool   `json:"active"`
	Due      string `json:"due_at"`
}

func (c *scheduleConfig) print(q *scheduleAnswer) error {
	when := fmt.Sprintf("daily at %s %s", q.DailyAt, q.Zone)
	if q.Every != 0 {
		when = fmt.Sprintf("every %v", time.Duration(q.Every)*time.Second)
	}
	what := fmt.Sprintf("allots in the way %s, keeps %d", q.Mode, q.Keep)
	if q.Mode == "none" {
		what = "allots nothing"
	}
	if q.Reset {
		what += ", begins a new period"
	}
	next := "next " + q.Due
	if !q.Active {
		next = "paused"
	}
	_, err := fmt.Fprintf(c.out, "%s at %s %s: %s; %s\n", q.Product, q.Location, when, what, next)
	return err
}
