package tills

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
)

// This file has the calls about orders that were made at a centre and that its tills fulfil. Some bring the
// orders to a till, the others are for people at a till.

func (s *Chapter) listTillOrders(ctx context.Context, c *kit.Call, r *holdfastv1.ListTillOrdersRequest) (*holdfastv1.ListTillOrdersResponse, error) {
	const list = "till-orders"
	var f kit.Form
	tillID(&f, r.GetTillId())
	size, after := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	err := f.Err()
	if err == nil {
		err = s.looksAt(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	orders, err := s.desk.Orders(ctx, c.Tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, kit.FactError("", err)
	}
	page, next := kit.CutPage(orders, list, after, size, func(o outpost.OnlineOrder) string { return o.ID })
	return &holdfastv1.ListTillOrdersResponse{Items: kit.Each(page, renderOnline), NextPageToken: next}, nil
}

func (s *Chapter) getTillOrder(ctx context.Context, c *kit.Call, r *holdfastv1.GetTillOrderRequest) (*holdfastv1.OnlineOrder, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	f.ID("order_id", r.GetOrderId(), kit.MaxOrder)
	err := f.Err()
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	o, ok, err := s.desk.Order(ctx, c.Tenant, r.GetTillId(), r.GetOrderId())
	switch {
	case err != nil:
		return nil, kit.FactError("", err)
	case !ok:
		return nil, kit.Refuse(kit.CodeNotFound, "order %q is none that the till may take on or keeps", r.GetOrderId())
	}
	return renderOnline(o), nil
}

func (s *Chapter) listOnlineOrders(ctx context.Context, _ *kit.Call, _ *holdfastv1.ListOnlineOrdersRequest) (*holdfastv1.ListOnlineOrdersResponse, error) {
	if s.here == nil {
		return nil, kit.ErrNoTill()
	}
	orders, err := s.here.Orders(ctx)
	return &holdfastv1.ListOnlineOrdersResponse{Items: kit.Each(orders, renderOnline)}, err
}

// answer checks a person's answer about an order of the centre.
func (s *Chapter) answer(id, reason string, why bool) error {
	var f kit.Form
	f.ID("order_id", id, kit.MaxOrder)
	f.Reason(reason, why)
	switch err := f.Err(); {
	case err != nil:
		return err
	case s.here == nil:
		return kit.ErrNoTill()
	}
	return nil
}

func (s *Chapter) acceptOnlineOrder(ctx context.Context, c *kit.Call, r *holdfastv1.AcceptOnlineOrderRequest) (*holdfastv1.OnlineOrder, error) {
	if err := s.answer(r.GetOrderId(), "", false); err != nil {
		return nil, err
	}
	o, err := s.here.Accept(ctx, r.GetOrderId(), c.Operator)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderOnline(o), nil
}

func (s *Chapter) declineOnlineOrder(ctx context.Context, c *kit.Call, r *holdfastv1.DeclineOnlineOrderRequest) (*holdfastv1.DeclineOnlineOrderResponse, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), true); err != nil {
		return nil, err
	}
	if err := s.here.Decline(ctx, r.GetOrderId(), c.Operator, r.GetReason()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeclineOnlineOrderResponse{}, nil
}

func (s *Chapter) cancelOnlineOrder(ctx context.Context, c *kit.Call, r *holdfastv1.CancelOnlineOrderRequest) (*holdfastv1.CancelOnlineOrderResponse, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), false); err != nil {
		return nil, err
	}
	if err := s.here.Cancel(ctx, r.GetOrderId(), c.Operator, r.GetReason()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.CancelOnlineOrderResponse{}, nil
}

func (s *Chapter) keepOnlineOrder(ctx context.Context, c *kit.Call, r *holdfastv1.KeepOnlineOrderRequest) (*holdfastv1.OnlineOrder, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), false); err != nil {
		return nil, err
	}
	o, err := s.here.Keep(ctx, r.GetOrderId(), c.Operator, r.GetReason())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderOnline(o), nil
}

func renderOnline(o outpost.OnlineOrder) *holdfastv1.OnlineOrder {
	return &holdfastv1.OnlineOrder{
		OrderId: o.ID, State: string(o.State), ChannelId: o.Channel, CustomerId: o.Customer, CreatedAt: kit.OptionalTime(o.Created), Kept: o.Keeps,
		CancelAskedAt: kit.OptionalTime(o.Asked), CancelRefused: o.Refused, Note: o.Note,
		Items: kit.Each(o.Lines, func(l outpost.OnlineLine) *holdfastv1.OnlineOrderLine {
			return &holdfastv1.OnlineOrderLine{ProductId: l.Product, Quantity: l.Units, Unit: l.Unit, Scale: int32(l.Scale)}
		}),
	}
}
