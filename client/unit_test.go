package client_test

import (
	"reflect"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// Every quantity of a product with a declared unit may be given in that unit.
func TestQuantitiesInTheDeclaredUnit(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, at := range []string{"unit-hub", "unit-shop"} {
		fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "unit-tea", LocationID: at, AvailableDecimal: "2.000", Unit: "kg", Scale: 3}))
	}
	rule := client.ReplenishRule{ProductID: "unit-tea", ToLocationID: "unit-shop", FromLocationIDs: []string{"unit-hub"}, MinDecimal: "2.5", TargetDecimal: "3.5"}
	asked := fine[*client.Replenished](t)(c.Transfers.Replenish(ctx, client.Replenish{Rules: []client.ReplenishRule{rule}}))
	if len(asked.Transfers) != 1 || asked.Transfers[0].Lines[0].Requested != 1500 {
		t.Fatalf("requested %+v", asked)
	}
	id := asked.Transfers[0].TransferID
	fine[*client.Transfer](t)(c.Transfers.Approve(ctx, client.ApproveTransfer{TransferID: id}))
	fine[*client.Transfer](t)(c.Transfers.Ship(ctx, client.ShipTransfer{TransferID: id}))
	got := fine[*client.Transfer](t)(c.Transfers.Receive(ctx, client.ReceiveTransfer{TransferID: id, Lines: []client.TransferReceipt{
		{ProductID: "unit-tea", Decimal: "1.25", LostDecimal: "0.25", SurplusDecimal: "0.1"},
	}}))
	if l := got.Lines[0]; l.Received != 1250 || l.Lost != 250 || l.Surplus != 100 {
		t.Errorf("received %+v", l)
	}
	schedule := client.QuotaSchedule{ProductID: "unit-tea", LocationID: "unit-shop", Every: time.Hour, KeepDecimal: "0.5", Paused: true}
	if kept := fine[*client.QuotaSchedule](t)(c.Quotas.SetSchedule(ctx, schedule)); kept.Keep != 500 {
		t.Errorf("the schedule keeps %+v", kept)
	}
	fine[*client.Inventory](t)(c.Restock(ctx, client.Restock{ProductID: "unit-tea", LocationID: "unit-hub", Quantity: 7, Lot: client.Lot{"batch": "B7"}}))
	books := fine[*client.ProductAccounts](t)(c.Accounts.Get(ctx, client.Accounts{ProductID: "unit-tea", LocationID: "unit-hub"}))
	want := client.AccountUnits{Account: client.SharedPool, Lot: client.Lot{"batch": "B7"}, Quantity: 7}
	for _, u := range books.Items[0].Units {
		if reflect.DeepEqual(u, want) {
			return
		}
	}
	t.Errorf("%+v is not among %+v", want, books.Items[0].Units)
}
