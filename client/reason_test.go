package client_test

import (
	"reflect"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	all := []client.Reason{
		{Code: "breakage", Title: "Fell down", Direction: client.Out, Operations: []string{"adjust", "move"}},
		{Code: "faulty", Direction: client.In, Into: client.Quality},
		{Code: "delivery", Direction: client.In, DocumentRequired: true, Inactive: true},
	}
	if kept, err := c.Tenant.SetReasons(ctx, all); err != nil || !reflect.DeepEqual(kept, all) {
		t.Fatalf("set %+v, %v", kept, err)
	}
	if kept, err := c.Tenant.Reasons(ctx); err != nil || !reflect.DeepEqual(kept, all) {
		t.Errorf("shown %+v, %v", kept, err)
	}
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "vase", AvailableStock: 20}))
	fine[*client.Inventory](t)(c.Adjust(ctx, client.Adjust{ProductID: "vase", Delta: -2, Reason: "r", ReasonCode: "breakage"}))
	fine[*client.Inventory](t)(c.Accounts.Move(ctx, client.Move{ProductID: "vase", Quantity: 3, From: client.SharedPool, To: client.Damaged, ReasonCode: "breakage"}))
	back := fine[*client.Inventory](t)(c.Accounts.Return(ctx, client.Return{ProductID: "vase", Quantity: 1, ReasonCode: "faulty"}))
	if back.AvailableStock != 15 || back.OnHand != 19 {
		t.Errorf("after the return: %+v", back)
	}
	sums, err := c.Tenant.SumReasons(ctx, client.ReasonSums{ProductID: "vase"})
	want := []client.ReasonSum{
		{ReasonCode: "breakage", Operation: "adjust", Entries: 1, UnitsOut: 2},
		{ReasonCode: "breakage", Operation: "move", Entries: 1, UnitsOut: 3},
		{ReasonCode: "faulty", Operation: "return", Entries: 1, UnitsIn: 1},
	}
	if err != nil || !reflect.DeepEqual(sums, want) {
		t.Errorf("sums %+v, %v", sums, err)
	}
	page := fine[*client.Page[client.LogEntry]](t)(c.Logs(ctx, client.Logs{ReasonCode: "faulty"}))
	if len(page.Items) != 1 || page.Items[0].ReasonCode != "faulty" {
		t.Errorf("the journal: %+v", page.Items)
	}
}
