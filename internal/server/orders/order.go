// Package orders reserves units for orders, ends what they hold, and shows orders.
package orders

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Chapter handles orders that hold units.
type Chapter struct {
	core    *kit.Core
	sources catalog.Sources
}

// New returns the chapter.
func New(core *kit.Core, sources catalog.Sources) *Chapter {
	return &Chapter{core, sources}
}

// This file has the writes about orders: reserve, release, deduct, and what an
// order holds.

// ReserveWrite reserves units for an order.
type ReserveWrite struct{ *holdfastv1.ReserveRequest }

// Check checks the form of the request.
func (w ReserveWrite) Check(f *kit.Form) {
	f.ID("order_id", w.OrderId, kit.MaxOrder)
	f.OptionalID("channel_id", w.ChannelId, kit.MaxChannel)
	f.OptionalID("customer_id", w.CustomerId, kit.MaxCustomer)
	if w.TtlSeconds != nil {
		f.RequireRange("ttl_seconds", w.GetTtlSeconds(), 1, kit.MaxTTL)
	}
	f.OneOf("policy", w.Policy, allOrNothing, partial)
	sourcing(f, w.Sourcing)
	single := w.ProductId != "" || w.Quantity != 0 || w.QuantityDecimal != "" || w.LocationId != "" || len(w.Lot) > 0
	switch {
	case len(w.Items) == 0:
		f.ID("product_id", w.ProductId, kit.MaxProduct)
		location(f, w.LocationId, w.Sourcing)
		f.Quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
		f.Lot("lot", w.Lot)
	case single:
		f.Refuse("items", "items and product_id, quantity, location_id, lot exclude each other")
	case len(w.Items) > kit.MaxItems:
		f.Refuse("items", "must have 1 to "+kit.Itoa(kit.MaxItems)+" elements")
	}
	for i, it := range w.Items {
		if i >= kit.MaxItems || it == nil {
			break
		}
		f.Enter("items", i)
		f.ID("product_id", it.ProductId, kit.MaxProduct)
		location(f, it.LocationId, w.Sourcing)
		f.Quantity("quantity", it.Quantity, 1, it.QuantityDecimal)
		f.Lot("lot", it.Lot)
	}
}

// The policies of a reserve.
const (
	allOrNothing = "all_or_nothing"
	partial      = "partial"
)

// Ask is what the request asks of the books.
func (w ReserveWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	ttl := int64(kit.UsualTTL)
	if w.TtlSeconds != nil {
		ttl = w.GetTtlSeconds()
	}
	if err := c.BoundTTL(ttl); err != nil {
		return a, err
	}
	cmd := &stock.Place{
		Order: c.Order(w.OrderId), Channel: w.ChannelId, Customer: w.CustomerId, TTL: stock.Time(ttl * 1000), Partial: w.Policy == partial,
		Lines: make([]stock.Demand, max(1, len(w.Items))), Note: c.Note("", ""), Ahead: w.AcceptPromised,
	}
	a.Command, a.Sourcing = cmd, rulesOf(w.Sourcing)
	if len(w.Items) == 0 {
		l := &cmd.Lines[0]
		l.Item = c.Item(w.ProductId, w.LocationId)
		kit.Quantity{Field: "quantity", Number: w.Quantity, Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &l.Qty)
		l.Lot, err = kit.LotOf(w.Lot)
		return a, err
	}
	for i, it := range w.Items {
		l, q := &cmd.Lines[i], kit.Quantity{Field: "quantity", Number: it.Quantity, Decimal: it.QuantityDecimal, Least: 1}
		if q.Decimal != "" {
			q.Field = "items[" + kit.Itoa(i) + "].quantity"
		}
		l.Item = c.Item(it.ProductId, it.LocationId)
		q.IntoLine(&a, i, &l.Qty)
		if l.Lot, err = kit.LotOf(it.Lot); err != nil {
			return a, err
		}
	}
	return a, nil
}

// orderPart is shared by release and deduct: some or all of an order.
type orderPart struct {
	orderID, productID, locationID string
	quantity                       *int64
	decimal                        string
	lot                            map[string]string
}

func (p orderPart) check(f *kit.Form) {
	f.ID("order_id", p.orderID, kit.MaxOrder)
	f.OptionalID("product_id", p.productID, kit.MaxProduct)
	f.OptionalID("location_id", p.locationID, kit.MaxLocation)
	if p.productID == "" {
		if p.locationID != "" {
			f.Refuse("location_id", "needs product_id")
		}
		if p.quantity != nil || p.decimal != "" {
			f.Refuse("quantity", "needs product_id")
		}
		if len(p.lot) > 0 {
			f.Refuse("lot", "needs product_id")
		}
	}
	f.Lot("lot", p.lot)
	if p.quantity != nil || p.decimal != "" {
		var n int64
		if p.quantity != nil {
			n = *p.quantity
		}
		f.Quantity("quantity", n, 1, p.decimal)
	}
}

