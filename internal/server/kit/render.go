package kit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// The states of stock, in the words of the API.
const (
	InStock  = "in_stock"
	LowStock = "low_stock"
	SoldOut  = "sold_out"
	Unknown  = "unknown"
)

// StatusOf is the status of an item in the words of the API.
func StatusOf(tracked, onSale bool, available, threshold stock.Qty) string {
	switch {
	case !onSale, tracked && available <= 0:
		return SoldOut
	case tracked && threshold > 0 && available <= threshold:
		return LowStock
	}
	return InStock
}

// TimeOf is nil for no time.
func TimeOf(t stock.Time) *timestamppb.Timestamp {
	if t == 0 {
		return nil
	}
	seconds, ms := int64(t)/1000, int64(t)%1000
	if ms < 0 {
		seconds, ms = seconds-1, ms+1000
	}
	return &timestamppb.Timestamp{Seconds: seconds, Nanos: int32(ms) * 1_000_000}
}

// ItemOf is the item of a write, in its state afterwards.
func ItemOf(o *intake.Outcome) (*stock.ItemChange, error) {
	if len(o.Event.Items) == 0 {
		return nil, errors.New("the event has no item")
	}
	return &o.Event.Items[0], nil
}

// ChangedItem shows the item of a write in its state afterwards.
func (s *Core) ChangedItem(ctx context.Context, o *intake.Outcome) (*holdfastv1.Inventory, error) {
	i, err := ItemOf(o)
	if err != nil {
		return nil, err
	}
	out := inventory(i.Key, i.Figures)
	out.LowStockThreshold, out.Tracked, out.OnSale, out.ChannelsOff = int64(i.Threshold), i.Tracked, i.OnSale, i.Off
	out.Version, out.UpdatedAt, out.Retired = int64(i.Version), TimeOf(i.UpdatedAt), i.Retired
	out.Status = StatusOf(i.Tracked, i.OnSale, i.Figures.Available, i.Threshold)
	out.ForOrder = receivedForOrder(i)
	if len(o.Known) > 0 {
		out.Unit, out.Scale = Spell(o.Known[0].Unit)
		return out, nil
	}
	return out, UnitsOfInventory(ctx, s.Directory, i.Key.Tenant, out)
}

// receivedForOrder is how many units of a receipt went to its order: nothing else moves
// from the supplier into held units.
func receivedForOrder(i *stock.ItemChange) int64 { return int64(i.Posted(stock.Supplier, stock.Held)) }

// RenderItem shows an item with the figures that count now; at is its location in the
// catalog, nil: unknown.
func RenderItem(it *stock.Item, f stock.Figures, at *catalog.Place, now stock.Time) *holdfastv1.Inventory {
	out := inventory(it.Key, f)
	out.LowStockThreshold, out.Tracked, out.OnSale, out.ChannelsOff = int64(it.Threshold), it.Tracked, it.OnSale, it.Off
	out.Version, out.UpdatedAt, out.Retired = int64(it.Version), TimeOf(it.UpdatedAt), it.Retired
	out.Status = StatusOf(it.Tracked, it.OnSale, f.Available, it.Threshold)
	// An event has only the accounts that it touched. These are shown where the whole item
	// is available.
	a := it.Aside()
	aside := &[...]int64{int64(a.Withheld), int64(a.Damaged), int64(a.Quality), int64(a.InTransit), int64(a.Incoming)}
	out.State = new(it.State().String())
	if it.Tracked {
		out.Sellable = new(int64(0))
		if at == nil || at.Active {
			*out.Sellable = int64(it.Drawable("", now))
		}
	}
	out.Withheld, out.Damaged, out.Quality, out.InTransit, out.Incoming = &aside[0], &aside[1], &aside[2], &aside[3], &aside[4]
	return out
}

func inventory(k stock.ItemKey, f stock.Figures) *holdfastv1.Inventory {
	return &holdfastv1.Inventory{
		ProductId:      k.Product,
		LocationId:     k.Location,
		AvailableStock: int64(f.Available),
		ReservedStock:  int64(f.Held),
		TotalStock:     int64(f.Available + f.Held),
		OnHand:         int64(f.OnHand),
	}
}

