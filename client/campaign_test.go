package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestCampaigns(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, id := range []string{"camp-tea", "camp-cup"} {
		if _, err := c.Create(ctx, client.Create{ProductID: id, LocationID: "camp-shop", AvailableStock: 10}); err != nil {
			t.Fatal(err)
		}
	}
	sale := client.Campaign{
		CampaignID: "camp-sale", Name: "Sale", Rule: &client.Rule{EndsAt: time.Now().Add(time.Hour), MaxUnitsPerOrder: 2},
		Items: []client.CampaignItem{{ProductID: "camp-tea", LocationID: "camp-shop", Quota: 4}},
	}
	kept := fine[*client.Campaign](t)(c.Campaigns.Set(ctx, sale))
	if kept.State != "running" || kept.ItemCount != 1 || len(kept.Items) != 1 || kept.Items[0].State != "applied" || kept.Items[0].Remaining != 4 {
		t.Errorf("kept %+v", kept)
	}
	more := fine[*client.Campaign](t)(c.Campaigns.SetItems(ctx, "camp-sale", []client.CampaignItem{{ProductID: "camp-cup", LocationID: "camp-shop", Quota: 11}}))
	if more.Refused != 1 || more.Items[0].Code != "INSUFFICIENT_STOCK" || more.Items[0].Detail == "" {
		t.Errorf("more than there is: %+v", more)
	}
	if _, err := c.Reserve(ctx, client.Reserve{OrderID: "camp-1", ProductID: "camp-tea", LocationID: "camp-shop", Quantity: 2, ChannelID: "camp-sale"}); err != nil {
		t.Fatal(err)
	}
	page := fine[*client.Campaign](t)(c.Campaigns.Get(ctx, "camp-sale", client.List{PageSize: 1}))
	if len(page.Items) != 1 || page.Items[0].Held != 2 || page.NextPageToken == "" || page.Rule.MaxUnitsPerOrder != 2 {
		t.Errorf("the first page is %+v", page)
	}
	page = fine[*client.Campaign](t)(c.Campaigns.Get(ctx, "camp-sale", client.List{PageToken: page.NextPageToken}))
	if len(page.Items) != 1 || page.Items[0].ProductID != "camp-cup" || page.NextPageToken != "" {
		t.Errorf("the second page is %+v", page)
	}
	if all := fine[*client.Page[client.Campaign]](t)(c.Campaigns.List(ctx, client.List{})); len(all.Items) == 0 {
		t.Errorf("the list is %+v", all)
	}
	ended := fine[*client.Campaign](t)(c.Campaigns.End(ctx, "camp-sale"))
	if ended.State != "ended" || ended.EndedAt.IsZero() || ended.Refused != 0 || ended.Pending != 0 {
		t.Errorf("ended: %+v", ended)
	}
	if _, err := c.Campaigns.Get(ctx, "camp-none", client.List{}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}
