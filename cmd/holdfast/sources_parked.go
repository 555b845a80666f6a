package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// mostShown is how much of a message a row shows, in runes.
const mostShown = 60

// parkedMessages are the parked messages of sources.
var parkedMessages = parked[client.ParkedMessage]{
	owner: "SOURCE", item: "MESSAGE", items: "messages", example: "  holdfast sources %s orders",
	columns: []string{"parked", "message", "state", "tries", "since", "bytes", "cause", "begins with"},
	row: func(c *talkConfig, t *table, p *client.ParkedMessage) {
		begin := []rune(strings.Join(strings.Fields(p.Body), " "))
		if len(begin) > mostShown {
			begin = append(begin[:mostShown], '…')
		}
		t.row(p.ID, p.MessageID, c.cell(p.State), p.Tries, formatTime(p.Since), p.Size, p.Cause, string(begin))
	},
	id: func(p *client.ParkedMessage) string { return p.ID },
	page: func(ctx context.Context, c *client.Client, source, token string) (*client.Page[client.ParkedMessage], error) {
		return c.Sources.Parked(ctx, client.SourceList{Name: source, PageSize: pageSize, PageToken: token})
	},
}

func newSourcesRequeue() *cobra.Command {
	return parkedMessages.verb("requeue", "Carry parked messages out once more", func(ctx context.Context, c *client.Client, source, id string) (*client.ParkedMessage, error) {
		return c.Sources.Requeue(ctx, source, id)
	})
}

func newSourcesDiscard() *cobra.Command {
	return parkedMessages.verb("discard", "Give parked messages up", func(ctx context.Context, c *client.Client, source, id string) (*client.ParkedMessage, error) {
		return c.Sources.Discard(ctx, source, id)
	})
}
