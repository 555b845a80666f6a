package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// sourcesConfig has the settings of "sources" and its commands.
type sourcesConfig struct {
	talkConfig
	group, reply, format, shortage, secretFile string
}

func newSources() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources",
		Short: "Take commands by message: set, watch and mend sources",
		Long: `A source is a topic of a broker whose messages are commands: a relay consumes it and
carries each command out once. docs/guide/sources.md has the whole story.`,
		Example: "  holdfast sources list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(
		newSourcesSet(), newSourcesList(), newSourcesShow(),
		sourceVerb("pause", "Stop consuming a source; its messages wait", (*client.SourceService).Pause),
		sourceVerb("resume", "Consume a source again that is paused", (*client.SourceService).Resume),
		newSourcesTest(), newSourcesDelete(),
		parkedMessages.list("List messages that are no commands, the oldest first"), newSourcesRequeue(), newSourcesDiscard(),
	)
	return cmd
}

func newSourcesSet() *cobra.Command {
	var cfg sourcesConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "set SOURCE BROKER TARGET TOPIC",
		Short: "Set a source: all of it, whatever it was before",
		Long: `Set stores a source, or changes one. BROKER is kafka, nats, rabbitmq or rocketmq; TARGET
is a URL; TOPIC is the topic, of nats the subject, of rabbitmq the queue. A secret that
the source has stays when --secret-file is left out.`,
		Example: `  holdfast sources set orders kafka kafkas://kafka.example:9092 order-stock-deduct-topic --format restaurant
  holdfast sources set stock nats tls://nats.example:4222 stock.commands --reply-topic stock.replies`,
		Args: cobra.ExactArgs(4),
	}, func(ctx context.Context) error {
		secret, err := readSecret(&cfg.talkConfig, cfg.secretFile)
		if err != nil {
			return err
		}
		var shortage *string
		if cfg.shortage != "" {
			shortage = &cfg.shortage
		}
		s, err := cfg.c.Sources.Set(ctx, client.SetSource{
			Name: cfg.args[0], Kind: cfg.args[1], Target: cfg.args[2], Topic: cfg.args[3], Group: cfg.group, ReplyTopic: cfg.reply, Format: cfg.format, Secret: secret,
			Shortage: shortage,
		})
		return printSource(&cfg.talkConfig, s, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.group, "group", "", "consumer group, of nats the durable consumer (default holdfast)")
	f.StringVar(&cfg.reply, "reply-topic", "", "topic that gets the result of each message (default: none)")
	f.StringVar(&cfg.format, "format", "", "commands or restaurant (default commands)")
	f.StringVar(&cfg.shortage, "shortage", "", "what happens to a paid order of a restaurant that is not there: refuse, oversell or case (default: it stays)")
	f.StringVar(&cfg.secretFile, "secret-file", "", "file with what the broker wants, - for standard input (default: it stays)")
	return cmd
}

func newSourcesList() *cobra.Command {
	var cfg sourcesConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List sources and how they fare", Example: "  holdfast sources list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := sourceTable(&cfg.talkConfig)
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Source], error) { return cfg.c.Sources.List(ctx, r) },
			func(s *client.Source) { sourceRow(&cfg.talkConfig, t, s) })
	})
}

func newSourcesShow() *cobra.Command {
	var cfg sourcesConfig
	return cfg.talks(&cobra.Command{Use: "show SOURCE", Short: "Show a source and what it consumes", Example: "  holdfast sources show orders", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		s, err := cfg.c.Sources.Get(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		head := sourceTable(&cfg.talkConfig)
		sourceRow(&cfg.talkConfig, head, s)
		parts := cfg.table("setting", "value")
		for _, p := range [...]struct{ name, value string }{
			{"target", s.Target},
			{"topic", s.Topic},
			{"group", s.Group},
			{"reply topic", s.ReplyTopic},
			{"format", s.Format},
			{"shortage", shownShortage(s)},
			{"relay", s.Relay},
			{"failing since", formatTime(s.FailingSince)},
		} {
			if p.value != "" {
				parts.row(cfg.cell(p.name), p.value)
			}
		}
		return cfg.document(nil, head, parts)
	})
}

// sourceVerb is a command that does one thing to a source.
func sourceVerb(name, short string, do func(s *client.SourceService, ctx context.Context, name string) (*client.Source, error)) *cobra.Command {
	var cfg sourcesConfig
	return cfg.writes(&cobra.Command{Use: name + " SOURCE", Short: short, Example: "  holdfast sources " + name + " orders", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		s, err := do(cfg.c.Sources, ctx, cfg.args[0])
		return printSource(&cfg.talkConfig, s, err)
	})
}

func newSourcesTest() *cobra.Command {
	var cfg sourcesConfig
	return cfg.writes(&cobra.Command{
		Use: "test SOURCE", Short: "Ask the broker of a source whether it can be consumed", Example: "  holdfast sources test orders", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r, err := cfg.c.Sources.Test(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		reached := cfg.cell("no")
		if r.Reached {
			reached = cfg.cell("yes")
		}
		t := cfg.table("source", "reached", "took", "error")
		err = cfg.tell(nil, t, func() { t.row(cfg.args[0], reached, r.Took, r.Error) })
		if err == nil && !r.Reached {
			err = errors.New(cfg.words.translate("the source cannot be consumed"))
		}
		return err
	})
}

func newSourcesDelete() *cobra.Command {
	var cfg sourcesConfig
	return cfg.writes(&cobra.Command{
		Use: "delete SOURCE", Short: "Take a source away, with its secret and what is parked", Example: "  holdfast sources delete orders", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		if err := cfg.c.Sources.Delete(ctx, cfg.args[0]); err != nil {
			return err
		}
		return cfg.printGone("there is no source %s", cfg.args[0])
	})
}

// sourceTable is the table of sources.
func sourceTable(c *talkConfig) *table {
	return c.table("source", "kind", "state", "queued", "accepted", "refused", "retries", "parked", "last error")
}

func sourceRow(c *talkConfig, t *table, s *client.Source) {
	queued := any("")
	if s.Lag != nil {
		queued = *s.Lag
	}
	t.row(s.Name, s.Kind, c.cell(s.State), queued, s.Accepted, s.Refused, s.Retries, s.Parked, s.LastError)
}

// printSource prints a source.
func printSource(c *talkConfig, s *client.Source, err error) error {
	if err != nil {
		return err
	}
	t := sourceTable(c)
	return c.tell(nil, t, func() { sourceRow(c, t, s) })
}

// shownShortage is the policy of a source for what was paid and is not there, "" where the
// format has none.
func shownShortage(s *client.Source) string {
	if s.Format != "restaurant" {
		return ""
	}
	return s.Shortage
}
