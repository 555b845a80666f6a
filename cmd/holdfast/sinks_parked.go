package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newSinksParked() *cobra.Command {
	var cfg sinksConfig
	return cfg.talks(&cobra.Command{
		Use: "parked SINK", Short: "List events that were not taken, the oldest first", Example: "  holdfast sinks parked shop", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.SinkList{Name: cfg.args[0], PageSize: pageSize}
		t := cfg.parked()
		return told(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.ParkedEvent], error) { return cfg.c.Sinks.Parked(ctx, r) },
			func(p *client.ParkedEvent) { cfg.parkedRow(t, p) })
	})
}

// parkedVerb is a command that decides about parked events.
func parkedVerb(name, short string, do func(s *client.SinkService, ctx context.Context, sink, id string) (*client.ParkedEvent, error)) *cobra.Command {
	var cfg sinksConfig
	cmd := cfg.writes(&cobra.Command{
		Use: name + " SINK [PARKED]…", Short: short, Args: cobra.MinimumNArgs(1),
		Example: "  holdfast sinks " + name + " shop parked-k3vq5yb6e2nkx7q4\n  holdfast sinks " + name + " shop --all",
	}, func(ctx context.Context) error {
		sink, ids := cfg.args[0], cfg.args[1:]
		if cfg.all == (len(ids) > 0) {
			return cfg.wrong(errors.New("name parked events or give --all, one of the two"))
		}
		if cfg.all {
			var err error
			if ids, err = cfg.parkedIDs(ctx, sink); err != nil {
				return err
			}
		}
		t := cfg.parked()
		for _, id := range ids {
			p, err := do(cfg.c.Sinks, ctx, sink, id)
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
	cmd.Flags().BoolVar(&cfg.all, "all", false, "all parked events of the sink")
	return cmd
}

// parkedIDs are the ids of all parked events of a sink.
func (c *talkConfig) parkedIDs(ctx context.Context, sink string) (ids []string, err error) {
	for r := (client.SinkList{Name: sink, PageSize: pageSize}); ; {
		page, err := c.c.Sinks.Parked(ctx, r)
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

// parked is the table of parked events.
func (c *sinksConfig) parked() *table {
	return c.table("parked", "location", "product", "operation", "state", "tries", "since", "waiting for it", "cause")
}

func (c *sinksConfig) parkedRow(t *table, p *client.ParkedEvent) {
	location, product, operation := p.Event.LocationID, p.Event.ProductID, p.Event.Type
	if p.Change != nil {
		product, operation = p.Change.ID, "catalog."+p.Change.Kind
	}
	t.row(p.ID, location, product, operation, c.cell(p.State), p.Tries, at(p.Since), p.Waiting, p.Cause)
}

func newSinksDeliveries() *cobra.Command {
	var cfg sinksConfig
	return cfg.talks(&cobra.Command{
		Use: "deliveries SINK", Short: "List the last 1,000 attempts of a webhook, the newest first",
		Example: "  holdfast sinks deliveries shop", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.SinkList{Name: cfg.args[0], PageSize: pageSize}
		t := cfg.deliveries()
		return told(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Delivery], error) {
			return cfg.c.Sinks.Deliveries(ctx, r)
		},
			func(d *client.Delivery) { deliveryRow(t, d) })
	})
}

func newSinksRedeliver() *cobra.Command {
	var cfg sinksConfig
	return cfg.writes(&cobra.Command{
		Use: "redeliver SINK DELIVERY", Short: "Deliver the event of an attempt once more", Example: "  holdfast sinks redeliver shop 12", Args: cobra.ExactArgs(2),
	}, func(ctx context.Context) error {
		d, err := cfg.c.Sinks.Redeliver(ctx, cfg.args[0], cfg.args[1])
		if err != nil {
			return err
		}
		t := cfg.deliveries()
		return cfg.tell(nil, t, func() { deliveryRow(t, d) })
	})
}

// deliveries is the table of attempts.
func (c *sinksConfig) deliveries() *table {
	return c.table("delivery", "at", "event", "status", "took", "try", "repeats", "error")
}

func deliveryRow(t *table, d *client.Delivery) {
	status := any("")
	if d.Status != 0 {
		status = d.Status
	}
	t.row(d.ID, at(d.At), d.EventID, status, d.Took, d.Try, d.RedeliveryOf, d.Error)
}
