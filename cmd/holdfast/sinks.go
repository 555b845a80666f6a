package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// sinksConfig has the settings of "sinks" and its commands.
type sinksConfig struct {
	talkConfig
	topic, format, from, secretFile      string
	types, products, locations, channels []string
	most                                 int
	linger                               time.Duration
}

func newSinks() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sinks",
		Short: "Deliver changes to other systems: set, watch and mend sinks",
		Long: `A sink is a system that committed changes are delivered to: a file, a URL, a webhook.
docs/guide/sinks.md has the whole story.`,
		Example: "  holdfast sinks list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(
		newSinksSet(), newSinksPreset(), newSinksList(), newSinksShow(),
		sinkVerb("pause", "Stop deliveries to a sink", (*client.SinkService).Pause),
		sinkVerb("resume", "Deliver to a sink again that is paused or disabled", (*client.SinkService).Resume),
		newSinksRewind(),
		sinkVerb("rebuild", "Fill the index behind a sink anew", (*client.SinkService).Rebuild),
		newSinksTest(), newSinksRotate(), newSinksDelete(),
		parkedEvents.list("List events that were not taken, the oldest first"), newSinksRequeue(), newSinksDiscard(),
		newSinksDeliveries(), newSinksRedeliver(),
	)
	return cmd
}

func newSinksSet() *cobra.Command {
	var cfg sinksConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set SINK KIND TARGET",
		Short: "Set a sink: all of it, whatever it was before",
		Long: `Set stores a sink, or changes one. KIND is file, http, kafka, nats, rabbitmq, redis,
rocketmq, search or webhook; TARGET is a URL, or of file the name of a file in the
relay's folder. A secret that the sink has stays when --secret-file is left out. A webhook
without one gets one, which is printed once.`,
		Example: `  holdfast sinks set audit file stock.ndjson --format plain --from start
  holdfast sinks set shop webhook https://shop.example/hook --type reserve,release --location berlin
  holdfast sinks set index search meilisearch+https://search.example/products --secret-file key.txt`,
		Args: cobra.ExactArgs(3),
	}, func(ctx context.Context) error {
		secret, err := readSecret(&cfg.talkConfig, cfg.secretFile)
		if err != nil {
			return err
		}
		if cfg.linger%time.Millisecond != 0 {
			return cfg.usageError(fmt.Errorf("--linger %v: it must be whole milliseconds", cfg.linger))
		}
		s, err := cfg.c.Sinks.Set(ctx, client.SetSink{
			Name: cfg.args[0], Kind: cfg.args[1], Target: cfg.args[2], Topic: cfg.topic, Format: cfg.format, From: cfg.from, Secret: secret,
			Filter: client.SinkFilter{Types: cfg.types, ProductIDs: cfg.products, LocationIDs: cfg.locations, ChannelIDs: cfg.channels},
			Batch:  client.SinkBatch{Max: cfg.most, Linger: cfg.linger},
		})
		return cfg.print(s, err)
	})
	f := cmd.Flags()
	f.StringSliceVar(&cfg.types, "type", nil, "only these operations, with commas, like reserve,release, or catalog (default: all)")
	f.StringSliceVar(&cfg.products, "product", nil, "only these products, with commas")
	f.StringSliceVar(&cfg.locations, "location", nil, "only these locations, with commas")
	f.StringSliceVar(&cfg.channels, "channel", nil, "only these channels, with commas")
	f.StringVar(&cfg.format, "format", "", "cloudevents, cloudevents-binary or plain (default cloudevents)")
	f.StringVar(&cfg.topic, "topic", "", "the topic, of kinds that have topics")
	f.StringVar(&cfg.from, "from", "", "where a new sink begins: now, start, a time or a position (default now)")
	f.IntVar(&cfg.most, "batch", 0, "how many events are delivered together at most (default 100)")
	f.DurationVar(&cfg.linger, "linger", 0, "how long an event may wait for others, like 50ms")
	cfg.secretFlag(cmd)
	return cmd
}

func newSinksList() *cobra.Command {
	var cfg sinksConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List sinks and how far they are", Example: "  holdfast sinks list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.sinks()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Sink], error) { return cfg.c.Sinks.List(ctx, r) },
			func(s *client.Sink) { cfg.row(t, s) })
	})
}

