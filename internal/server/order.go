package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// orderChapter handles orders that hold units.
type orderChapter struct {
	*core
	sources catalog.Sources
}

func (s *orderChapter) functions() map[string]method {
	return map[string]method{
		"Reserve":             unary(s.reserve),
		"Release":             writing(s.oneOrder, func(r *holdfastv1.ReleaseRequest) orderWrite { return releaseWrite{r} }),
		"Deduct":              writing(s.oneOrder, func(r *holdfastv1.DeductRequest) orderWrite { return deductWrite{r} }),
		"CleanupExpired":      unary(s.cleanupExpired),
		"GetOrder":            unary(s.getOrder),
		"ListReservations":    unary(s.listReservations),
		"ListOrders":          unary(s.listOrders),
		"GetOrderHistory":     unary(s.getOrderHistory),
		"Commit":              writing(s.oneOrder, func(r *holdfastv1.CommitRequest) orderWrite { return commitWrite{r} }),
		"Extend":              writing(s.oneOrder, func(r *holdfastv1.ExtendRequest) orderWrite { return extendWrite{r} }),
		"ChangeOrder":         writing(s.change, func(r *holdfastv1.ChangeOrderRequest) changeWrite { return changeWrite{r} }),
		"Relocate":            writing(s.oneOrder, func(r *holdfastv1.RelocateRequest) orderWrite { return relocateWrite{r} }),
		"Withdraw":            writing(s.oneOrder, func(r *holdfastv1.WithdrawRequest) orderWrite { return withdrawWrite{r} }),
		"ConfirmAvailability": unary(s.confirmAvailability),
	}
}

// This file has the writes about orders: reserve, release, deduct, and what an
// order holds.

type reserveWrite struct{ *holdfastv1.ReserveRequest }

func (w reserveWrite) check(f *requestForm) {
	f.id("order_id", w.OrderId, maxOrder)
	f.optionalID("channel_id", w.ChannelId, maxChannel)
	f.optionalID("customer_id", w.CustomerId, maxCustomer)
	if w.TtlSeconds != nil {
		f.requireRange("ttl_seconds", w.GetTtlSeconds(), 1, maxTTL)
	}
	f.oneOf("policy", w.Policy, allOrNothing, partial)
	f.sourcing(w.Sourcing)
	single := w.ProductId != "" || w.Quantity != 0 || w.QuantityDecimal != "" || w.LocationId != "" || len(w.Lot) > 0
	switch {
	case len(w.Items) == 0:
		f.id("product_id", w.ProductId, maxProduct)
		f.location(w.LocationId, w.Sourcing)
		f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
		f.lot("lot", w.Lot)
	case single:
		f.refuse("items", "items and product_id, quantity, location_id, lot exclude each other")
	case len(w.Items) > maxItems:
		f.refuse("items", "must have 1 to "+itoa(maxItems)+" elements")
	}
	for i, it := range w.Items {
		if i >= maxItems || it == nil {
			break
		}
		f.enter("items", i)
		f.id("product_id", it.ProductId, maxProduct)
		f.location(it.LocationId, w.Sourcing)
		f.quantity("quantity", it.Quantity, 1, it.QuantityDecimal)
		f.lot("lot", it.Lot)
	}
}

// The policies of a reserve.
const (
	allOrNothing = "all_or_nothing"
	partial      = "partial"
)

