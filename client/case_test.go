package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestACaseIsOpenedAndDecided(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", Quantity: 4}))

	seen := fine[*client.Observation](t)(c.Accounts.Observe(ctx, client.Observe{ProductID: "mug", Seen: 3, Reason: "count"}))
	if seen.Posted != -2 || seen.CaseID == "" || seen.Inventory.OnHand != 4 || seen.Superseded {
		t.Errorf("seen: %+v", seen)
	}
	old := fine[*client.Observation](t)(c.Accounts.Observe(ctx, client.Observe{ProductID: "mug", Seen: 9, Booked: new(int64(3)), AsOf: time.Now().Add(-time.Hour)}))
	if !old.Superseded || old.Posted != 0 {
		t.Errorf("an earlier look: %+v", old)
	}
	results, err := c.Batch(ctx,
		client.SellElsewhere{OrderID: "till-1", ProductID: "mug", Quantity: 2, At: time.Now().Add(time.Second), Reference: "till", Key: "k"},
		client.Observe{ProductID: "mug", Seen: 1},
	)
	if err != nil || results[0].Sale == nil || results[0].Sale.Oversold != 2 || results[0].Sale.CaseID == "" || results[1].Observation == nil || results[1].Observation.Posted != 0 {
		t.Fatalf("%+v, %v", results, err)
	}
	sale := fine[*client.ElsewhereSale](t)(c.Accounts.SellElsewhere(ctx, client.SellElsewhere{OrderID: "till-2", ProductID: "mug", Quantity: 1, At: time.Now().Add(time.Second)}))
	if sale.Oversold != 1 {
		t.Errorf("sold: %+v", sale)
	}

	page := fine[*client.Page[client.Case]](t)(c.Cases.List(ctx, client.CaseList{Kind: "oversell", State: "open", ProductID: "mug"}))
	if len(page.Items) != 2 || page.Items[1].CaseID != results[0].Sale.CaseID || page.Items[1].OrderID != "till-1" || page.Items[1].Reference != "till" {
		t.Errorf("listed: %+v", page)
	}
	one := fine[*client.Case](t)
	if said, err := c.Cases.Comment(ctx, seen.CaseID, "the truck comes at noon"); err != nil || said.Text != "the truck comes at noon" || said.At.IsZero() {
		t.Errorf("a comment: %+v, %v", said, err)
	}
	if got := one(c.Cases.Assign(ctx, seen.CaseID, "ann")); got.State != "assigned" || got.Assignee != "ann" || got.Oversold != 4 || len(got.Orders) != 1 || got.Orders[0].Quantity != 4 {
		t.Errorf("assigned: %+v", got)
	}
	got := one(c.Cases.Decide(ctx, client.DecideCase{CaseID: seen.CaseID, Decision: "release", Orders: []string{"o"}, Note: "called"}))
	if got.State != "settled" || got.SettledAt.IsZero() || got.Decided == nil || got.Decided.Decision != "release" || got.Decided.Orders[0] != "o" {
		t.Errorf("decided: %+v", got)
	}
	if again := one(c.Cases.Get(ctx, seen.CaseID)); again.State != got.State || again.Quantity != 1 {
		t.Errorf("read: %+v", again)
	}
	if _, err := c.Cases.Get(ctx, "case-none"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown case: %v", err)
	}
}
