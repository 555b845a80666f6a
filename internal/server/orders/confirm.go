package orders

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// confirmAvailability answers whether a reserve of a whole cart would succeed now. It
// needs a key with read, unlike check, because it shows the stock of locations and what
// an order holds.
func (s *Chapter) confirmAvailability(ctx context.Context, c *kit.Call, r *holdfastv1.ConfirmAvailabilityRequest) (*holdfastv1.ConfirmAvailabilityResponse, error) {
	if err := checkCart(r); err != nil {
		return nil, err
	}
	if s.core.Orders == nil {
		return nil, kit.Refuse(kit.CodeUnavailable, "this server chooses nothing")
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	if err := c.RequireChannel(r.ChannelId); err != nil {
		return nil, err
	}
	cart := fulfil.Cart{Tenant: c.Tenant, Channel: r.ChannelId, Customer: r.CustomerId, Order: r.OrderId, Rules: rulesOf(r.Sourcing), Lines: make([]fulfil.Line, len(r.Items)), Lots: make([]stock.Lot, len(r.Items))}
	for i, it := range r.Items {
		n, err := s.cartQuantity(ctx, c, i, it)
		if err != nil {
			return nil, err
		}
		cart.Lines[i] = fulfil.Line{Product: it.ProductId, Qty: n}
		if cart.Lots[i], err = kit.LotOf(it.Lot); err != nil {
			return nil, err
		}
		if cart.Rules != nil {
			cart.Rules.Bounds = c.Bounds
			continue
		}
		cart.Lines[i].Location = c.Item(it.ProductId, it.LocationId).Location
		if err := c.RequireLocation(cart.Lines[i].Location); err != nil {
			return nil, err
		}
	}
	verdicts, plan, err := s.core.Orders.Confirm(ctx, cart)
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
	var f kit.Form
	f.OptionalID("channel_id", r.ChannelId, kit.MaxChannel)
	f.OptionalID("customer_id", r.CustomerId, kit.MaxCustomer)
	f.OptionalID("order_id", r.OrderId, kit.MaxOrder)
	sourcing(&f, r.Sourcing)
	if n := len(r.Items); n < 1 || n > kit.MaxChecks {
		f.Refuse("items", "must have 1 to "+kit.Itoa(kit.MaxChecks)+" elements")
		return f.Err()
	}
	for i, it := range r.Items {
		f.Enter("items", i)
		f.ID("product_id", it.GetProductId(), kit.MaxProduct)
		location(&f, it.GetLocationId(), r.Sourcing)
		f.Quantity("quantity", it.GetQuantity(), 1, it.GetQuantityDecimal())
		f.Lot("lot", it.GetLot())
	}
	return f.Err()
}

// cartQuantity is how many units a line asks for, in smallest units. An unknown product
// has no unit either: then the answer says that the line is unknown.
func (s *Chapter) cartQuantity(ctx context.Context, c *kit.Call, i int, it *holdfastv1.ConfirmAvailabilityItem) (stock.Qty, error) {
	if it.QuantityDecimal == "" {
		return stock.Qty(it.Quantity), nil
	}
	refs := []catalog.Ref{{Tenant: c.Tenant, Product: it.ProductId}}
	known, err := s.core.Door.LookUpExactly(ctx, refs)
	if err != nil {
		return 0, err
	}
	if !known[0].Product {
		return 1, nil
	}
	return kit.Quantity{Field: "items[" + kit.Itoa(i) + "].quantity", Number: 0, Decimal: it.QuantityDecimal, Least: 1}.InUnit(known[0].Unit)
}
