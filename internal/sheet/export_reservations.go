package sheet

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/view"
)

// reservations writes what orders hold, by deadline.
func (x *export) reservations(ctx context.Context) (view.Snapshot, error) {
	err := x.heading("order_id", "product_id", "location_id", "channel_id", "customer_id", "requested", "quantity", "deducted", "released",
		"state", "committed", "expires_at", "created_at", "updated_at", "unit")
	if err != nil {
		return view.Snapshot{}, err
	}
	known := map[string]catalog.Unit{}
	q := view.ReservationQuery{Tenant: x.spec.Tenant, Location: x.spec.Location, Product: x.spec.Product, Bounds: x.spec.Bounds}
	return x.desk.rooms.Reservations.Scan(ctx, q, func(r *view.Reservation) error {
		u, ok := known[r.Item.Product]
		if !ok {
			found, err := x.desk.rooms.Door.LookUp(ctx, []catalog.Ref{{Tenant: x.spec.Tenant, Product: r.Item.Product}})
			if err != nil {
				return err
			}
			u = found[0].Unit
			known[r.Item.Product] = u
		}
		return x.reservation(r, u)
	})
}

func (x *export) reservation(r *view.Reservation, u catalog.Unit) error {
	x.start()
	x.text(r.Order, r.Item.Product, r.Item.Location, r.Channel, r.Customer)
	x.units(u.Scale, r.Requested, r.Quantity(), r.Confirmed, r.Released)
	x.text(r.State())
	x.flags(r.Deadline == 0)
	if r.Deadline == 0 {
		x.text("")
	} else {
		x.time(r.Deadline)
	}
	x.time(r.CreatedAt)
	x.time(r.UpdatedAt)
	x.text(u.Name)
	return x.end()
}
