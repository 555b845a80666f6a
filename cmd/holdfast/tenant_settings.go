package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newTenantSettings() *cobra.Command {
	var cfg talkConfig
	var location, zone string
	var public, reasons, returns bool
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "settings",
		Short: "Show or change what a tenant has chosen",
		Long: `Settings are those of the key's tenant on a running server. Without a flag of its
own the command shows them; what a flag names is changed, the rest stays. Other
servers on the same database go by a change within 2 s.

What is stored at the default location stays there when another is chosen.`,
		Example: `  holdfast settings
  holdfast settings --default-location berlin --public-reads=false
  holdfast settings --reasons-required --max-ttl 48h`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&location, "default-location", "", "where writes go that name no location")
	f.BoolVar(&public, "public-reads", true, "whether callers without a key may ask what is in stock")
	f.BoolVar(&reasons, "reasons-required", false, "whether changes of stock by hand need a reason_code")
	f.BoolVar(&returns, "returns-unchecked", false, "whether returns of more than has left with the order are booked, with a case")
	f.StringVar(&zone, "time-zone", "", "the `zone` where days begin, like Asia/Shanghai; empty for UTC")
	f.DurationVar(&ttl, "max-ttl", 30*24*time.Hour, "the longest that a hold may be asked for at once, 30m to 720h")
	return cfg.writes(cmd, func(ctx context.Context) error {
		var r client.SettingsChange
		if f.Changed("default-location") {
			r.DefaultLocation = &location
		}
		if f.Changed("public-reads") {
			r.PublicReads = &public
		}
		if f.Changed("reasons-required") {
			r.ReasonsRequired = &reasons
		}
		if f.Changed("returns-unchecked") {
			r.ReturnsUnchecked = &returns
		}
		if f.Changed("time-zone") {
			r.TimeZone = &zone
		}
		if f.Changed("max-ttl") {
			if err := cfg.seconds("max-ttl", ttl); err != nil {
				return err
			}
			r.MaxTTL = &ttl
		}
		var s *client.Settings
		var err error
		if r == (client.SettingsChange{}) {
			s, err = cfg.c.Tenant.Settings(ctx)
		} else {
			s, err = cfg.c.Tenant.ChangeSettings(ctx, r)
		}
		if err != nil {
			return err
		}
		return cfg.printSettings(s)
	})
}

func (c *talkConfig) printSettings(s *client.Settings) error {
	yes := map[bool]string{true: c.cell("yes"), false: c.cell("no")}
	t := c.table("setting", "value")
	return c.tell(nil, t, func() {
		t.row(c.cell("default location"), s.DefaultLocation)
		t.row(c.cell("public reads"), yes[s.PublicReads])
		t.row(c.cell("reasons required"), yes[s.ReasonsRequired])
		t.row(c.cell("returns unchecked"), yes[s.ReturnsUnchecked])
		t.row(c.cell("days begin in"), s.TimeZone)
		t.row(c.cell("longest hold at once"), s.MaxTTL)
		t.row(c.cell("sandbox"), yes[s.Sandbox])
	})
}
