package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestATransferByTheClient(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	item, transfer := fine[*client.Inventory](t), fine[*client.Transfer](t)
	item(c.Create(ctx, client.Create{ProductID: "rice", LocationID: "hub", AvailableDecimal: "5", Unit: "kg", Scale: 3}))
	item(c.Create(ctx, client.Create{ProductID: "rice", LocationID: "shop"}))
	due := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	made := transfer(c.Transfers.Create(ctx, client.CreateTransfer{
		FromLocationID: "hub", ToLocationID: "shop", Lines: []client.TransferItem{{ProductID: "rice", Decimal: "6"}}, Reason: "fill up", Reference: "PO/1",
	}))
	if made.State != client.TransferRequested || made.Lines[0].Requested != 6000 || made.Lines[0].Unit != "kg" || made.Reference != "PO/1" || made.CreatedAt.IsZero() {
		t.Errorf("requested: %+v", made)
	}
	if got := transfer(c.Transfers.Approve(ctx, client.ApproveTransfer{TransferID: made.TransferID, ExpectedAt: due})); !got.ExpectedAt.Equal(due) {
		t.Errorf("approved: %+v", got)
	}
	if _, err := c.Transfers.Ship(ctx, client.ShipTransfer{TransferID: made.TransferID}); !errors.Is(err, client.ErrInsufficientStock) {
		t.Errorf("shipped more than there is: %v", err)
	}
	transfer(c.Transfers.Ship(ctx, client.ShipTransfer{TransferID: made.TransferID, Lines: []client.TransferItem{{ProductID: "rice", Quantity: 4000}}}))
	parcel := client.ReceiveTransfer{TransferID: made.TransferID, Lines: []client.TransferReceipt{{ProductID: "rice", Quantity: 3000, Lost: 500, Surplus: 10}}, Key: "parcel"}
	if got := transfer(c.Transfers.Receive(ctx, parcel)); got.Replayed || got.Lines[0].InTransit != 500 {
		t.Errorf("received: %+v", got)
	}
	if got := transfer(c.Transfers.Receive(ctx, parcel)); !got.Replayed || got.Lines[0].Surplus != 10 {
		t.Errorf("received again under the same key: %+v", got)
	}
	if _, err := c.Promises.Set(ctx, client.SetPromises{ProductID: "rice", LocationID: "shop", Backorder: &client.BackorderSetting{Allowance: 50}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "rice", LocationID: "shop", Quantity: 3040, AcceptPromised: true}); err != nil {
		t.Fatal(err)
	}
	gift := client.ReceiveTransfer{TransferID: made.TransferID, Lines: []client.TransferReceipt{{ProductID: "rice", Surplus: 40}}, ForOrderID: "o"}
	if got := transfer(c.Transfers.Receive(ctx, gift)); got.History[5].Lines[0].ForOrder != 30 {
		t.Errorf("received for an order: %+v", got.History)
	}
	if _, err := c.Release(ctx, client.Release{OrderID: "o"}); err != nil {
		t.Fatal(err)
	}
	got := transfer(c.Transfers.Cancel(ctx, client.CancelTransfer{TransferID: made.TransferID, Reason: "turned round"}))
	if got.State != client.TransferCancelled || got.Lines[0].Returned != 500 || len(got.History) != 7 || got.History[2].Outcome != "refused" {
		t.Errorf("cancelled: %+v", got)
	}
	if got := transfer(c.Transfers.Get(ctx, made.TransferID)); got.History[4].Lines[0].Lost != 500 {
		t.Errorf("read: %+v", got)
	}
	rules := client.Replenish{Rules: []client.ReplenishRule{{ProductID: "rice", ToLocationID: "shop", FromLocationIDs: []string{"hub"}, Min: 3500, Target: 9000}}}
	filled, err := c.Transfers.Replenish(ctx, rules)
	if err != nil || len(filled.Transfers) != 1 || filled.Transfers[0].Lines[0].Requested != 1500 || len(filled.Shortages) != 1 {
		t.Errorf("replenished: %+v, %v", filled, err)
	}
	n := 0
	for one, err := range c.Transfers.All(ctx, client.Transfers{LocationID: "shop", PageSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; len(one.History) > 0 {
			t.Errorf("listed with its history: %+v", one)
		}
	}
	if n != 2 {
		t.Errorf("%d are listed", n)
	}
}
