package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sheet"
)

// quotasConfig is what "quotas" and its commands are told.
type quotasConfig struct {
	askConfig
	Product  string
	Channels []string
	Location string
	Lowering string
	Mode     string
	Keep     string
	DryRun   bool
	Reason   string
}

func newQuotas() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quotas",
		Short: "See and set which channel may sell how much",
		Long: `Quotas are units of a product that one channel may sell. What no channel has
is in the shared pool, which all draw from after their own quota. These commands
talk to a running server; docs/guide/quotas.md has the whole story.`,
		Example: "  holdfast quotas show cup --url http://127.0.0.1:8080",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newQuotasShow(), newQuotasSet(), newQuotasAllot(), newQuotasReset(), newQuotasSchedule(),
		importKind(sheet.KindQuotas, "quotas.csv"), exportKind(sheet.KindQuotas, "quotas.csv"))
	return cmd
}

func newQuotasShow() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.command(asking("show PRODUCT", "Show how the channels share a product", "quotas show cup --location berlin", cobra.ExactArgs(1)), runQuotasShow)
	return cmd
}

func newQuotasSet() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.command(&cobra.Command{
		Use:   "set PRODUCT CHANNEL=SETTING[,SETTING]…",
		Short: "Set quotas, weights and levels of channels, all or nothing",
		Long: `Set moves units between the shared pool and the channels. A setting is a number
(the quota: what remains, what is held and what was sold in the period),
weight=N (the share of allotments) or level=N (what remains below which
"quotas allot --mode under_level" fills the channel up). What is not named stays.

A number with a point is in the product's declared unit, one without in its
smallest. A quota below what is held and sold is refused, or, with --lowering
wait, shrinks as orders give units back.`,
		Example: `  holdfast quotas set cup pos=40,weight=40 online=30,weight=30,level=5 --url http://127.0.0.1:8080
  holdfast quotas set cup online=weight=20 --url http://127.0.0.1:8080`,
		Args: cobra.MinimumNArgs(2),
	}, runQuotasSet)
	cmd.Flags().StringVar(&cfg.Lowering, "lowering", "", "below what is held and sold: refuse or wait (default refuse)")
	cfg.reason(cmd)
	return cmd
}

func newQuotasAllot() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.command(&cobra.Command{
		Use:   "allot PRODUCT",
		Short: "Share units of the pool among the channels by weight",
		Example: `  holdfast quotas allot cup --keep 10 --dry-run --url http://127.0.0.1:8080
  holdfast quotas allot cup --mode under_level --url http://127.0.0.1:8080`,
		Args: cobra.ExactArgs(1),
	}, runQuotasAllot)
	f := cmd.Flags()
	f.StringVar(&cfg.Keep, "keep", "0", "what stays in the shared pool")
	f.StringVar(&cfg.Mode, "mode", "", "pool, under_level or rebalance (default pool)")
	f.BoolVar(&cfg.DryRun, "dry-run", false, "change nothing, say what would move")
	cfg.reason(cmd)
	return cmd
}

func newQuotasReset() *cobra.Command {
	var cfg quotasConfig
	cmd := cfg.command(asking("reset PRODUCT [CHANNEL]…", "Begin a new period: what channels sold is counted from 0", "quotas reset cup --reason closed", cobra.MinimumNArgs(1)), runQuotasReset)
	cfg.reason(cmd)
	return cmd
}

// command adds to the command what all of them have.
func (c *quotasConfig) command(cmd *cobra.Command, run func(context.Context, *quotasConfig) error) *cobra.Command {
	cmd.Flags().StringVar(&c.Location, "location", "", "location (default: the tenant's default location)")
	return c.asks(cmd, func(ctx context.Context) error {
		c.Product, c.Channels = c.args[0], c.args[1:]
		return run(ctx, c)
	})
}

func (c *quotasConfig) reason(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.Reason, "reason", "", "why, for the journal")
}

func runQuotasShow(ctx context.Context, cfg *quotasConfig) error {
	return cfg.send(ctx, http.MethodGet, where(cfg.Location), nil, inWords(cfg.print))
}

func runQuotasSet(ctx context.Context, cfg *quotasConfig) error {
	body := cfg.body()
	var channels []map[string]any
	for _, arg := range cfg.Channels {
		channel, err := quotaSetting(arg)
		if err != nil {
			return cfg.wrong(err)
		}
		channels = append(channels, channel)
	}
	body["channels"] = channels
	if cfg.Lowering != "" {
		body["lowering"] = cfg.Lowering
	}
	return cfg.send(ctx, http.MethodPut, "", body, inWords(cfg.print))
}

func runQuotasAllot(ctx context.Context, cfg *quotasConfig) error {
	body := cfg.body()
	keep, err := amount(cfg.Keep)
	if err != nil {
		return cfg.wrong(fmt.Errorf("--keep: %w", err))
	}
	body["keep"], body["dry_run"] = keep, cfg.DryRun
	if cfg.Mode != "" {
		body["mode"] = cfg.Mode
	}
	return cfg.send(ctx, http.MethodPost, "/allot", body, inWords(cfg.printAllotment))
}

func runQuotasReset(ctx context.Context, cfg *quotasConfig) error {
	body := cfg.body()
	if len(cfg.Channels) > 0 {
		body["channels"] = cfg.Channels
	}
	return cfg.send(ctx, http.MethodPost, "/reset", body, inWords(cfg.print))
}

func (c *quotasConfig) body() map[string]any {
	return filled(map[string]string{"location_id": c.Location, "reason": c.Reason})
}

// quotaSetting reads one channel of "quotas set".
func quotaSetting(arg string) (map[string]any, error) {
	id, settings, ok := strings.Cut(arg, "=")
	if !ok || id == "" || settings == "" {
		return nil, fmt.Errorf("%q is not like online=30,weight=3", arg)
	}
	channel := map[string]any{"channel_id": id}
	for setting := range strings.SplitSeq(settings, ",") {
		name, value, named := strings.Cut(setting, "=")
		if !named {
			name, value = "quota", setting
		}
		if name != "quota" && name != "weight" && name != "level" {
			return nil, fmt.Errorf("%q: there is no setting %q: a number, weight=N or level=N is", arg, name)
		}
		if _, twice := channel[name]; twice {
			return nil, fmt.Errorf("%q says its %s twice", arg, name)
		}
		n, err := amount(value)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", arg, err)
		}
		channel[name] = n
	}
	return channel, nil
}

// amount is a quantity as the API takes it: a number of smallest units, or, with
// a point, a text in the declared unit.
func amount(text string) (any, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil || !strings.Contains(text, ".") {
		return nil, fmt.Errorf("%q is no number", text)
	}
	return text, nil
}

// send carries out one call about the product's quotas.
func (c *quotasConfig) send(ctx context.Context, verb, path string, body any, show func([]byte) error) error {
	return c.answer(ctx, verb, "/v1/quotas/"+url.PathEscape(c.Product)+path, body, show)
}
