package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// parkedEvents are the parked events of sinks.
var parkedEvents = parked[client.ParkedEvent]{
	owner: "SINK", item: "PARKED", items: "events", example: "  holdfast sinks %s shop",
	columns: []string{"parked", "location", "product", "operation", "state", "tries", "since", "waiting for it", "cause"},
	row: func(c *talkConfig, t *table, p *client.ParkedEvent) {
		location, product, operation := p.Event.LocationID, p.Event.ProductID, p.Event.Type
		if p.Change != nil {
			product, operation = p.Change.ID, "catalog."+p.Change.Kind
		}
		t.row(p.ID, location, product, operation, c.cell(p.State), p.Tries, formatTime(p.Since), p.Waiting, p.Cause)
	},
	id: func(p *client.ParkedEvent) string { return p.ID },
	page: func(ctx context.Context, c *client.Client, sink, token string) (*client.Page[client.ParkedEvent], error) {
		return c.Sinks.Parked(ctx, client.SinkList{Name: sink, PageSize: pageSize, PageToken: token})
	},
}

func newSinksRequeue() *cobra.Command {
	return parkedEvents.verb("requeue", "Deliver parked events again, and what waits for them", func(ctx context.Context, c *client.Client, sink, id string) (*client.ParkedEvent, error) {
		return c.Sinks.Requeue(ctx, sink, id)
	})
}

func newSinksDiscard() *cobra.Command {
	return parkedEvents.verb("discard", "Give parked events up; what waits for them is delivered", func(ctx context.Context, c *client.Client, sink, id string) (*client.ParkedEvent, error) {
		return c.Sinks.Discard(ctx, sink, id)
	})
}

func newSinksDeliveries() *cobra.Command {
	var cfg sinksConfig
	return cfg.talks(&cobra.Command{
		Use: "deliveries SINK", Short: "List the last 1,000 attempts of a webhook, the newest first",
		Example: "  holdfast sinks deliveries shop", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		r := client.SinkList{Name: cfg.args[0], PageSize: pageSize}
		t := cfg.deliveries()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Delivery], error) {
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
	t.row(d.ID, formatTime(d.At), d.EventID, status, d.Took, d.Try, d.RedeliveryOf, d.Error)
}
