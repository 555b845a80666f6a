package client_test

import (
	"errors"
	"reflect"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestKits(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	kit := client.Kit{ProductID: "kit-box", Components: []client.Component{{ProductID: "kit-cup", Quantity: 2}}}
	kept := fine[[]client.Kit](t)(c.Kits.Set(ctx, kit))
	if len(kept) != 1 || kept[0].Version != 1 || kept[0].UpdatedAt.IsZero() || !reflect.DeepEqual(kept[0].Components, kit.Components) {
		t.Errorf("kept %+v", kept)
	}
	if got := fine[*client.Kit](t)(c.Kits.Get(ctx, "kit-box")); !reflect.DeepEqual(*got, kept[0]) {
		t.Errorf("read %+v", got)
	}
	if page := fine[*client.Page[client.Kit]](t)(c.Kits.List(ctx, client.List{})); len(page.Items) == 0 {
		t.Errorf("a page: %+v", page)
	}
	if err := c.Kits.Drop(ctx, "kit-box"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kits.Get(ctx, "kit-box"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("one that is dropped: %v", err)
	}
}
