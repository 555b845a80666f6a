package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about orders: reserve, release, deduct, and what an
// order holds.

type reserveWrite struct{ *holdfastv1.ReserveRequest }

func (w reserveWrite) check(f *form) {
	f.id("order_id", w.OrderId, maxOrder)
	f.optionalID("channel_id", w.ChannelId, maxChannel)
	f.optionalID("customer_id", w.CustomerId, maxCustomer)
	if w.TtlSeconds != nil {
		f.within("ttl_seconds", w.GetTtlSeconds(), 1, maxTTL)
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
		f.at("items", i)
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

func (w reserveWrite) decimals() bool {
	return w.QuantityDecimal != "" || slices.ContainsFunc(w.Items, func(it *holdfastv1.ReserveItem) bool {
		return it.QuantityDecimal != ""
	})
}

// lines is how many lines the request has.
func (w reserveWrite) lines() int { return max(1, len(w.Items)) }

func (w reserveWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	if len(w.Items) == 0 {
		return append(refs, w.ref(c, w.ProductId, w.LocationId))
	}
	refs = slices.Grow(refs, len(w.Items))
	for _, it := range w.Items {
		refs = append(refs, w.ref(c, it.ProductId, it.LocationId))
	}
	return refs
}

// ref is what has to be looked up about a line: where the location is chosen,
// the product alone.
func (w reserveWrite) ref(c *call, product, location string) catalog.Ref {
	if w.Sourcing != nil {
		return catalog.Ref{Tenant: c.tenant, Product: product}
	}
	return c.ref(product, location)
}

func (w reserveWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	ttl := int64(usualTTL)
	if w.TtlSeconds != nil {
		ttl = w.GetTtlSeconds()
	}
	p := stock.Place{
		Order: c.order(w.OrderId), Channel: w.ChannelId, Customer: w.CustomerId, TTL: stock.Time(ttl * 1000), Partial: w.Policy == partial,
		Lines: make([]stock.Demand, w.lines()), Note: c.note("", ""), Ahead: w.AcceptPromised,
	}
	if len(w.Items) == 0 {
		n, err := quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.of(known[0].Unit)
		if err != nil {
			return nil, err
		}
		p.Lines[0] = c.demand(w.ProductId, w.LocationId, n, known[0])
		p.Lines[0].Lot, err = lotOf(w.Lot)
		return p, err
	}
	for i, it := range w.Items {
		q := quantity{"quantity", it.Quantity, it.QuantityDecimal, 1}
		if it.QuantityDecimal != "" {
			q.field = "items[" + itoa(i) + "].quantity"
		}
		n, err := q.of(known[i].Unit)
		if err != nil {
			return nil, err
		}
		p.Lines[i] = c.demand(it.ProductId, it.LocationId, n, known[i])
		if p.Lines[i].Lot, err = lotOf(it.Lot); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (c *call) order(id string) stock.OrderKey {
	return stock.OrderKey{Tenant: c.tenant, Order: id}
}

func (c *call) demand(product, location string, n stock.Qty, known catalog.Knowledge) stock.Demand {
	k := c.item(product, location)
	return stock.Demand{Item: k, Bucket: bucketOf(k, known), Qty: n, Known: known.Product && known.Location}
}

// part is what release and deduct have in common: some or all of an order.
type part struct {
	orderID, productID, locationID string
	quantity                       *int64
	decimal                        string
	lot                            map[string]string
}

func (p part) check(f *form) {
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

func (p part) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	if p.decimal == "" {
		return refs
	}
	return append(refs, catalog.Ref{Tenant: c.tenant, Product: p.productID})
}

func (p part) target(c *call, known []catalog.Knowledge, keyed bool) (stock.Target, error) {
	t := stock.Target{Order: c.order(p.orderID), Keyed: keyed}
	var err error
	if p.productID != "" {
		if t.Item, err = c.lotItem(p.productID, p.locationID, p.lot); err != nil {
			return t, err
		}
	}
	switch {
	case p.decimal != "":
		t.Qty, err = quantity{"quantity", 0, p.decimal, 1}.of(known[0].Unit)
	case p.quantity != nil:
		t.Qty = stock.Qty(*p.quantity)
	}
	return t, err
}

type releaseWrite struct{ *holdfastv1.ReleaseRequest }

func (w releaseWrite) part() part {
	return part{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

func (w releaseWrite) check(f *form) {
	w.part().check(f)
	f.reason(w.Reason, false)
}

func (w releaseWrite) decimals() bool { return w.QuantityDecimal != "" }

func (w releaseWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref { return w.part().refs(c, refs) }

func (w releaseWrite) command(c *call, known []catalog.Knowledge, keyed bool) (stock.Command, error) {
	t, err := w.part().target(c, known, keyed)
	return stock.Release{Target: t, Note: c.note(w.Reason, "")}, err
}

type deductWrite struct{ *holdfastv1.DeductRequest }

func (w deductWrite) part() part {
	return part{w.OrderId, w.ProductId, w.LocationId, w.Quantity, w.QuantityDecimal, w.Lot}
}

func (w deductWrite) check(f *form) { w.part().check(f) }

func (w deductWrite) decimals() bool { return w.QuantityDecimal != "" }

func (w deductWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref { return w.part().refs(c, refs) }

func (w deductWrite) command(c *call, known []catalog.Knowledge, keyed bool) (stock.Command, error) {
	t, err := w.part().target(c, known, keyed)
	return stock.Confirm{Target: t, Note: c.note("", "")}, err
}

func (s *Server) reserve(ctx context.Context, c *call, r *holdfastv1.ReserveRequest) (*holdfastv1.ReserveResponse, error) {
	j, err := s.one(ctx, c, reserveWrite{r})
	if err != nil {
		return nil, err
	}
	reservations, err := s.reservations(ctx, j)
	out := &holdfastv1.ReserveResponse{OrderId: r.OrderId, Reservations: reservations, Shortages: j.shortages()}
	out.Sourcing, out.Kits = j.plan()
	return out, err
}

func (s *Server) release(ctx context.Context, c *call, r *holdfastv1.ReleaseRequest) (*holdfastv1.OrderReservations, error) {
	return s.oneOrder(ctx, c, releaseWrite{r}, r.OrderId)
}

func (s *Server) deduct(ctx context.Context, c *call, r *holdfastv1.DeductRequest) (*holdfastv1.OrderReservations, error) {
	return s.oneOrder(ctx, c, deductWrite{r}, r.OrderId)
}

func (s *Server) oneOrder(ctx context.Context, c *call, w write, order string) (*holdfastv1.OrderReservations, error) {
	j, err := s.one(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.reservations(ctx, j)
	return &holdfastv1.OrderReservations{OrderId: order, Reservations: reservations}, err
}

// cleanupExpired expires what is due. The books do so by themselves; this is
// for callers who want to know that it has happened.
func (s *Server) cleanupExpired(ctx context.Context, c *call, _ *holdfastv1.CleanupExpiredRequest) (*holdfastv1.CleanupExpiredResponse, error) {
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	n, err := s.books.Sweep(ctx, c.tenant)
	if err != nil || c.key == "" {
		return &holdfastv1.CleanupExpiredResponse{Expired: int64(n)}, err
	}
	r := s.books.Submit(ctx, ledger.Request{Command: stock.Cleanup{Tenant: c.tenant, Expired: uint64(n)}, Key: c.key})[0]
	if r.Err != nil {
		return nil, r.Err
	}
	c.position, c.wrote, c.replayed = r.Position, true, r.Replayed
	return &holdfastv1.CleanupExpiredResponse{Expired: int64(r.Event.Expired)}, nil
}

func (s *Server) getOrder(ctx context.Context, c *call, r *holdfastv1.GetOrderRequest) (*holdfastv1.OrderReservations, error) {
	var f form
	f.id("order_id", r.OrderId, maxOrder)
	f.consistency(r.Consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	holds, now, err := from.order(ctx, c.order(r.OrderId))
	if err != nil {
		return nil, err
	}
	if len(holds) == 0 {
		return nil, refuse(codeNotFound, "order %q is not known", r.OrderId)
	}
	var lines []stock.Line
	for _, h := range holds {
		for i := range h.Lines {
			lines = append(lines, h.Lines[i].At(now))
		}
	}
	slices.SortStableFunc(lines, func(a, b stock.Line) int { return int(a.CreatedAt - b.CreatedAt) })
	out := make([]*holdfastv1.Reservation, len(lines))
	for i := range lines {
		out[i] = reservation(r.OrderId, &lines[i])
	}
	return &holdfastv1.OrderReservations{OrderId: r.OrderId, Reservations: out}, s.unitsOfReservations(ctx, c.tenant, out)
}
