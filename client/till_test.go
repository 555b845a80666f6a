package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestTills(t *testing.T) {
	t.Parallel()
	c := newShop(t)
	ctx := t.Context()
	if _, err := c.Locations.Set(ctx, client.Location{LocationID: "till-shop", Active: true}); err != nil {
		t.Fatal(err)
	}
	set := client.Till{TillID: "till-1", LocationID: "till-shop", Name: "Front", Percent: 0, Floor: 2, Ceiling: 9, AtRisk: true, Level: 80, Rank: 3, ChannelID: "pos"}
	kept := fine[*client.Till](t)(c.Tills.Set(ctx, set))
	if kept.UpdatedAt.IsZero() || kept.Standing.Paired {
		t.Errorf("kept %+v", kept)
	}
	set.Standing.State = client.TillUnpaired
	set.From = client.TillSources{Percent: client.TillOwn, Floor: client.TillOwn, Ceiling: client.TillOwn, Level: client.TillOwn, Rank: client.TillOwn, AtRisk: client.TillOwn}
	if kept.UpdatedAt = set.UpdatedAt; *kept != set {
		t.Errorf("kept %+v, want %+v", kept, set)
	}
	code := fine[*client.TillCode](t)(c.Tills.Code(ctx, "till-1"))
	got := fine[*client.Till](t)(c.Tills.Get(ctx, "till-1"))
	if code.Code == "" || !got.Standing.CodeExpiresAt.Equal(code.ExpiresAt) {
		t.Errorf("code %+v, till %+v", code, got)
	}
	if page := fine[*client.Page[client.Till]](t)(c.Tills.List(ctx, client.TillList{State: client.TillUnpaired})); len(page.Items) != 1 {
		t.Errorf("the list has %d", len(page.Items))
	}
	if page := fine[*client.Page[client.Till]](t)(c.Tills.List(ctx, client.TillList{LocationID: "till-shop", Text: "fro"})); len(page.Items) != 1 {
		t.Errorf("%d tills of the shop are named so", len(page.Items))
	}
	if counts := fine[*client.TillCounts](t)(c.Tills.Count(ctx)); *counts != (client.TillCounts{Total: 1, Unpaired: 1}) {
		t.Errorf("counted %+v", counts)
	}
	if err := c.Tills.Drop(ctx, "till-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tills.Get(ctx, "till-1"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("dropped: %v", err)
	}
	// A client without a till's key acts for none.
	if _, err := c.Tills.Hello(ctx, "till-1", client.TillHello{Epoch: "e", Next: "n"}); !errors.Is(err, client.ErrPermissionDenied) {
		t.Errorf("hello: %v", err)
	}
}

func TestPoliciesOfTills(t *testing.T) {
	t.Parallel()
	c := newShop(t)
	ctx := t.Context()
	if _, err := c.Locations.Set(ctx, client.Location{LocationID: "policy-shop", Active: true}); err != nil {
		t.Fatal(err)
	}
	set := client.TillPolicy{LocationID: "policy-shop", Percent: new(int64(35)), AtRisk: new(true)}
	kept := fine[*client.TillPolicy](t)(c.Tills.SetPolicy(ctx, set))
	if *kept.Percent != 35 || !*kept.AtRisk || kept.Floor != nil || kept.UpdatedAt.IsZero() {
		t.Errorf("kept %+v", kept)
	}
	till := fine[*client.Till](t)(c.Tills.Set(ctx, client.Till{TillID: "policy-till", LocationID: "policy-shop", Floor: 2, From: client.TillSources{Percent: client.TillDefault, AtRisk: client.TillDefault}}))
	if till.Percent != 35 || till.From.Percent != client.TillOfLocation || !till.AtRisk || till.Floor != 2 || till.From.Floor != client.TillOwn || till.From.Level != client.TillDefault {
		t.Errorf("the till is %+v", till)
	}
	// A policy that was read can be set again: parts left to other policies stay so.
	if again := fine[*client.Till](t)(c.Tills.Set(ctx, *till)); *again != *till {
		t.Errorf("set again it is %+v, want %+v", again, till)
	}
	page := fine[*client.Page[client.TillPolicy]](t)(c.Tills.Policies(ctx, client.List{}))
	if len(page.Items) != 1 || page.Items[0].LocationID != "policy-shop" {
		t.Errorf("the list is %+v", page.Items)
	}
	if err := c.Tills.DropPolicy(ctx, "policy-shop", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Tills.DropPolicy(ctx, "policy-shop", "never"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}
