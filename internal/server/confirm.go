package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/stock"
)

// confirmAvailability answers whether a reserve of a whole cart would succeed now. It
// needs a key with read, unlike check, because it shows the stock of locations and what
// an order holds.
func (s *orderChapter) confirmAvailability(ctx context.Context, c *call, r *holdfastv1.ConfirmAvailabilityRequest) (*holdfastv1.ConfirmAvailabilityResponse, error) {
	if err := checkCart(r); err != nil {
		return nil, err
	}
	if s.orders == nil {
		return nil, refuse(codeUnavailable, "this server chooses nothing")
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	if err := c.requireChannel(r.ChannelId); err != nil {
		return nil, err
	}
	cart := fulfil.Cart{Tenant: c.tenant, Channel: r.ChannelId, Customer: r.CustomerId, Order: r.OrderId, Rules: rulesOf(r.Sourcing), Lines: make([]fulfil.Line, len(r.Items)), Lots: make([]stock.Lot, len(r.Items))}
	for i, it := range r.Items {
		n, err := s.cartQuantity(ctx, c, i, it)
		if err != nil {
			return nil, err
		}
		cart.Lines[i] = fulfil.Line{Product: it.ProductId, Qty: n}
		if cart.Lots[i], err = lotOf(it.Lot); err != nil {
			return nil, err
		}
		if cart.Rules != nil {
			cart.Rules.Bounds = c.bounds
			continue
		}
		cart.Lines[i].Location = c.item(it.ProductId, it.LocationId).Location
		if err := c.requireLocation(cart.Lines[i].Location); err != nil {
			return nil, err
		}
	}
	verdicts, plan, err := s.orders.Confirm(ctx, cart)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ConfirmAvailabilityResponse{Confirmed: true, Items: make([]*holdfastv1.ConfirmedItem, len(verdicts))}
	for i, v := range verdicts {
		it := &holdfastv1.ConfirmedItem{
			ProductId: v.Product, LocationId: v.Location, Requested: int64(v.Qty), Confirmed: v.Confirmed,
			Reason: string(v.Reason), Explanation: v.Sentence,
		}
		if v.Available < stock.MaxQty {
			available := int64(v.Available)
			it.Available = &available
		}
		out.Items[i] = it
		out.Confirmed = out.Confirmed && v.Confirmed
	}
	if plan != nil {
		out.Plan = sourcingPlan(plan)
	}
	return out, nil
}

func checkCart(r *holdfastv1.ConfirmAvailabilityRequest) error {
	var f requestForm
	f.optionalID("channel_id", r.ChannelId, maxChannel)
	f.optionalID("customer_id", r.CustomerId, maxCustomer)
	f.optionalID("order_id", r.OrderId, maxOrder)
	f.sourcing(r.Sourcing)
	if n := len(r.Items); n < 1 || n > maxChecks {
		f.refuse("items", "must have 1 to "+itoa(maxChecks)+" elements")
		return f.err()
	}
	for i, it := range r.Items {
		f.enter("items", i)
		f.id("product_id", it.GetProductId(), maxProduct)
		f.location(it.GetLocationId(), r.Sourcing)
		f.quantity("quantity", it.GetQuantity(), 1, it.GetQuantityDecimal())
		f.lot("lot", it.GetLot())
	}
	return f.err()
}

// cartQuantity is how many units a line asks for, in smallest units. An unknown product
// has no unit either: then the answer says that the line is unknown.
func (s *orderChapter) cartQuantity(ctx context.Context, c *call, i int, it *holdfastv1.ConfirmAvailabilityItem) (stock.Qty, error) {
	if it.QuantityDecimal == "" {
		return stock.Qty(it.Quantity), nil
	}
	refs := []catalog.Ref{{Tenant: c.tenant, Product: it.ProductId}}
	known, err := s.door.LookUpExactly(ctx, refs)
	if err != nil {
		return 0, err
	}
	if !known[0].Product {
		return 1, nil
	}
	return quantity{"items[" + itoa(i) + "].quantity", 0, it.QuantityDecimal, 1}.inUnit(known[0].Unit)
}