// fillTarget puts the part's names into the target of the ask's command.
func (p orderPart) fillTarget(c *kit.Call, a *intake.Ask, t *stock.Target) (err error) {
	t.Order, a.AnyLocation = c.Order(p.orderID), p.locationID == ""
	if p.productID != "" {
		t.Item, err = c.LotItem(p.productID, p.locationID, p.lot)
	}
	q := kit.Quantity{Field: "quantity", Number: 0, Decimal: p.decimal, Least: 1}
	if p.quantity != nil {
		q.Number = *p.quantity
	}
	q.FillCommand(a, &t.Qty)
	return err
}

// ReleaseWrite gives units of an order back.
type ReleaseWrite struct{ *holdfastv1.ReleaseRequest }

func (w ReleaseWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

// Check checks the form of the request.
func (w ReleaseWrite) Check(f *kit.Form) {
	w.part().check(f)
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w ReleaseWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.Release{Note: c.Note(w.Reason, "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

// DeductWrite takes the units of an order out of stock.
type DeductWrite struct{ *holdfastv1.DeductRequest }

func (w DeductWrite) part() orderPart {
	return orderPart{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

// Check checks the form of the request.
func (w DeductWrite) Check(f *kit.Form) { w.part().check(f) }

// Ask is what the request asks of the books.
func (w DeductWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.Confirm{Note: c.Note("", "")}
	a.Command = cmd
	return a, w.part().fillTarget(c, &a, &cmd.Target)
}

func (s *Chapter) reserve(ctx context.Context, c *kit.Call, w OrderWrite) (*holdfastv1.ReserveResponse, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.core.Reservations(ctx, o)
	out := &holdfastv1.ReserveResponse{OrderId: w.GetOrderId(), Reservations: reservations, Shortages: ShortagesOf(o)}
	out.Sourcing, out.Kits = PlanOf(o.Chosen)
	return out, err
}

// OrderWrite is a write about one order.
type OrderWrite interface {
	kit.Write
	GetOrderId() string
}

// oneOrder carries out a write about one order and shows the lines of the
// write.
func (s *Chapter) oneOrder(ctx context.Context, c *kit.Call, w OrderWrite) (*holdfastv1.OrderReservations, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.core.Reservations(ctx, o)
	return &holdfastv1.OrderReservations{OrderId: w.GetOrderId(), Reservations: reservations}, err
}

// show shows the outcome of a write about one order in a batch.
func (s *Chapter) show(ctx context.Context, w OrderWrite, o *intake.Outcome, out *holdfastv1.CommandResult) (err error) {
	out.OrderId, out.Shortages = new(w.GetOrderId()), ShortagesOf(o)
	out.Sourcing, out.Kits = PlanOf(o.Chosen)
	out.Reservations, err = s.core.Reservations(ctx, o)
	return err
}

// cleanupExpired expires due reservations. The books also do this by themselves. The
// call is for callers that want to know that it has happened.
func (s *Chapter) cleanupExpired(ctx context.Context, c *kit.Call, _ *holdfastv1.CleanupExpiredRequest) (*holdfastv1.CleanupExpiredResponse, error) {
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	n, err := s.core.Books.Sweep(ctx, c.Tenant)
	if err != nil || c.Key == "" {
		return &holdfastv1.CleanupExpiredResponse{Expired: int64(n)}, err
	}
	outcomes, err := s.core.Submit(ctx, c, []intake.Ask{{Command: stock.Cleanup{Tenant: c.Tenant, Expired: uint64(n)}, Key: c.Key}})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		return nil, err
	}
	c.Replayed = outcomes[0].Replayed
	return &holdfastv1.CleanupExpiredResponse{Expired: int64(outcomes[0].Event.Expired)}, nil
}

func (s *Chapter) getOrder(ctx context.Context, c *kit.Call, r *holdfastv1.GetOrderRequest) (*holdfastv1.OrderReservations, error) {
	var f kit.Form
	f.ID("order_id", r.OrderId, kit.MaxOrder)
	f.Consistency(r.Consistency)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	lines, _, err := orderLines(ctx, from, r.OrderId)
	if err != nil {
		return nil, err
	}
	parked, err := s.notesOf(ctx, c, r.OrderId)
	if err != nil {
		return nil, err
	}
	if lines == nil && len(parked) == 0 {
		return nil, kit.Refuse(kit.CodeNotFound, "order %q is not known", r.OrderId)
	}
	out := make([]*holdfastv1.Reservation, len(lines))
	for i := range lines {
		out[i] = kit.Reservation(r.OrderId, &lines[i])
	}
	if err := showRoads(ctx, s.core.Road, c.Order(r.OrderId), lines, out); err != nil {
		return nil, err
	}
	return &holdfastv1.OrderReservations{OrderId: r.OrderId, Reservations: out, Parked: parked}, kit.UnitsOfReservations(ctx, s.core.Directory, c.Tenant, out)
}
