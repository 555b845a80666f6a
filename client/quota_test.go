package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestQuotasOfChannels(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	quotas := fine[*client.Quotas](t)
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "cup", LocationID: "berlin", AvailableStock: 100}))
	set := client.SetQuotas{ProductID: "cup", LocationID: "berlin", Key: "morning", Channels: []client.Quota{
		{ChannelID: "pos", Quota: new(int64(40)), Weight: new(int64(40))},
		{ChannelID: "online", Quota: new(int64(30)), Weight: new(int64(30)), Level: new(int64(25))},
	}}
	got := quotas(c.Quotas.Set(ctx, set))
	if got.Shared != 30 || got.Replayed || got.Channel("pos").Quota != 40 || got.Channel("online").Level != 25 || got.Channel("app") != nil || got.Channel("pos").Since.IsZero() {
		t.Errorf("set: %+v", got)
	}
	if got = quotas(c.Quotas.Set(ctx, set)); !got.Replayed || got.Version != 2 {
		t.Errorf("set again: %+v", got)
	}
	fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "cup", LocationID: "berlin", Quantity: 35, ChannelID: "online"}))
	fine[*client.Order](t)(c.Deduct(ctx, client.Deduct{OrderID: "o", ProductID: "cup", LocationID: "berlin", Quantity: 10}))
	got = quotas(c.Quotas.Get(ctx, client.QuotasOf{ProductID: "cup", LocationID: "berlin"}))
	online := *got.Channel("online")
	if online.Quota != 30 || online.Held != 20 || online.Sold != 10 || online.HeldFromPool != 5 || online.Remaining != 0 || online.Available != 25 || online.Status != client.InStock {
		t.Errorf("online: %+v", online)
	}
	lower := client.SetQuotas{ProductID: "cup", LocationID: "berlin", Channels: []client.Quota{{ChannelID: "online", Quota: new(int64(25))}}}
	if _, err := c.Quotas.Set(ctx, lower); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("lowered: %v", err)
	}
	lower.Lowering = client.LowerWait
	if got = quotas(c.Quotas.Set(ctx, lower)); got.Channel("online").Pending != 5 {
		t.Errorf("lowered in a while: %+v", got)
	}
	allot := client.Allot{ProductID: "cup", LocationID: "berlin", Keep: 5}
	try := fine[*client.Allotment](t)(c.Quotas.TryAllot(ctx, allot))
	if len(try.Moves) != 1 || try.Moves[0] != (client.UnitMove{From: "pool/shared", To: "quota/pos", Quantity: 20}) || try.Quotas.Shared != 5 {
		t.Errorf("tried: %+v", try)
	}
	done, err := c.Batch(ctx, allot, client.ResetSold{ProductID: "cup", LocationID: "berlin", Channels: []string{"online"}})
	if err != nil || len(done) != 2 || done[0].Allotment == nil || done[0].Allotment.Quotas.Shared != 5 || done[1].Quotas == nil {
		t.Fatalf("batch: %+v, %v", done, err)
	}
	if got = quotas(c.Quotas.ResetSold(ctx, client.ResetSold{ProductID: "cup", LocationID: "berlin", Reason: "evening"})); got.Channel("pos").Remaining != 60 || got.Channel("online").Sold != 0 {
		t.Errorf("new period: %+v", got)
	}
	if allotted := fine[*client.Allotment](t)(c.Quotas.Allot(ctx, client.Allot{ProductID: "cup", LocationID: "berlin", Mode: client.AllotRebalance})); len(allotted.Moves) == 0 {
		t.Errorf("rebalanced: %+v", allotted)
	}
}
