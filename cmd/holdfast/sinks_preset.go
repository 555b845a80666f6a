package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// presetSink is a sink of a preset.
type presetSink struct {
	name, topic string
	types       []string
}

// sellable are the operations that change what is for sale.
var sellable = []string{
	"create", "restock", "adjust", "observe", "sale_status", "reserve", "release", "expire", "move", "return", "sold_elsewhere", "retire", "reinstate", "withdraw",
	"quota", "allot", "quota_reset", "lapse", "transfer", "promise", "fulfil", "recall", "change", "relocate",
}

// presets are sinks that belong together, with the topics that systems of the trade read.
var presets = map[string][]presetSink{
	"restaurant": {
		{"inventory-cache", "inventory-cache-update-topic", sellable},
		{"product-cache", "product-cache-update-topic", []string{"catalog"}},
		{"poi-item-stock", "poi-item-stock-sync-topic", nil},
	},
}

// presetSources are the sources of presets, without the broker.
var presetSources = map[string]client.SetSource{
	"restaurant": {Name: "order-stock-deduct", Topic: "order-stock-deduct-topic", Format: "restaurant"},
}

// presetSource sets the source of the preset, for brokers that commands can come from.
func (c *sinksConfig) presetSource(ctx context.Context, secret *string) error {
	of := presetSources[c.args[0]]
	if !slices.Contains([]string{"kafka", "nats", "rabbitmq", "rocketmq"}, c.args[1]) {
		return nil
	}
	of.Kind, of.Target, of.Secret = c.args[1], c.args[2], secret
	s, err := c.c.Sources.Set(ctx, of)
	if err != nil {
		return fmt.Errorf("source %s: %w", of.Name, err)
	}
	return printSource(&c.talkConfig, s, nil)
}

func newSinksPreset() *cobra.Command {
	var cfg sinksConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "preset PRESET KIND TARGET",
		Short: "Set the sinks that a trade needs, with the topics that its systems read",
		Long: `Preset sets several sinks at one broker. The one for restaurant chains, restaurant, has
inventory-cache (what changes what is for sale, to inventory-cache-update-topic),
product-cache (changes of the catalog, to product-cache-update-topic) and
poi-item-stock (all of stock, of each item in order, to poi-item-stock-sync-topic);
and, at a broker that commands can come from, the source order-stock-deduct (deducts
of orders, from order-stock-deduct-topic).
A secret that a sink has stays when --secret-file is left out.`,
		Example: "  holdfast sinks preset restaurant kafka kafkas://kafka.example:9092",
		Args:    cobra.ExactArgs(3),
	}, func(ctx context.Context) error {
		all, ok := presets[cfg.args[0]]
		if !ok {
			return cfg.usageError(fmt.Errorf("%q is no preset: there is %v", cfg.args[0], slices.Sorted(maps.Keys(presets))))
		}
		secret, err := readSecret(&cfg.talkConfig, cfg.secretFile)
		if err != nil {
			return err
		}
		t := cfg.sinks()
		for _, one := range all {
			s, err := cfg.c.Sinks.Set(ctx, client.SetSink{
				Name: one.name, Kind: cfg.args[1], Target: cfg.args[2], Topic: one.topic, Format: cfg.format, From: cfg.from, Secret: secret,
				Filter: client.SinkFilter{Types: one.types},
			})
			if err != nil {
				return fmt.Errorf("sink %s: %w", one.name, err)
			}
			if err := cfg.tell(nil, t, func() { cfg.row(t, s) }); err != nil {
				return err
			}
			if s.Secret != "" {
				fmt.Fprintf(cfg.errOut, cfg.words.translate("secret, shown this once: %s")+"\n", s.Secret)
			}
		}
		return cfg.presetSource(ctx, secret)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.format, "format", "", "cloudevents, cloudevents-binary or plain (default cloudevents)")
	f.StringVar(&cfg.from, "from", "", "where a new sink begins: now, start, a time or a position (default now)")
	cfg.secretFlag(cmd)
	return cmd
}
