package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestStoredRules(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, at := range []string{"rule-hub", "rule-shop"} {
		if _, err := c.Create(ctx, client.Create{ProductID: "rule-tea", LocationID: at, AvailableStock: 5}); err != nil {
			t.Fatal(err)
		}
	}
	rule := client.Replenishment{
		RuleID: "rule-night", ToLocationID: "rule-shop", FromLocationIDs: []string{"rule-hub"}, ProductIDs: []string{"rule-tea"},
		Min: 3, Target: 9, Multiple: 6, Every: time.Hour,
	}
	kept := fine[*client.Replenishment](t)(c.Replenishments.Set(ctx, rule))
	if kept.Multiple != 6 || kept.Paused || kept.Every != time.Hour || kept.DueAt.IsZero() {
		t.Errorf("kept %+v", kept)
	}
	rule.Paused = true
	if kept = fine[*client.Replenishment](t)(c.Replenishments.Set(ctx, rule)); !kept.Paused || !kept.DueAt.IsZero() {
		t.Errorf("paused %+v", kept)
	}
	if got := fine[*client.Replenishment](t)(c.Replenishments.Get(ctx, "rule-night")); got.Target != 9 {
		t.Errorf("read %+v", got)
	}
	if page := fine[*client.Page[client.Replenishment]](t)(c.Replenishments.List(ctx, client.List{PageSize: 1})); len(page.Items) != 1 {
		t.Errorf("a page: %+v", page)
	}
	if err := c.Replenishments.Drop(ctx, "rule-night"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Replenishments.Get(ctx, "rule-night"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("after it was taken away: %v", err)
	}
}
