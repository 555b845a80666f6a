package outpost

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// OnlineState is the state of an order of the centre at a till.
type OnlineState string

// The states.
const (
	// Offered: it is paid, and no till has taken it on.
	Offered OnlineState = "offered"
	// Accepted: the till serves it.
	Accepted OnlineState = "accepted"
)

// OnlineOrder is the part of an order from the centre that is about the till's location.
type OnlineOrder struct {
	ID                string // at the centre
	State             OnlineState
	Channel, Customer string
	Created           time.Time
	Lines             []OnlineLine
	// Keeps says that the centre knows that the till serves it: nobody else ends it.
	Keeps bool
	// Asked is when the centre asked last for it to be cancelled, zero for never; Refused says that
	// the till said no.
	Asked   time.Time
	Refused bool
	// Note is for the people who prepare it: the reason that the order was committed with.
	Note string
}

// OnlineLine is the units of a product that an order holds.
type OnlineLine struct {
	Product, Unit string
	Scale         uint8
	Units         int64
}

// MaxOnlineOrder is the longest id, in bytes, of an order that is offered to tills. In their
// books the id is longer, and must still be one that their callers may name.
const MaxOnlineOrder = 121

// Orders are the orders that the till keeps, and those of its location that it may take on. They are
// sorted by id: up to limit orders after the named one.
func (d *Desk) Orders(ctx context.Context, tenant, till, after string, limit int) ([]OnlineOrder, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return nil, err
	}
	ids, err := openOrders(ctx, d.slots(), &t, after)
	if err != nil {
		return nil, fmt.Errorf("read the orders of till %q: %w", till, err)
	}
	orders := []OnlineOrder{}
	for _, id := range ids {
		if len(orders) == limit {
			break
		}
		o, ok, err := d.order(ctx, &t, id)
		if err != nil {
			return nil, err
		}
		if ok {
			orders = append(orders, o)
		}
	}
	return orders, nil
}

// Order is one of them; false when the till may not take it on, and does not keep it.
func (d *Desk) Order(ctx context.Context, tenant, till, id string) (OnlineOrder, bool, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return OnlineOrder{}, false, err
	}
	return d.order(ctx, &t, id)
}

// openOrders are the ids of orders that may be among them.
func openOrders(ctx context.Context, slots []engine.Engine, t *catalog.Till, after string) (ids []string, err error) {
	bucket := bucketOf(t)
	for _, e := range slots {
		_, err := e.ScanHolds(ctx, engine.HoldScan{Open: true, Bucket: &bucket}, func(row *engine.HoldRow) error {
			if row.Key.Tenant != t.Tenant || row.Key.Order <= after {
				return nil
			}
			h, err := stock.DecodeHold(row.Key, row.Packed)
			if err != nil {
				return err
			}
			if _, ok := onlineOf([]*stock.Hold{h}, t.Location, t.ID); ok {
				ids = append(ids, strings.Clone(h.Key.Order))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil // a bucket that has moved left rows behind
}

func (d *Desk) order(ctx context.Context, t *catalog.Till, id string) (OnlineOrder, bool, error) {
	holds, _, err := d.books.Order(ctx, stock.OrderKey{Tenant: t.Tenant, Order: id})
	if err != nil {
		return OnlineOrder{}, false, fmt.Errorf("read order %q: %w", id, err)
	}
	o, ok := onlineOf(holds, t.Location, t.ID)
	if !ok {
		return o, false, nil
	}
	keys := make([]stock.ItemKey, len(o.Lines))
	for i := range o.Lines {
		keys[i] = stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: o.Lines[i].Product}
	}
	levels, _, err := d.books.Items(ctx, keys)
	if err != nil {
		return o, false, fmt.Errorf("read the products of order %q: %w", id, err)
	}
	for i := range levels {
		if it := levels[i].Item; it != nil {
			o.Lines[i].Unit, o.Lines[i].Scale = it.Unit, it.Scale
		}
	}
	o.Note, err = d.notes.readNote(ctx, d.journal, t, holds)
	return o, true, err
}

// onlineOf is the order in the form that the till receives. Lines that the till keeps come first:
// lines that were added to the order later stay ordinary ones.
func onlineOf(holds []*stock.Hold, location, till string) (o OnlineOrder, ok bool) {
	o.State = Offered
	var offered, kept []OnlineLine
	for _, h := range holds {
		for i := range h.Lines {
			l := &h.Lines[i]
			if l.Item.Location != location || l.End != stock.Open || len(h.Key.Order) > MaxOnlineOrder {
				continue
			}
			line := OnlineLine{Product: l.Item.Product, Units: int64(l.Quantity())}
			switch {
			case l.Offered():
				offered = append(offered, line)
			case l.Kept != nil && l.Kept.Holder == till:
				kept = append(kept, line)
				o.State, o.Keeps = Accepted, true
				o.wish(l.Kept)
			default:
				continue
			}
			o.ID, o.Channel, o.Customer = h.Key.Order, l.Channel, l.Customer
			if at := time.UnixMilli(int64(l.CreatedAt)).UTC(); o.Created.IsZero() || at.Before(o.Created) {
				o.Created = at
			}
		}
	}
	if o.Lines = offered; o.Keeps {
		o.Lines = kept
	}
	return o, len(o.Lines) > 0
}

// wish notes that the order is to be cancelled.
func (o *OnlineOrder) wish(k *stock.Kept) {
	if k.Asked == 0 {
		return
	}
	if at := time.UnixMilli(int64(k.Asked)).UTC(); at.After(o.Asked) {
		o.Asked, o.Refused = at, k.Refused
	}
}
