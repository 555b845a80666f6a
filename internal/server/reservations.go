package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Reservations lists what orders hold.
type Reservations interface {
	// Page returns one page. It returns view.ErrPageToken for a token it did not make.
	Page(ctx context.Context, q view.ReservationQuery) (*view.ReservationPage, error)
	// Scan calls fn for every reservation in the order of a page.
	Scan(ctx context.Context, q view.ReservationQuery, fn func(*view.Reservation) error) (view.Snapshot, error)
	// Orders returns one page of orders. It returns view.ErrPageToken for a token it did not make.
	Orders(ctx context.Context, q view.OrderQuery) (*view.OrderPage, error)
}

func (s *orderChapter) listReservations(ctx context.Context, c *call, r *holdfastv1.ListReservationsRequest) (*holdfastv1.ListReservationsResponse, error) {
	var f requestForm
	f.optionalID("product_id", r.ProductId, maxProduct)
	f.optionalID("location_id", r.LocationId, maxLocation)
	f.optionalID("channel_id", r.ChannelId, maxChannel)
	f.optionalID("customer_id", r.CustomerId, maxCustomer)
	f.oneOf("state", r.State, stock.StateActive, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired)
	f.optionalID("order_prefix", r.OrderPrefix, maxOrder)
	q := view.ReservationQuery{
		Tenant: c.tenant, State: r.State, Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Customer: r.CustomerId,
		OrderPrefix: r.OrderPrefix, ExpiresBefore: moment(r.ExpiresBefore), CreatedBefore: moment(r.CreatedBefore),
		Bounds:   c.bounds,
		PageSize: f.page(r.PageSize), PageToken: r.PageToken,
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, err := s.held.Page(ctx, q)
	if err != nil {
		return nil, badPage(err)
	}
	out := &holdfastv1.ListReservationsResponse{AsOf: timeOf(page.AsOf), Items: make([]*holdfastv1.Reservation, len(page.Items))}
	for i := range page.Items {
		out.Items[i] = reservation(page.Items[i].Order, &page.Items[i].Line)
	}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, s.unitsOfReservations(ctx, c.tenant, out.Items)
}