func (w reserveWrite) ask(c *call) (a intake.Ask, err error) {
	ttl := int64(usualTTL)
	if w.TtlSeconds != nil {
		ttl = w.GetTtlSeconds()
	}
	if err := c.boundTTL(ttl); err != nil {
		return a, err
	}
	cmd := &stock.Place{
		Order: c.order(w.OrderId), Channel: w.ChannelId, Customer: w.CustomerId, TTL: stock.Time(ttl * 1000), Partial: w.Policy == partial,
		Lines: make([]stock.Demand, max(1, len(w.Items))), Note: c.note("", ""), Ahead: w.AcceptPromised,
	}
	a.Command, a.Sourcing = cmd, rulesOf(w.Sourcing)
	if len(w.Items) == 0 {
		l := &cmd.Lines[0]
		l.Item = c.item(w.ProductId, w.LocationId)
		quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.fillCommand(&a, &l.Qty)
		l.Lot, err = lotOf(w.Lot)
		return a, err
	}
	for i, it := range w.Items {
		l, q := &cmd.Lines[i], quantity{"quantity", it.Quantity, it.QuantityDecimal, 1}
		if q.decimal != "" {
			q.field = "items[" + itoa(i) + "].quantity"
		}
		l.Item = c.item(it.ProductId, it.LocationId)
		q.intoLine(&a, i, &l.Qty)
		if l.Lot, err = lotOf(it.Lot); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (c *call) order(id string) stock.OrderKey {
	return stock.OrderKey{Tenant: c.tenant, Order: id}
}

// orderPart is shared by release and deduct: some or all of an order.
type orderPart struct {
	orderID, productID, locationID string
	quantity                       *int64
	decimal                        string
	lot                            map[string]string
}

func (p orderPart) check(f *requestForm) {
	f.id("order_id", p.orderID, maxOrder)
	f.optionalID("product_id", p.productID, maxProduct)
	f.optionalID("location_id", p.locationID, maxLocation)
	if p.productID == "" {
		if p.locationID != "" {
			f.refuse("location_id", "needs product_id")
		}
		if p.quantity != nil || p.decimal != "" {
			f.refuse("quantity", "needs product_id")
		}
		if len(p.lot) > 0 {
			f.refuse("lot", "needs product_id")
		}
	}
	f.lot("lot", p.lot)
	if p.quantity != nil || p.decimal != "" {
		var n int64
		if p.quantity != nil {
			n = *p.quantity
		}
		f.quantity("quantity", n, 1, p.decimal)
	}
}

// fillTarget puts the part's names into the target of the ask's command.
func (p orderPart) fillTarget(c *call, a *intake.Ask, t *stock.Target) (err error) {
	t.Order, a.AnyLocation = c.order(p.orderID), p.locationID == ""
	if p.productID != "" {
		t.Item, err = c.lotItem(p.productID, p.locationID, p.lot)
	}
	q := quantity{"quantity", 0, p.decimal, 1}
	if p.quantity != nil {
		q.number = *p.quantity
	}
	q.fillCommand(a, &t.Qty)
	return err
}

type releaseWrite struct{ *holdfastv1.ReleaseRequest }

func (w releaseWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

func (w releaseWrite) check(f *requestForm) {
	w.part().check(f)
	f.reason(w.Reason, false)
}

func (w releaseWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.Release{Note: c.note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

type deductWrite struct{ *holdfastv1.DeductRequest }

func (w deductWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

func (w deductWrite) check(f *requestForm) { w.part().check(f) }

func (w deductWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.Confirm{Note: c.note("", "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

func (s *orderChapter) reserve(ctx context.Context, c *call, r *holdfastv1.ReserveRequest) (*holdfastv1.ReserveResponse, error) {
	o, err := s.writeOne(ctx, c, reserveWrite{r})
	if err != nil {
		return nil, err
	}
	reservations, err := s.reservations(ctx, o)
	out := &holdfastv1.ReserveResponse{OrderId: r.OrderId, Reservations: reservations, Shortages: shortagesOf(o)}
	out.Sourcing, out.Kits = planOf(o.Chosen)
	return out, err
}

// orderWrite is a write about one order.
type orderWrite interface {
	write
	GetOrderId() string
}

// oneOrder carries out a write about one order and shows the lines of the
// write.
func (s *orderChapter) oneOrder(ctx context.Context, c *call, w orderWrite) (*holdfastv1.OrderReservations, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.reservations(ctx, o)
	return &holdfastv1.OrderReservations{OrderId: w.GetOrderId(), Reservations: reservations}, err
}

// cleanupExpired expires due reservations. The books also do this by themselves. The
// call is for callers that want to know that it has happened.
func (s *orderChapter) cleanupExpired(ctx context.Context, c *call, _ *holdfastv1.CleanupExpiredRequest) (*holdfastv1.CleanupExpiredResponse, error) {
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	n, err := s.books.Sweep(ctx, c.tenant)
	if err != nil || c.key == "" {
		return &holdfastv1.CleanupExpiredResponse{Expired: int64(n)}, err
	}
	outcomes, err := s.submit(ctx, c, []intake.Ask{{Command: stock.Cleanup{Tenant: c.tenant, Expired: uint64(n)}, Key: c.key}})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		return nil, err
	}
	c.replayed = outcomes[0].Replayed
	return &holdfastv1.CleanupExpiredResponse{Expired: int64(outcomes[0].Event.Expired)}, nil
}

func (s *orderChapter) getOrder(ctx context.Context, c *call, r *holdfastv1.GetOrderRequest) (*holdfastv1.OrderReservations, error) {
	var f requestForm
	f.id("order_id", r.OrderId, maxOrder)
	f.consistency(r.Consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	lines, _, err := from.orderLines(ctx, r.OrderId)
	if err != nil {
		return nil, err
	}
	parked, err := s.notesOf(ctx, c, r.OrderId)
	if err != nil {
		return nil, err
	}
	if lines == nil && len(parked) == 0 {
		return nil, refuse(codeNotFound, "order %q is not known", r.OrderId)
	}
	out := make([]*holdfastv1.Reservation, len(lines))
	for i := range lines {
		out[i] = reservation(r.OrderId, &lines[i])
	}
	if err := showRoads(ctx, s.road, c.order(r.OrderId), lines, out); err != nil {
		return nil, err
	}
	return &holdfastv1.OrderReservations{OrderId: r.OrderId, Reservations: out, Parked: parked}, s.unitsOfReservations(ctx, c.tenant, out)
}