func newSinksShow() *cobra.Command {
	var cfg sinksConfig
	return cfg.talks(&cobra.Command{Use: "show SINK", Short: "Show a sink and what it delivers", Example: "  holdfast sinks show audit", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		s, err := cfg.c.Sinks.Get(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		head := cfg.sinks()
		cfg.row(head, s)
		parts := cfg.table("setting", "value")
		for _, p := range [...]struct{ name, value string }{
			{"target", s.Target},
			{"topic", s.Topic},
			{"format", s.Format},
			{"types", strings.Join(s.Filter.Types, ",")},
			{"products", strings.Join(s.Filter.ProductIDs, ",")},
			{"locations", strings.Join(s.Filter.LocationIDs, ",")},
			{"channels", strings.Join(s.Filter.ChannelIDs, ",")},
			{"batch", fmt.Sprint(s.Batch.Max)},
			{"position", s.Position},
			{"relay", s.Relay},
			{"rebuilding", map[bool]string{true: "yes"}[s.Rebuilding]},
			{"failing since", formatTime(s.FailingSince)},
			{"old secret until", formatTime(s.OldSecretUntil)},
			{"public key", s.PublicKey},
		} {
			if p.value != "" {
				parts.row(cfg.cell(p.name), p.value)
			}
		}
		return cfg.document(nil, head, parts)
	})
}

// sinkVerb is a command that does one thing to a sink.
func sinkVerb(name, short string, do func(s *client.SinkService, ctx context.Context, name string) (*client.Sink, error)) *cobra.Command {
	var cfg sinksConfig
	return cfg.writes(&cobra.Command{Use: name + " SINK", Short: short, Example: "  holdfast sinks " + name + " audit", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		s, err := do(cfg.c.Sinks, ctx, cfg.args[0])
		return cfg.print(s, err)
	})
}

func newSinksRewind() *cobra.Command {
	var cfg sinksConfig
	return cfg.writes(&cobra.Command{
		Use:   "rewind SINK POSITION",
		Short: "Move a sink: deliver again what lies behind, or pass over it",
		Long: `Rewind moves a sink to now, to start, which is the first event that the log has, to a
time, or to a position. What lies behind it is delivered again with the same ids.`,
		Example: "  holdfast sinks rewind audit start\n  holdfast sinks rewind shop 2026-01-31T12:00:00Z",
		Args:    cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		s, err := cfg.c.Sinks.Rewind(ctx, cfg.args[0], cfg.args[1])
		return cfg.print(s, err)
	})
}

func newSinksTest() *cobra.Command {
	var cfg sinksConfig
	return cfg.writes(&cobra.Command{
		Use: "test SINK", Short: "Deliver a test event, and say how that went", Example: "  holdfast sinks test shop", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r, err := cfg.c.Sinks.Test(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		delivered := cfg.cell("no")
		if r.Delivered {
			delivered = cfg.cell("yes")
		}
		t := cfg.table("event", "delivered", "took", "error")
		err = cfg.tell(nil, t, func() { t.row(r.EventID, delivered, r.Took, r.Error) })
		if err == nil && !r.Delivered {
			err = errors.New(cfg.words.translate("the test event was not delivered"))
		}
		return err
	})
}

func newSinksRotate() *cobra.Command {
	var cfg sinksConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "rotate SINK",
		Short: "Give a webhook another secret",
		Long: `Rotate gives a webhook another secret and prints the one that was made, once.
Deliveries are signed with the old one too for 24 hours, also if you rotate again.`,
		Example: "  holdfast sinks rotate shop",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		secret, err := readSecret(&cfg.talkConfig, cfg.secretFile)
		if err != nil {
			return err
		}
		given := ""
		if secret != nil {
			given = *secret
		}
		s, err := cfg.c.Sinks.Rotate(ctx, cfg.args[0], given)
		return cfg.print(s, err)
	})
	cfg.secretFlag(cmd)
	return cmd
}

func newSinksDelete() *cobra.Command {
	var cfg sinksConfig
	return cfg.writes(&cobra.Command{
		Use: "delete SINK", Short: "Take a sink away, with its secrets and what is parked", Example: "  holdfast sinks delete audit", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Sinks.Delete(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no sink %s", cfg.args[0])
	})
}

func (c *sinksConfig) secretFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.secretFile, "secret-file", "", "file with the secret, - for standard input (default: it stays, or one is made)")
}

// readSecret reads the secret from a file, nil when none is named.
func readSecret(c *talkConfig, file string) (*string, error) {
	var text []byte
	var err error
	switch file {
	case "":
		return nil, nil
	case "-":
		text, err = io.ReadAll(c.in)
	default:
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	return new(strings.TrimSpace(string(text))), nil
}

// sinks is the table of sinks.
func (c *sinksConfig) sinks() *table {
	return c.table("sink", "kind", "state", "undelivered", "behind by", "delivered", "retries", "parked", "last error")
}

func (c *sinksConfig) row(t *table, s *client.Sink) {
	lag := ""
	if s.LagEvents > 0 {
		lag = s.Lag.Round(time.Second).String()
	}
	t.row(s.Name, s.Kind, c.cell(s.State), s.LagEvents, lag, s.Delivered, s.Retries, s.Parked, s.LastError)
}

// print prints a sink, and its new secret.
func (c *sinksConfig) print(s *client.Sink, err error) error {
	if err != nil {
		return err
	}
	t := c.sinks()
	if err := c.tell(nil, t, func() { c.row(t, s) }); err != nil || c.JSON || s.Secret == "" {
		return err
	}
	_, err = fmt.Fprintf(c.out, c.words.translate("secret, shown this once: %s")+"\n", s.Secret)
	return err
}
