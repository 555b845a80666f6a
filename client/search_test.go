package client_test

import (
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	fine[[]client.Details](t)(c.Details.Set(ctx, client.Details{ProductID: "mug", Title: "Blue mug", SellerID: "s-1", Attributes: map[string]string{"brand": "acme"}, Tags: []string{"kitchen"}},
		client.Details{ProductID: "cup", Title: "Blue cup"}))
	last := time.Now()
	yes := true
	var found *client.Found
	for found == nil || found.AsOf.Before(last) {
		if err := ctx.Err(); err != nil {
			t.Fatal(err)
		}
		found = fine[*client.Found](t)(c.Search.Products(ctx, client.Search{
			Text: "blue", SellerID: "s-1", InStock: &yes, Attributes: map[string]string{"brand": "acme"}, Tags: []string{"kitchen"}, Facets: []string{"brand"},
		}))
	}
	if len(found.Items) != 1 || found.Total != 1 || found.NextPageToken != "" || !slices.Equal(found.Facets[0].Values, []client.FacetValue{{Value: "acme", Count: 1}}) {
		t.Fatalf("found %+v", found)
	}
	if p := found.Items[0]; p.ProductID != "mug" || p.Title != "Blue mug" || !p.InStock || p.AvailableTotal != 5 || !slices.Equal(p.InStockAt, []string{"default"}) {
		t.Errorf("found %+v", p)
	}
	first := fine[*client.Found](t)(c.Search.Products(ctx, client.Search{Text: "blue", PageSize: 1}))
	second := fine[*client.Found](t)(c.Search.Products(ctx, client.Search{Text: "blue", PageSize: 1, PageToken: first.NextPageToken}))
	if len(first.Items) != 1 || len(second.Items) != 1 || first.Items[0].ProductID == second.Items[0].ProductID || first.Total != 2 {
		t.Errorf("pages %+v and %+v", first, second)
	}
	if x := fine[*client.SearchIndex](t)(c.Search.Rebuild(ctx)); !x.Ready || !x.Building {
		t.Errorf("rebuilding: %+v", x)
	}
	if x := fine[*client.SearchIndex](t)(c.Search.Index(ctx)); !x.Ready || !x.Building || x.ToBuild != 2 {
		t.Errorf("the index: %+v", x)
	}
}
