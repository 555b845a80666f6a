package orders

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

func (s *Chapter) listReservations(ctx context.Context, c *kit.Call, r *holdfastv1.ListReservationsRequest) (*holdfastv1.ListReservationsResponse, error) {
	var f kit.Form
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.OptionalID("channel_id", r.ChannelId, kit.MaxChannel)
	f.OptionalID("customer_id", r.CustomerId, kit.MaxCustomer)
	f.OneOf("state", r.State, stock.StateActive, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired)
	f.OptionalID("order_prefix", r.OrderPrefix, kit.MaxOrder)
	q := view.ReservationQuery{
		Tenant: c.Tenant, State: r.State, Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Customer: r.CustomerId,
		OrderPrefix: r.OrderPrefix, ExpiresBefore: kit.Moment(r.ExpiresBefore), CreatedBefore: kit.Moment(r.CreatedBefore),
		Bounds:   c.Bounds,
		PageSize: f.Page(r.PageSize), PageToken: r.PageToken,
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, err := s.core.Held.Page(ctx, q)
	if err != nil {
		return nil, kit.BadPage(err)
	}
	out := &holdfastv1.ListReservationsResponse{AsOf: kit.TimeOf(page.AsOf), Items: make([]*holdfastv1.Reservation, len(page.Items))}
	for i := range page.Items {
		out.Items[i] = kit.Reservation(page.Items[i].Order, &page.Items[i].Line)
	}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, kit.UnitsOfReservations(ctx, s.core.Directory, c.Tenant, out.Items)
}