// Reservations shows the lines of a write in their state afterwards.
func (s *Core) Reservations(ctx context.Context, o *intake.Outcome) ([]*holdfastv1.Reservation, error) {
	out := make([]*holdfastv1.Reservation, len(o.Event.Lines))
	for i := range o.Event.Lines {
		l := o.Event.Lines[i].Line.At(o.At)
		out[i] = Reservation(o.Event.Order, &l)
	}
	if o.Unitless() && o.Event.Op != stock.OpChange { // which may be about products that it does not name
		return out, nil
	}
	return out, UnitsOfReservations(ctx, s.Directory, o.Event.Tenant, out)
}

// Reservation shows a line as Line.At made it.
func Reservation(order string, l *stock.Line) *holdfastv1.Reservation {
	out := &holdfastv1.Reservation{
		ReservationId: reservationID(order, l.Item),
		OrderId:       order,
		ProductId:     l.Item.Product,
		LocationId:    l.Item.Location,
		ChannelId:     l.Channel,
		Requested:     int64(l.Requested),
		Quantity:      int64(l.Quantity()),
		Deducted:      int64(l.Confirmed),
		Released:      int64(l.Released),
		Returned:      int64(l.Returned),
		State:         l.State(),
		ExpiresAt:     TimeOf(l.Deadline),
		CreatedAt:     TimeOf(l.CreatedAt),
		UpdatedAt:     TimeOf(l.UpdatedAt),
		Committed:     l.Deadline == 0,
		CustomerId:    l.Customer,
		Lots:          lotUnits(l.Drawn),
	}
	if n := l.Waiting(); n > 0 {
		out.Promised, out.PromiseDate = int64(n), TimeOf(l.PromisedFor)
	}
	return out
}

// reservationID names the one reservation of an order, a location and a product (and a
// lot). It is made from them, so every answer has the same.
func reservationID(order string, k stock.ItemKey) string {
	var room [512]byte
	b := room[:0]
	for _, part := range [...]string{k.Tenant, order, k.Location, k.Product, k.Lot} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	var text [32]byte
	hex.Encode(text[:], sum[:16])
	return string(text[:])
}

// UnitsOfReservations fills in the declared units. Most products have none.
func UnitsOfReservations(ctx context.Context, directory Directory, tenant string, list []*holdfastv1.Reservation) error {
	return Units(ctx, directory, tenant, len(list), func(i int) string { return list[i].ProductId }, func(i int, u catalog.Unit) {
		list[i].Unit, list[i].Scale = Spell(u)
	})
}

// UnitsOfInventory fills in the units of items.
func UnitsOfInventory(ctx context.Context, directory Directory, tenant string, list ...*holdfastv1.Inventory) error {
	return Units(ctx, directory, tenant, len(list), func(i int) string { return list[i].ProductId }, func(i int, u catalog.Unit) {
		list[i].Unit, list[i].Scale = Spell(u)
	})
}

// Units looks up the units of n products, and fills them in.
func Units(ctx context.Context, directory Directory, tenant string, n int, product func(int) string, fill func(int, catalog.Unit)) error {
	if n == 0 {
		return nil
	}
	var room [8]catalog.Ref
	refs := room[:0]
	for i := range n {
		refs = append(refs, catalog.Ref{Tenant: tenant, Product: product(i)})
	}
	known, err := directory.KnownAll(ctx, refs)
	if err != nil {
		return err
	}
	for i := range known {
		if known[i].Unit.Scale != 0 {
			fill(i, known[i].Unit)
		}
	}
	return nil
}

// Spell shows a declared unit; nil for a product that has none.
func Spell(u catalog.Unit) (name *string, scale *int32) {
	if u.Scale == 0 {
		return nil, nil
	}
	return new(u.Name), new(int32(u.Scale))
}
