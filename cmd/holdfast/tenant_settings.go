package main

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// tenantConfig is what "settings" is told.
type tenantConfig struct {
	askConfig
	DefaultLocation string
	PublicReads     bool
	ReasonsRequired bool
	MaxTTL          time.Duration
}

func newTenantSettings() *cobra.Command {
	var cfg tenantConfig
	cmd := &cobra.Command{
		Use:   "settings",
		Short: "Show or change what a tenant has chosen",
		Long: `Settings are those of the key's tenant on a running server. Without a flag of its
own the command shows them; what a flag names is changed, the rest stays. Other
servers on the same database go by a change within 2 s.

What is stored at the default location stays there when another is chosen.`,
		Example: `  holdfast settings --url http://127.0.0.1:8080
  holdfast settings --default-location berlin --public-reads=false --url http://127.0.0.1:8080`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&cfg.DefaultLocation, "default-location", "", "where writes go that name no location")
	f.BoolVar(&cfg.PublicReads, "public-reads", true, "whether callers without a key may ask what is in stock")
	f.BoolVar(&cfg.ReasonsRequired, "reasons-required", false, "whether changes of stock by hand need a reason_code")
	f.DurationVar(&cfg.MaxTTL, "max-ttl", 30*24*time.Hour, "the longest that a hold may be asked for at once, 30m to 720h")
	return cfg.asks(cmd, func(ctx context.Context) error {
		change := map[string]any{}
		if f.Changed("default-location") {
			change["default_location"] = cfg.DefaultLocation
		}
		if f.Changed("public-reads") {
			change["public_reads"] = cfg.PublicReads
		}
		if f.Changed("reasons-required") {
			change["reasons_required"] = cfg.ReasonsRequired
		}
		if f.Changed("max-ttl") {
			change["max_ttl_seconds"] = int64(cfg.MaxTTL / time.Second)
		}
		if len(change) == 0 {
			return cfg.answer(ctx, http.MethodGet, "/v1/settings", nil, inWords(cfg.print))
		}
		return cfg.answer(ctx, http.MethodPatch, "/v1/settings", change, inWords(cfg.print))
	})
}

// tenantSettings are those of a tenant as the server shows them.
type tenantSettings struct {
	DefaultLocation string `json:"default_location"`
	PublicReads     bool   `json:"public_reads"`
	ReasonsRequired bool   `json:"reasons_required"`
	MaxTTLSeconds   int64  `json:"max_ttl_seconds"`
}

func (c *tenantConfig) print(s *tenantSettings) error {
	t := newTable(c.out, "setting", "value")
	t.row("default location", s.DefaultLocation)
	yes := map[bool]string{true: "yes", false: "no"}
	t.row("public reads", yes[s.PublicReads])
	t.row("reasons required", yes[s.ReasonsRequired])
	t.row("longest hold at once", time.Duration(s.MaxTTLSeconds)*time.Second)
	return t.Flush()
}
