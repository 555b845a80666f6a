package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	maxListedOrders = 200
	// maxListedLines is how many reservations an order in a list shows.
	maxListedLines = 5
)

func (s *orderChapter) listOrders(ctx context.Context, c *call, r *holdfastv1.ListOrdersRequest) (*holdfastv1.ListOrdersResponse, error) {
	q, err := orderForm(c, r)
	if err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.Product, Location: q.Location}); err != nil {
		return nil, err
	}
	if r.OrderId != "" {
		return s.listedOrder(ctx, from, &q, r.OrderId)
	}
	page, err := s.held.Orders(ctx, q)
	if err != nil {
		return nil, badPage(err)
	}
	out := &holdfastv1.ListOrdersResponse{AsOf: timeOf(page.AsOf)}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	for _, found := range page.Places {
		lines, _, err := from.orderLines(ctx, found.Order)
		if err != nil {
			return nil, err
		}
		// If an order is on several pages, only the first counts, and it may have changed.
		if place, listed := q.Place(found.Order, lines); listed && place == found {
			out.Items = append(out.Items, orderSummary(found.Order, lines))
		}
	}
	return out, s.unitsOfOrders(ctx, c.tenant, out.Items)
}

// orderForm reads a query.
func orderForm(c *call, r *holdfastv1.ListOrdersRequest) (view.OrderQuery, error) {
	var f requestForm
	f.optionalID("order_id", r.OrderId, maxOrder)
	if len(r.Q) > maxOrder || isBadText(r.Q) {
		f.refuse("q", "must be text of at most "+itoa(maxOrder)+" bytes without control characters")
	}
	f.oneOf("state", r.State, stock.StateActive, view.OrdersCommitted, view.OrdersWaiting, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired, view.OrdersAny)
	f.optionalID("product_id", r.ProductId, maxProduct)
	f.optionalID("location_id", r.LocationId, maxLocation)
	f.optionalID("channel_id", r.ChannelId, maxChannel)
	f.optionalID("customer_id", r.CustomerId, maxCustomer)
	f.oneOf("sort", r.Sort, "newest", "due")
	size := view.DefaultPageSize
	if r.PageSize != nil {
		f.requireRange("page_size", int64(r.GetPageSize()), 1, maxListedOrders)
		size = int(r.GetPageSize())
	}
	if r.OrderId != "" && r.PageToken != "" {
		f.refuse("page_token", "an order that is named has no further page")
	}
	q := view.OrderQuery{
		Tenant: c.tenant, State: r.State, Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Customer: r.CustomerId,
		Bounds: c.bounds, Part: r.Q, DueBefore: moment(r.DueBefore), Since: moment(r.Since), Until: moment(r.Until), Due: r.Sort == "due",
		PageSize: size, PageToken: r.PageToken,
	}
	if r.OrderId != "" && r.State == "" {
		q.State = view.OrdersAny
	}
	return q, f.err()
}

// listedOrder is the list with only the named order.
func (s *orderChapter) listedOrder(ctx context.Context, from *readSource, q *view.OrderQuery, order string) (*holdfastv1.ListOrdersResponse, error) {
	lines, now, err := from.orderLines(ctx, order)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListOrdersResponse{AsOf: timeOf(now)}
	if _, listed := q.Place(order, lines); listed {
		out.Items = append(out.Items, orderSummary(order, lines))
	}
	return out, s.unitsOfOrders(ctx, q.Tenant, out.Items)
}

// orderLines are the present lines of an order, in the order of their creation; nil: the
// order is not known.
func (s *readSource) orderLines(ctx context.Context, order string) ([]stock.Line, stock.Time, error) {
	holds, now, err := s.order(ctx, s.call.order(order))
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
	out := &holdfastv1.OrderSummary{OrderId: order, State: orderState(lines), CreatedAt: timeOf(lines[0].CreatedAt), ReservationCount: int32(len(lines))}
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
	out.ExpiresAt, out.UpdatedAt = timeOf(due), timeOf(updated)
	for i := range lines[:min(len(lines), maxListedLines)] {
		out.Reservations = append(out.Reservations, reservation(order, &lines[i]))
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

func (s *orderChapter) unitsOfOrders(ctx context.Context, tenant string, orders []*holdfastv1.OrderSummary) error {
	var all []*holdfastv1.Reservation
	for _, o := range orders {
		all = append(all, o.Reservations...)
	}
	return s.unitsOfReservations(ctx, tenant, all)
}
