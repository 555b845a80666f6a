package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// sourcesConfig is what "sources" and its commands are told.
type sourcesConfig struct {
	talkConfig
	group, reply, format, secretFile string
	all                              bool
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
		newSourcesDelete(), newSourcesParked(),
		messageVerb("requeue", "Carry parked messages out once more", (*client.SourceService).Requeue),
		messageVerb("discard", "Give parked messages up", (*client.SourceService).Discard),
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
		secret, err := cfg.secret(cfg.secretFile)
		if err != nil {
			return err
		}
		s, err := cfg.c.Sources.Set(ctx, client.SetSource{
			Name: cfg.args[0], Kind: cfg.args[1], Target: cfg.args[2], Topic: cfg.args[3], Group: cfg.group, ReplyTopic: cfg.reply, Format: cfg.format, Secret: secret,
		})
		return cfg.printSource(s, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.group, "group", "", "consumer group, of nats the durable consumer (default holdfast)")
	f.StringVar(&cfg.reply, "reply-topic", "", "topic that gets what became of each message (default: none)")
	f.StringVar(&cfg.format, "format", "", "commands or restaurant (default commands)")
	f.StringVar(&cfg.secretFile, "secret-file", "", "file with what the broker wants, - for standard input (default: it stays)")
	return cmd
}

func newSourcesList() *cobra.Command {
	var cfg sourcesConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List sources and how they fare", Example: "  holdfast sources list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.sourceTable()
		return told(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Source], error) { return cfg.c.Sources.List(ctx, r) },
			func(s *client.Source) { cfg.sourceRow(t, s) })
	})
}

func newSourcesShow() *cobra.Command {
	var cfg sourcesConfig
	return cfg.talks(&cobra.Command{Use: "show SOURCE", Short: "Show a source and what it consumes", Example: "  holdfast sources show orders", Args: cobra.ExactArgs(1)}, func(ctx context.Context) error {
		s, err := cfg.c.Sources.Get(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		head := cfg.sourceTable()
		cfg.sourceRow(head, s)
		parts := cfg.table("setting", "value")
		for _, p := range [...]struct{ name, value string }{
			{"target", s.Target},
			{"topic", s.Topic},
			{"group", s.Group},
			{"reply topic", s.ReplyTopic},
			{"format", s.Format},
			{"relay", s.Relay},
			{"failing since", at(s.FailingSince)},
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
		return cfg.printSource(s, err)
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
		return cfg.gone("there is no source %s", cfg.args[0])
	})
}

func newSourcesParked() *cobra.Command {
	var cfg sourcesConfig
	return cfg.talks(&cobra.Command{
		Use: "parked SOURCE", Short: "List messages that are no commands, the oldest first", Example: "  holdfast sources parked orders", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.SourceList{Name: cfg.args[0], PageSize: pageSize}
		t := cfg.parked()
		return told(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.ParkedMessage], error) {
			return cfg.c.Sources.Parked(ctx, r)
		},
			func(p *client.ParkedMessage) { cfg.parkedRow(t, p) })
	})
}

// messageVerb is a command that decides about parked messages.
func messageVerb(name, short string, do func(s *client.SourceService, ctx context.Context, source, id string) (*client.ParkedMessage, error)) *cobra.Command {
	var cfg sourcesConfig
	cmd := cfg.writes(&cobra.Command{
		Use: name + " SOURCE [MESSAGE]…", Short: short, Args: cobra.MinimumNArgs(1),
		Example: "  holdfast sources " + name + " orders parked-k3vq5yb6e2nkx7q4\n  holdfast sources " + name + " orders --all",
	}, func(ctx context.Context) error {
		source, ids := cfg.args[0], cfg.args[1:]
		if cfg.all == (len(ids) > 0) {
			return cfg.wrong(errors.New("name parked messages or give --all, one of the two"))
		}
		if cfg.all {
			var err error
			if ids, err = cfg.messageIDs(ctx, source); err != nil {
				return err
			}
		}
		t := cfg.parked()
		for _, id := range ids {
			p, err := do(cfg.c.Sources, ctx, source, id)
			if err != nil {
				return err
			}
			if cfg.JSON {
				if err := cfg.tell(nil, t, nil); err != nil {
					return err
				}
				continue
			}
			cfg.parkedRow(t, p)
		}
		if cfg.JSON {
			return nil
		}
		return t.Flush()
	})
	cmd.Flags().BoolVar(&cfg.all, "all", false, "all parked messages of the source")
	return cmd
}

// messageIDs are the ids of all parked messages of a source.
func (c *talkConfig) messageIDs(ctx context.Context, source string) (ids []string, err error) {
	for r := (client.SourceList{Name: source, PageSize: pageSize}); ; {
		page, err := c.c.Sources.Parked(ctx, r)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			ids = append(ids, page.Items[i].ID)
		}
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return ids, nil
		}
	}
}

// sourceTable is the table of sources.
func (c *talkConfig) sourceTable() *table {
	return c.table("source", "kind", "state", "queued", "accepted", "refused", "retries", "parked", "last error")
}

func (c *talkConfig) sourceRow(t *table, s *client.Source) {
	queued := any("")
	if s.Lag != nil {
		queued = *s.Lag
	}
	t.row(s.Name, s.Kind, c.cell(s.State), queued, s.Accepted, s.Refused, s.Retries, s.Parked, s.LastError)
}

// parked is the table of parked messages.
func (c *sourcesConfig) parked() *table {
	return c.table("parked", "message", "state", "tries", "since", "bytes", "cause", "begins with")
}

// mostShown is how much of a message a row shows, in runes.
const mostShown = 60

func (c *sourcesConfig) parkedRow(t *table, p *client.ParkedMessage) {
	begin := []rune(strings.Join(strings.Fields(p.Body), " "))
	if len(begin) > mostShown {
		begin = append(begin[:mostShown], '…')
	}
	t.row(p.ID, p.MessageID, c.cell(p.State), p.Tries, at(p.Since), p.Size, p.Cause, string(begin))
}

// printSource prints a source.
func (c *talkConfig) printSource(s *client.Source, err error) error {
	if err != nil {
		return err
	}
	t := c.sourceTable()
	return c.tell(nil, t, func() { c.sourceRow(t, s) })
}
