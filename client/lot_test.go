package client_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestLots(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	item, order := fine[*client.Inventory](t), fine[*client.Order](t)
	early, late := client.Lot{"batch": "B7", "expires_at": "2091-01-02"}, client.Lot{"batch": "B8", "grade": "A"}
	item(c.Create(ctx, client.Create{ProductID: "milk", AvailableStock: 1}))
	item(c.Restock(ctx, client.Restock{ProductID: "milk", Quantity: 10, Lot: late}))
	item(c.Restock(ctx, client.Restock{ProductID: "milk", Quantity: 5, Lot: early}))
	r := order(c.Reserve(ctx, client.Reserve{OrderID: "o1", ProductID: "milk", Quantity: 6, CustomerID: "ann"})).Reservations[0]
	if len(r.Lots) != 2 || !maps.Equal(r.Lots[0].Lot, early) || r.Lots[0].Quantity != 5 || r.Lots[1].Quantity != 1 {
		t.Errorf("reserved: %+v", r)
	}
	r = order(c.Reserve(ctx, client.Reserve{OrderID: "o2", Items: []client.Item{{ProductID: "milk", Quantity: 2, Lot: client.Lot{"grade": "A"}}}})).Reservations[0]
	if len(r.Lots) != 1 || !maps.Equal(r.Lots[0].Lot, late) {
		t.Errorf("chosen: %+v", r)
	}
	item(c.Accounts.Move(ctx, client.Move{ProductID: "milk", From: client.SharedPool, To: client.Damaged, Quantity: 1, Lot: late}))
	item(c.Adjust(ctx, client.Adjust{ProductID: "milk", Delta: -1, Reason: "gone", Lot: late}))
	order(c.Deduct(ctx, client.Deduct{OrderID: "o1"}))
	item(c.Accounts.Return(ctx, client.Return{ProductID: "milk", Quantity: 1, Lot: late, To: client.Quality}))

	var lots []client.LotStock
	for l, err := range c.Lots.All(ctx, client.Lots{ProductID: "milk", PageSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		lots = append(lots, l)
	}
	if len(lots) != 1 || !maps.Equal(lots[0].Lot, late) || lots[0].Available != 5 || lots[0].Held != 2 || lots[0].Damaged != 1 || lots[0].Quality != 1 ||
		lots[0].OnHand != 9 || !lots[0].Sellable || lots[0].Recalled || !lots[0].ExpiresAt.IsZero() || time.Since(lots[0].Since) > time.Hour {
		t.Errorf("lots: %+v", lots)
	}
	levels := fine[*client.Page[client.LotLevel]](t)(c.Lots.Levels(ctx, client.LotLevels{ProductID: "milk", By: "grade"}))
	if len(levels.Items) != 2 || levels.Items[0].Value != "A" || levels.Items[0].OnHand != 9 || levels.Items[1].Value != "" || levels.Items[1].Available != 1 {
		t.Errorf("levels: %+v", levels)
	}

	logs := fine[*client.Page[client.LogEntry]](t)(c.Logs(ctx, client.Logs{ProductID: "milk", OrderID: "o1"}))
	deducted := logs.Items[0]
	if deducted.Operation != "deduct" || len(deducted.Lots) != 2 || !maps.Equal(deducted.Lots[0].Lot, early) || deducted.Lots[0].Quantity != 5 || deducted.Lots[1].Quantity != 1 {
		t.Errorf("journal: %+v", logs.Items)
	}
	events, left := fine[*client.Page[client.LogEntry]](t)(c.Logs(ctx, client.Logs{ProductID: "milk"})).Items, 0
	for e, err := range c.Watch(ctx, client.Watch{After: "0-0", ProductID: "milk"}) {
		if err != nil {
			t.Fatal(err)
		}
		entry := &events[len(events)-1-left]
		if e.Position != entry.EntryID || !slices.EqualFunc(e.Lots, entry.Lots, func(a, b client.LotUnits) bool { return maps.Equal(a.Lot, b.Lot) && a.Quantity == b.Quantity }) {
			t.Errorf("the event %+v and the entry %+v differ", e, entry)
		}
		if left++; left == len(events) {
			break
		}
	}

	policy := fine[*client.LotPolicy](t)
	set := client.SetLotPolicy{ProductID: "milk", Draw: client.DrawFIFO, LeadDays: 2, Key: "p"}
	if p := policy(c.Lots.SetPolicy(ctx, set)); p.Draw != client.DrawFIFO || p.LeadDays != 2 || p.Replayed {
		t.Errorf("policy: %+v", p)
	}
	if p := policy(c.Lots.SetPolicy(ctx, set)); !p.Replayed {
		t.Errorf("policy again: %+v", p)
	}
	if p := policy(c.Lots.Policy(ctx, client.LotPolicyOf{ProductID: "milk"})); p.Draw != client.DrawFIFO || p.LocationID != "default" || p.AsOf.IsZero() {
		t.Errorf("policy read: %+v", p)
	}

	recalled := fine[[]client.RecalledLot](t)
	got := recalled(c.Lots.Recall(ctx, client.RecallLot{ProductID: "milk", Lot: client.Lot{"batch": "B8"}, Reason: "sour"}))
	if len(got) != 1 || got[0].Quantity != 5 || got[0].Held != 2 || got[0].Withheld != 5 || !got[0].Recalled || got[0].LocationID != "default" {
		t.Errorf("recalled: %+v", got)
	}
	if got := recalled(c.Lots.Recall(ctx, client.RecallLot{ProductID: "milk", Lot: client.Lot{"batch": "B9"}, Reason: "sour"})); len(got) != 0 {
		t.Errorf("recalled before it comes: %+v", got)
	}
	if _, err := c.Lots.Recall(ctx, client.RecallLot{ProductID: "mlik", Lot: client.Lot{"batch": "B9"}, Reason: "sour"}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("recalled of what nobody knows: %v", err)
	}
	var orders []client.LotOrder
	for o, err := range c.Lots.AllOrders(ctx, client.LotOrders{ProductID: "milk", With: client.Lot{"batch": "B8"}, PageSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, o)
	}
	if len(orders) != 2 || orders[0].OrderID != "o2" || orders[0].Lots[0].Held != 2 || orders[1].OrderID != "o1" || orders[1].CustomerID != "ann" ||
		orders[1].Lots[0].Deducted != 1 || !maps.Equal(orders[1].Lots[0].Lot, late) || orders[1].ReservedAt.IsZero() {
		t.Errorf("orders: %+v", orders)
	}
	if got = recalled(c.Lots.Recall(ctx, client.RecallLot{ProductID: "milk", Lot: late, Lift: true, Reason: "no"})); len(got) != 1 || got[0].Quantity != 5 || got[0].Recalled {
		t.Errorf("lifted: %+v", got)
	}
	var inForce []client.Lot
	for ask := (client.Recalls{ProductID: "milk", PageSize: 1}); ; {
		page := fine[*client.Page[client.Recall]](t)(c.Lots.Recalls(ctx, ask))
		for _, k := range page.Items {
			if k.State != "in_force" || k.Reason != "sour" || k.ID == "" || k.Since.IsZero() || !k.LiftedAt.IsZero() {
				t.Errorf("recall: %+v", k)
			}
			if k.Lot["batch"] == "B8" && (len(k.Exceptions) != 1 || !maps.Equal(k.Exceptions[0].Lot, late)) {
				t.Errorf("what was lifted of it: %+v", k.Exceptions)
			}
			inForce = append(inForce, k.Lot)
		}
		if ask.PageToken = page.NextPageToken; ask.PageToken == "" {
			break
		}
	}
	if len(inForce) != 2 {
		t.Errorf("recalls of %v", inForce)
	}
	accounts := fine[*client.ProductAccounts](t)(c.Accounts.Get(ctx, client.Accounts{ProductID: "milk"}))
	if b := accounts.Items[0].Balances; b[client.SharedPool] != 6 || b[client.Damaged] != 1 {
		t.Errorf("accounts: %v", b)
	}
	if _, err := c.Restock(ctx, client.Restock{ProductID: "milk", Quantity: 1, Lot: client.Lot{"Batch": "x"}}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a bad name: %v", err)
	}
}

func TestAPartOfAnOrderMayBeOneLot(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	item, order := fine[*client.Inventory](t), fine[*client.Order](t)
	early, late := client.Lot{"batch": "B7", "expires_at": "2091-01-02"}, client.Lot{"batch": "B8", "grade": "A"}
	item(c.Create(ctx, client.Create{ProductID: "milk"}))
	item(c.Restock(ctx, client.Restock{ProductID: "milk", Quantity: 10, Lot: late}))
	item(c.Restock(ctx, client.Restock{ProductID: "milk", Quantity: 5, Lot: early}))
	order(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "milk", Quantity: 6}))
	r := order(c.Deduct(ctx, client.Deduct{OrderID: "o", ProductID: "milk", Lot: late})).Reservations[0]
	if len(r.Lots) != 1 || !maps.Equal(r.Lots[0].Lot, early) || r.Deducted != 1 {
		t.Errorf("deducted of one lot: %+v", r)
	}
	r = order(c.Release(ctx, client.Release{OrderID: "o", ProductID: "milk", Quantity: 2, Lot: early})).Reservations[0]
	if r.Lots[0].Quantity != 3 || r.Released != 2 {
		t.Errorf("released of one lot: %+v", r)
	}
}
