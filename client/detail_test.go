package client_test

import (
	"errors"
	"reflect"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestDetails(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	d := client.Details{
		ProductID: "details-mug", Title: "Blue mug", Text: "two\nlines", SellerID: "s-1",
		Attributes: map[string]string{"brand": "acme"}, Tags: []string{"kitchen"},
	}
	kept := fine[[]client.Details](t)(c.Details.Set(ctx, d))
	d.Version, d.UpdatedAt = 1, kept[0].UpdatedAt
	if d.UpdatedAt.IsZero() || !reflect.DeepEqual(kept[0], d) {
		t.Errorf("kept %+v", kept)
	}
	if got := fine[*client.Details](t)(c.Details.Get(ctx, "details-mug")); !reflect.DeepEqual(*got, d) {
		t.Errorf("read %+v", got)
	}
	if page := fine[*client.Page[client.Details]](t)(c.Details.List(ctx, client.List{})); len(page.Items) != 1 {
		t.Errorf("a page: %+v", page)
	}
	if err := c.Details.Drop(ctx, "details-mug"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Details.Get(ctx, "details-mug"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("taken away: %v", err)
	}
}
