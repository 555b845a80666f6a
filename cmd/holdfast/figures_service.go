package main

import (
	"context"

	"github.com/spf13/cobra"
)

// serviceFiguresConfig has the settings of "figures service".
type serviceFiguresConfig struct {
	talkConfig
	All, Sinks bool
}

func newServiceFigures() *cobra.Command {
	var cfg serviceFiguresConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "service",
		Short: "Show how the node has served: calls per second and how long they took",
		Long: `Service shows the calls of each operation over the last five minutes, of the node that
answers, and how long they took in milliseconds. With --sinks it shows instead how much of
what was due each sink has delivered. It needs an administrator's key.`,
		Example: `  holdfast figures service
  holdfast figures service --sinks`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		return cfg.service(ctx)
	})
	f := cmd.Flags()
	f.BoolVar(&cfg.All, "since-start", false, "since the node started, not of the last five minutes")
	f.BoolVar(&cfg.Sinks, "sinks", false, "show how much sinks have delivered")
	return cmd
}

func (c *serviceFiguresConfig) service(ctx context.Context) error {
	found, err := c.c.Figures.Service(ctx)
	if err != nil {
		return err
	}
	if c.Sinks {
		t := c.table("name", "delivered", "due", "delivery rate")
		return c.tell(nil, t, func() {
			for _, s := range found.Sinks {
				t.row(s.Name, s.Delivered, s.Due, ratio(s.DeliveryRate))
			}
		})
	}
	span := found.Recent
	if c.All {
		span = found.SinceStart
	}
	t := c.table("operation", "kind", "calls", "per second", "p50 ms", "p95 ms", "p99 ms", "conflicts", "conflict rate")
	return c.tell(nil, t, func() {
		for _, o := range span.Operations {
			kind := "query"
			if o.Write {
				kind = "write"
			}
			t.row(o.Operation, c.words.translate(kind), o.Calls, rounded(o.PerSecond), millis(o.P50), millis(o.P95), millis(o.P99), "", "")
		}
		t.row("", c.words.translate("query"), span.Queries, rounded(span.QueriesPerSecond), "", "", "", "", "")
		t.row("", c.words.translate("write"), span.Writes, rounded(span.WritesPerSecond), "", "", "", span.Conflicts, ratio(span.ConflictRate))
	})
}

// millis is empty where calls are not timed.
func millis(n *float64) string {
	if n == nil {
		return ""
	}
	return rounded(*n)
}
