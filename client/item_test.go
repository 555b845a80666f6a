package client_test

import (
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestItems(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, it := range []client.Create{{ProductID: "mug", AvailableStock: 5}, {ProductID: "mug-2", AvailableStock: 1, LowStockThreshold: 2}, {ProductID: "cup", Untracked: true}} {
		fine[*client.Inventory](t)(c.Create(ctx, it))
	}
	fine[[]client.Details](t)(c.Details.Set(ctx, client.Details{ProductID: "mug", Title: "Blue mug", SellerID: "s-1"}))
	last := time.Now()
	var found *client.ItemPage
	for found == nil || found.AsOf.Before(last) {
		if err := ctx.Err(); err != nil {
			t.Fatal(err)
		}
		found = fine[*client.ItemPage](t)(c.Items.List(ctx, client.ItemQuery{Text: "MUG", Sort: "-available", PageSize: 1}))
	}
	if len(found.Items) != 1 || found.Total != 2 || found.NextPageToken == "" {
		t.Fatalf("found %+v", found)
	}
	if it := found.Items[0]; it.Inventory.ProductID != "mug" || it.Title != "Blue mug" || it.SellerID != "s-1" || it.State != client.ItemInStock || it.Inventory.AvailableStock != 5 || it.Inventory.Aside == nil {
		t.Errorf("found %+v", it)
	}
	next := fine[*client.ItemPage](t)(c.Items.List(ctx, client.ItemQuery{Text: "MUG", Sort: "-available", PageSize: 1, PageToken: found.NextPageToken}))
	if len(next.Items) != 1 || next.Items[0].Inventory.ProductID != "mug-2" || next.Items[0].State != client.ItemLow || next.NextPageToken != "" {
		t.Errorf("the next page is %+v", next)
	}
	some := fine[*client.ItemPage](t)(c.Items.List(ctx, client.ItemQuery{States: []client.ItemState{client.ItemNotCounted, client.ItemOversold}, LocationID: "default"}))
	if len(some.Items) != 1 || some.Items[0].Inventory.ProductID != "cup" {
		t.Errorf("not counted is %+v", some)
	}
	counted := fine[*client.LocationStockPage](t)(c.Items.LocationStock(ctx, client.List{LocationID: "default"}))
	if len(counted.Items) != 1 || counted.Items[0].LocationID != "default" || counted.Items[0].Items != counted.Total || counted.Total != (client.StockCounts{InStock: 1, Low: 1, NotCounted: 1}) || counted.AsOf.IsZero() {
		t.Errorf("counted %+v", counted)
	}
	means := fine[[]client.Suggestion](t)(c.Items.Suggest(ctx, "mug", 0))
	if !slices.Equal(means, []client.Suggestion{{Kind: "product", ID: "mug", Title: "Blue mug"}, {Kind: "product", ID: "mug-2"}}) {
		t.Errorf("mug means %+v", means)
	}
}
