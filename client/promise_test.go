package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestWhatIsSoldAheadArrivesForWhoWaits(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	promises := fine[*client.Promises](t)
	may := time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "record", AvailableStock: 1}))
	set := client.SetPromises{ProductID: "record", Key: "tour", Presale: &client.PresaleSetting{Cap: 5, PromiseDate: may, ShipsInPart: true}}
	if p := promises(c.Promises.Set(ctx, set)); p.Presale == nil || p.Presale.Remaining != 5 || !p.Presale.PromiseDate.Equal(may) || p.Backorder != nil || p.Replayed {
		t.Errorf("set: %+v", p)
	}
	if p := promises(c.Promises.Set(ctx, set)); !p.Replayed || p.Version != 2 {
		t.Errorf("set again: %+v", p)
	}
	a := fine[*client.Availability](t)(c.Check(ctx, client.Check{ProductID: "record", AcceptPromised: true}))
	if a.Available != 6 || a.Promised != 5 || !a.PromiseDate.Equal(may) {
		t.Errorf("check: %+v", a)
	}
	o := fine[*client.Order](t)(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "record", Quantity: 4, AcceptPromised: true}))
	if r := o.Reservations[0]; r.Quantity != 4 || r.Promised != 3 || !r.PromiseDate.Equal(may) {
		t.Errorf("reserved: %+v", r)
	}
	if _, err := c.Promises.Set(ctx, client.SetPromises{ProductID: "record", Presale: &client.PresaleSetting{Cap: 2}}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("lowered: %v", err)
	}
	fine[*client.Inventory](t)(c.Restock(ctx, client.Restock{ProductID: "record", Quantity: 2}))
	p := promises(c.Promises.Get(ctx, client.PromisesOf{ProductID: "record"}))
	if p.Waiting != 1 || p.WaitingOrders != 1 || p.Presale.Arrived != 2 || p.Presale.Promised != 3 {
		t.Errorf("two came: %+v %+v", p, p.Presale)
	}
	p = promises(c.Promises.Set(ctx, client.SetPromises{ProductID: "record", Backorder: &client.BackorderSetting{Allowance: 7}}))
	if !p.Presale.Closed || p.Backorder == nil || p.Backorder.Remaining != 7 {
		t.Errorf("closed: %+v %+v", p.Presale, p.Backorder)
	}
}
