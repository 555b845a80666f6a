package client_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestASourceIsConsumedByARelay(t *testing.T) {
	t.Parallel()
	c, ctx := newShopForRelay(t), t.Context()
	source := fine[*client.Source](t)
	set := client.SetSource{Name: "in", Kind: "kafka", Target: "kafkas://kafka.example", Topic: "orders", ReplyTopic: "replies", Format: "restaurant"}
	if got := source(c.Sources.Set(ctx, set)); got.State != "running" || got.Group != "holdfast" || got.ReplyTopic != "replies" || got.Lag != nil {
		t.Errorf("set: %+v", got)
	}
	if got := fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r"})); len(got.Sources) != 0 {
		t.Errorf("a relay that consumes none has %+v", got.Sources)
	}
	taken := fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r", Consumes: true}))
	if len(taken.Sources) != 1 || taken.Sources[0].Topic != "orders" || taken.Sources[0].Reply != "replies" || taken.Sources[0].Group != "holdfast" {
		t.Fatalf("claimed: %+v", taken)
	}
	at := taken.Sources[0]
	advance := client.AdvanceSource{
		RelayID: "r", Name: "in", Epoch: at.Epoch, Turn: 1, Accepted: 3, Refused: 1, Lag: new(int64(7)),
		Parked: []client.NewParkedMessage{{MessageID: "orders/0/1", Body: "{", Size: 1, Cause: "no JSON"}},
	}
	if lease, err := c.Relay.AdvanceSource(ctx, advance); err != nil || lease <= 0 {
		t.Fatal(lease, err)
	}
	if got := source(c.Sources.Get(ctx, "in")); got.Accepted != 3 || got.Refused != 1 || got.Parked != 1 || got.Lag == nil || *got.Lag != 7 || got.Relay != "r" {
		t.Errorf("shown: %+v", got)
	}
	parked := fine[*client.Page[client.ParkedMessage]](t)(c.Sources.Parked(ctx, client.SourceList{Name: "in"})).Items
	if len(parked) != 1 || parked[0].MessageID != "orders/0/1" || parked[0].Body != "{" || parked[0].Cause != "no JSON" || parked[0].Truncated {
		t.Fatalf("parked: %+v", parked)
	}
	if p := fine[*client.ParkedMessage](t)(c.Sources.Requeue(ctx, "in", parked[0].ID)); p.State != "requeued" {
		t.Errorf("requeued: %+v", p)
	}
	again := fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r", Consumes: true, HeldSources: map[string]int64{"in": at.Epoch}}))
	if len(again.Sources) != 1 || len(again.Sources[0].Requeued) != 1 || again.Sources[0].Requeued[0].Body != "{" {
		t.Errorf("claimed again: %+v", again)
	}
	if p := fine[*client.ParkedMessage](t)(c.Sources.Discard(ctx, "in", parked[0].ID)); p.State != "discarded" {
		t.Errorf("discarded: %+v", p)
	}
	tested := make(chan *client.SourceTest, 1)
	go func() {
		r, err := c.Sources.Test(ctx, "in")
		if err != nil {
			t.Error(err)
		}
		tested <- r
	}()
	for again.Sources[0].TestID == "" {
		again = fine[*client.Claim](t)(c.Relay.Claim(ctx, client.ClaimSinks{RelayID: "r", Consumes: true, HeldSources: map[string]int64{"in": at.Epoch}}))
		if len(again.Sources) != 1 {
			t.Fatalf("claimed again: %+v", again)
		}
	}
	answered := client.AdvanceSource{
		RelayID: "r", Name: "in", Epoch: at.Epoch, Turn: 2, Test: &client.SourceTest{ID: again.Sources[0].TestID, Error: "no topic", Took: 3 * time.Millisecond},
	}
	if _, err := c.Relay.AdvanceSource(ctx, answered); err != nil {
		t.Fatal(err)
	}
	if r := <-tested; r == nil || r.Reached || r.Error != "no topic" || r.Took != 3*time.Millisecond || r.ID != again.Sources[0].TestID {
		t.Errorf("tested: %+v", r)
	}
	if got := source(c.Sources.Pause(ctx, "in")); got.State != "paused" || got.Parked != 0 {
		t.Errorf("paused: %+v", got)
	}
	advance.Turn = 3
	var refused *client.Error
	if _, err := c.Relay.AdvanceSource(ctx, advance); !errors.As(err, &refused) || refused.State != client.StateFenced {
		t.Errorf("fenced: %v", err)
	}
	source(c.Sources.Resume(ctx, "in"))
	if page := fine[*client.Page[client.Source]](t)(c.Sources.List(ctx, client.List{})); len(page.Items) != 1 {
		t.Errorf("listed: %+v", page)
	}
	if err := c.Sources.Delete(ctx, "in"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sources.Get(ctx, "in"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}

func TestACommandOfOthersIsPassedOn(t *testing.T) {
	t.Parallel()
	c, ctx := newShopForRelay(t), t.Context()
	var all []client.Command
	for _, text := range []string{
		`{"create":{"product_id":"mug","available_stock":5}}`,
		`{"idempotency_key":"theirs","reserve":{"order_id":"o-1","product_id":"mug","quantity":9}}`,
	} {
		one, err := client.ReadCommand([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if one.Key() == "" {
			one = one.WithKey("ours")
		}
		all = append(all, one)
	}
	for range 2 { // the second time both are answered as before
		results, err := c.Batch(ctx, all...)
		if err != nil || results[0].Err != nil || results[0].Inventory.AvailableStock != 5 || !errors.Is(results[1].Err, client.ErrInsufficientStock) {
			t.Fatalf("%+v, %v", results, err)
		}
		var yes, no struct {
			Ok    bool
			Error struct{ Code string }
		}
		if err := errors.Join(json.Unmarshal(results[0].AppendJSON(nil), &yes), json.Unmarshal(results[1].AppendJSON(nil), &no)); err != nil {
			t.Fatal(err)
		}
		if !yes.Ok || no.Ok || no.Error.Code != "INSUFFICIENT_STOCK" {
			t.Errorf("%+v %+v", yes, no)
		}
	}
	for text, why := range map[string]string{
		`{`:                            "unexpected",
		`{}`:                           "no verb",
		`{"fetch":{}}`:                 "unknown field",
		`{"deduct":{"order":"o"}}`:     "unknown field",
		`{"deduct":{},"release":{}}`:   "oneof",
		`{"deduct":{"order_id":"o"}}}`: "unexpected",
	} {
		if _, err := client.ReadCommand([]byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
