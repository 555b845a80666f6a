package orders

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	maxListedOrders = 200
	// maxListedLines is how many reservations an order in a list shows.
	maxListedLines = 5
)

func (s *Chapter) listOrders(ctx context.Context, c *kit.Call, r *holdfastv1.ListOrdersRequest) (*holdfastv1.ListOrdersResponse, error) {
	q, err := orderForm(c, r)
	if err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	if r.OrderId != "" {
		return s.listedOrder(ctx, from, &q, r.OrderId)
	}
	page, err := s.core.Held.Orders(ctx, q)
	if err != nil {
		return nil, kit.BadPage(err)
	}
	out := &holdfastv1.ListOrdersResponse{AsOf: kit.TimeOf(page.AsOf)}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	for _, found := range page.Places {
		lines, _, err := orderLines(ctx, from, found.Order)
		if err != nil {
			return nil, err
		}
		// If an order is on several pages, only the first counts, and it may have changed.
		if place, listed := q.Place(found.Order, lines); listed && place == found {
			out.Items = append(out.Items, orderSummary(found.Order, lines))
		}
	}
	return out, s.unitsOfOrders(ctx, c.Tenant, out.Items)
}

// orderForm reads a query.
func orderForm(c *kit.Call, r *holdfastv1.ListOrdersRequest) (view.OrderQuery, error) {
	var f kit.Form
	f.OptionalID("order_id", r.OrderId, kit.MaxOrder)
	if len(r.Q) > kit.MaxOrder || kit.IsBadText(r.Q) {
		f.Refuse("q", "must be text of at most "+kit.Itoa(kit.MaxOrder)+" bytes without control characters")
	}
	f.OneOf("state", r.State, stock.StateActive, view.OrdersCommitted, view.OrdersWaiting, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired, view.OrdersAny)
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.OptionalID("channel_id", r.ChannelId, kit.MaxChannel)
	f.OptionalID("customer_id", r.CustomerId, kit.MaxCustomer)
	f.OneOf("sort", r.Sort, "newest", "due")
	size := view.DefaultPageSize
	if r.PageSize != nil {
		f.RequireRange("page_size", int64(r.GetPageSize()), 1, maxListedOrders)
		size = int(r.GetPageSize())
	}
	if r.OrderId != "" && r.PageToken != "" {
		f.Refuse("page_token", "an order that is named has no further page")
	}
	q := view.OrderQuery{
		Tenant: c.Tenant, State: r.State, Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Customer: r.CustomerId,
		Bounds: c.Bounds, Part: r.Q, DueBefore: kit.Moment(r.DueBefore), Since: kit.Moment(r.Since), Until: kit.Moment(r.Until), Due: r.Sort == "due",
		PageSize: size, PageToken: r.PageToken,
	}
	if r.OrderId != "" && r.State == "" {
		q.State = view.OrdersAny
	}
	return q, f.Err()
}

// listedOrder is the list with only the named order.
func (s *Chapter) listedOrder(ctx context.Context, from *kit.Source, q *view.OrderQuery, order string) (*holdfastv1.ListOrdersResponse, error) {
	lines, now, err := orderLines(ctx, from, order)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListOrdersResponse{AsOf: kit.TimeOf(now)}
	if _, listed := q.Place(order, lines); listed {
		out.Items = append(out.Items, orderSummary(order, lines))
	}
	return out, s.unitsOfOrders(ctx, q.Tenant, out.Items)
}

// orderLines are the present lines of an order, in the order of their creation; nil: the
// order is not known.
func orderLines(ctx context.Context, s *kit.Source, order string) ([]stock.Line, stock.Time, error) {
	holds, now, err := s.Order(ctx, s.Call.Order(order))
	if err != nil {
		return nil, 0, err
	}
	if len(holds) == 0 {
		return nil, now, nil
	}
	lines := []stock.Line{}
	for _, h := range holds {
		for i := range h.Lines {
			lines = append(lines, h.Lines[i].At(now))
		}
	}
	slices.SortStableFunc(lines, func(a, b stock.Line) int { return int(a.CreatedAt - b.CreatedAt) })
	return lines, now, nil
}

// orderSummary shows an order by its lines, of which there is at least one.
func orderSummary(order string, lines []stock.Line) *holdfastv1.OrderSummary {
	out := &holdfastv1.OrderSummary{OrderId: order, State: orderState(lines), CreatedAt: kit.TimeOf(lines[0].CreatedAt), ReservationCount: int32(len(lines))}
	var due, updated stock.Time
	for i := range lines {
		l := &lines[i]
		updated = max(updated, l.UpdatedAt)
		if out.CustomerId == "" {
			out.CustomerId = l.Customer
		}
		if l.State() == stock.StateActive {
			out.Waiting = out.Waiting || l.Waiting() > 0
			if l.Deadline != 0 && (due == 0 || l.Deadline < due) {
				due = l.Deadline
			}
		}
	}
	out.Committed = out.State == stock.StateActive && due == 0
	out.ExpiresAt, out.UpdatedAt = kit.TimeOf(due), kit.TimeOf(updated)
	for i := range lines[:min(len(lines), maxListedLines)] {
		out.Reservations = append(out.Reservations, kit.Reservation(order, &lines[i]))
	}
	return out
}

// orderState is the most important state among the lines: something is held, has left,
// has expired, or was returned.
func orderState(lines []stock.Line) string {
	for _, state := range []string{stock.StateActive, stock.StateConfirmed, stock.StateExpired} {
		if slices.ContainsFunc(lines, func(l stock.Line) bool { return l.State() == state }) {
			return state
		}
	}
	return stock.StateCancelled
}

func (s *Chapter) unitsOfOrders(ctx context.Context, tenant string, orders []*holdfastv1.OrderSummary) error {
	var all []*holdfastv1.Reservation
	for _, o := range orders {
		all = append(all, o.Reservations...)
	}
	return kit.UnitsOfReservations(ctx, s.core.Directory, tenant, all)
}
