package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/outpost"
)

// This file has the calls about orders that were made at a centre and that its tills fulfil. Some bring the
// orders to a till, the others are for people at a till.

func (s *tillChapter) listTillOrders(ctx context.Context, c *call, r *holdfastv1.ListTillOrdersRequest) (*holdfastv1.ListTillOrdersResponse, error) {
	const list = "till-orders"
	var f requestForm
	tillID(&f, r.GetTillId())
	size, after := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	err := f.err()
	if err == nil {
		err = s.looksAt(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	orders, err := s.desk.Orders(ctx, c.tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, factError("", err)
	}
	page, next := cutPage(orders, list, after, size, func(o outpost.OnlineOrder) string { return o.ID })
	return &holdfastv1.ListTillOrdersResponse{Items: each(page, renderOnline), NextPageToken: next}, nil
}

func (s *tillChapter) getTillOrder(ctx context.Context, c *call, r *holdfastv1.GetTillOrderRequest) (*holdfastv1.OnlineOrder, error) {
	var f requestForm
	tillID(&f, r.GetTillId())
	f.id("order_id", r.GetOrderId(), maxOrder)
	err := f.err()
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	o, ok, err := s.desk.Order(ctx, c.tenant, r.GetTillId(), r.GetOrderId())
	switch {
	case err != nil:
		return nil, factError("", err)
	case !ok:
		return nil, refuse(codeNotFound, "order %q is none that the till may take on or keeps", r.GetOrderId())
	}
	return renderOnline(o), nil
}

// errNoTill refuses calls that only a till answers.
func errNoTill() error { return refuse(codeState, "this server is no till") }

func (s *tillChapter) listOnlineOrders(ctx context.Context, _ *call, _ *holdfastv1.ListOnlineOrdersRequest) (*holdfastv1.ListOnlineOrdersResponse, error) {
	if s.here == nil {
		return nil, errNoTill()
	}
	orders, err := s.here.Orders(ctx)
	return &holdfastv1.ListOnlineOrdersResponse{Items: each(orders, renderOnline)}, err
}

// answer checks a person's answer about an order of the centre.
func (s *tillChapter) answer(id, reason string, why bool) error {
	var f requestForm
	f.id("order_id", id, maxOrder)
	f.reason(reason, why)
	switch err := f.err(); {
	case err != nil:
		return err
	case s.here == nil:
		return errNoTill()
	}
	return nil
}

func (s *tillChapter) acceptOnlineOrder(ctx context.Context, c *call, r *holdfastv1.AcceptOnlineOrderRequest) (*holdfastv1.OnlineOrder, error) {
	if err := s.answer(r.GetOrderId(), "", false); err != nil {
		return nil, err
	}
	o, err := s.here.Accept(ctx, r.GetOrderId(), c.operator)
	if err != nil {
		return nil, factError("", err)
	}
	return renderOnline(o), nil
}

func (s *tillChapter) declineOnlineOrder(ctx context.Context, c *call, r *holdfastv1.DeclineOnlineOrderRequest) (*holdfastv1.DeclineOnlineOrderResponse, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), true); err != nil {
		return nil, err
	}
	if err := s.here.Decline(ctx, r.GetOrderId(), c.operator, r.GetReason()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeclineOnlineOrderResponse{}, nil
}

func (s *tillChapter) cancelOnlineOrder(ctx context.Context, c *call, r *holdfastv1.CancelOnlineOrderRequest) (*holdfastv1.CancelOnlineOrderResponse, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), false); err != nil {
		return nil, err
	}
	if err := s.here.Cancel(ctx, r.GetOrderId(), c.operator, r.GetReason()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.CancelOnlineOrderResponse{}, nil
}

func (s *tillChapter) keepOnlineOrder(ctx context.Context, c *call, r *holdfastv1.KeepOnlineOrderRequest) (*holdfastv1.OnlineOrder, error) {
	if err := s.answer(r.GetOrderId(), r.GetReason(), false); err != nil {
		return nil, err
	}
	o, err := s.here.Keep(ctx, r.GetOrderId(), c.operator, r.GetReason())
	if err != nil {
		return nil, factError("", err)
	}
	return renderOnline(o), nil
}

func renderOnline(o outpost.OnlineOrder) *holdfastv1.OnlineOrder {
	return &holdfastv1.OnlineOrder{
		OrderId: o.ID, State: string(o.State), ChannelId: o.Channel, CustomerId: o.Customer, CreatedAt: optionalTime(o.Created), Kept: o.Keeps,
		CancelAskedAt: optionalTime(o.Asked), CancelRefused: o.Refused, Note: o.Note,
		Items: each(o.Lines, func(l outpost.OnlineLine) *holdfastv1.OnlineOrderLine {
			return &holdfastv1.OnlineOrderLine{ProductId: l.Product, Quantity: l.Units, Unit: l.Unit, Scale: int32(l.Scale)}
		}),
	}
}
