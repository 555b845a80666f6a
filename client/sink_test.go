package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestASinkIsDeliveredByARelay(t *testing.T) {
	t.Parallel()
	c, ctx := newShopForRelay(t), t.Context()
	sink := fine[*client.Sink](t)
	set := client.SetSink{
		Name: "log", Kind: "file", Target: "a.ndjson", Format: "plain", From: "start",
		Filter: client.SinkFilter{ProductIDs: []string{"mug"}}, Batch: client.SinkBatch{Max: 5},
	}
	if got := sink(c.Sinks.Set(ctx, set)); got.State != "running" || got.Batch.Max != 5 || got.Filter.ProductIDs[0] != "mug" || got.Position == "" || got.HasSecret {
		t.Errorf("set: %+v", got)
	}
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	if got := sink(c.Sinks.Get(ctx, "log")); got.LagEvents != 1 {
		t.Errorf("one is behind: %+v", got)
	}

	taken := fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r"}))
	if len(taken.Sinks) != 1 || taken.Tenant != "default" || taken.Lease <= 0 {
		t.Fatalf("claimed: %+v", taken)
	}
	at := taken.Sinks[0]
	var first client.Event
	for e, err := range c.Watch(ctx, client.Watch{After: at.Position, Idle: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.After == "" {
			t.Errorf("a place is missing: %+v", e)
		}
		if e.Type != "" {
			first = e
			break
		}
	}
	advance := client.AdvanceSink{
		RelayID: "r", Name: "log", Epoch: at.Epoch, Turn: 1, Position: first.After, Delivered: 1,
		Parked: []client.NewParked{{Key: "default/mug", Event: first, Position: at.Position, Tries: 10, Cause: "no"}},
	}
	ids := fine[*client.Advanced](t)(c.Relay.Advance(ctx, advance)).ParkedIDs
	parked := fine[*client.Page[client.ParkedEvent]](t)(c.Sinks.Parked(ctx, client.SinkList{Name: "log"})).Items
	if len(parked) != 1 || parked[0].ID != ids[0] || parked[0].Event.Position != first.Position || parked[0].Event.OnHand != 5 || parked[0].Tries != 10 {
		t.Fatalf("parked: %+v", parked)
	}
	if e := fine[*client.ParkedEvent](t)(c.Sinks.Discard(ctx, "log", ids[0])); e.State != "discarded" {
		t.Errorf("discarded: %+v", e)
	}
	again := fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r", Held: map[string]int64{"log": at.Epoch}}))
	if len(again.Sinks) != 1 || len(again.Sinks[0].Parked) != 1 || again.Sinks[0].Parked[0].State != "discarded" {
		t.Errorf("claimed again: %+v", again)
	}
	if got := sink(c.Sinks.Pause(ctx, "log")); got.State != "paused" || got.LagEvents != 0 {
		t.Errorf("paused: %+v", got)
	}
	advance.Turn = 2
	var refused *client.Error
	if _, err := c.Relay.Advance(ctx, advance); !errors.As(err, &refused) || refused.State != client.StateFenced {
		t.Errorf("fenced: %v", err)
	}
	sink(c.Sinks.Resume(ctx, "log"))
	if got := sink(c.Sinks.Rewind(ctx, "log", "start")); got.LagEvents != 1 || got.Parked != 0 {
		t.Errorf("rewound: %+v", got)
	}
	if page := fine[*client.Page[client.Sink]](t)(c.Sinks.List(ctx, client.List{})); len(page.Items) != 1 {
		t.Errorf("listed: %+v", page)
	}
	if _, err := c.Sinks.Rebuild(ctx, "log"); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("rebuilt: %v", err)
	}
	if err := c.Sinks.Delete(ctx, "log"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sinks.Get(ctx, "log"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}
