package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// OnlineOrder is an order that was made at a center, as far as it is about the location of a till.
type OnlineOrder struct {
	OrderID               string // at the center
	State                 OnlineState
	ChannelID, CustomerID string
	CreatedAt             time.Time
	Lines                 []OnlineLine // what it holds; none once it was served
	// Kept says that the center knows that the till serves it: only the till ends it.
	Kept bool
	// CancelAskedAt is when the center asked for it to be cancelled, zero for never; CancelRefused
	// says that the till said no to that.
	CancelAskedAt time.Time
	CancelRefused bool
}

// OnlineState is how an order of the center stands at a till.
type OnlineState string

// The states of an online order.
const (
	OnlineOffered  OnlineState = "offered"  // it is paid, and no till has taken it on
	OnlineAccepted OnlineState = "accepted" // the till serves it
)

// OnlineLine is what an order holds of a product, in its smallest unit.
type OnlineLine struct {
	ProductID string
	Quantity  int64
	Unit      string // its declared unit; empty: there is none
	Scale     int    // decimals of the unit
}

// Online lists, at a till, the orders of its center that it may take on and those that it has
// accepted and not served yet, the oldest first. ErrInvalidState: the server is no till.
func (s *TillService) Online(ctx context.Context) ([]OnlineOrder, error) {
	m, _, err := ask(ctx, s.c, "online_orders", s.stub.ListOnlineOrders, &holdfastv1.ListOnlineOrdersRequest{})
	return each(m.GetItems(), onlineOrderOf), err
}

// Accept takes an order of the center on, at a till. To accept it again changes nothing.
func (s *TillService) Accept(ctx context.Context, orderID string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "accept_online_order", s.stub.AcceptOnlineOrder, &holdfastv1.AcceptOnlineOrderRequest{OrderId: orderID}, onlineOrderOf)
}

// Decline says that the store does not serve an order of the center.
func (s *TillService) Decline(ctx context.Context, orderID, reason string) error {
	_, _, err := ask(ctx, s.c, "decline_online_order", s.stub.DeclineOnlineOrder, &holdfastv1.DeclineOnlineOrderRequest{OrderId: orderID, Reason: reason})
	return err
}

// Cancel gives an order of the center up that the till had accepted.
func (s *TillService) Cancel(ctx context.Context, orderID, reason string) error {
	_, _, err := ask(ctx, s.c, "cancel_online_order", s.stub.CancelOnlineOrder, &holdfastv1.CancelOnlineOrderRequest{OrderId: orderID, Reason: reason})
	return err
}

// Keep answers that an order stays which the center wants cancelled.
func (s *TillService) Keep(ctx context.Context, orderID, reason string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "keep_online_order", s.stub.KeepOnlineOrder, &holdfastv1.KeepOnlineOrderRequest{OrderId: orderID, Reason: reason}, onlineOrderOf)
}

// Orders reads a page of the orders that a till may take on or keeps, ordered by id. Of List only the
// page counts.
func (s *TillService) Orders(ctx context.Context, tillID string, r List) (*Page[OnlineOrder], error) {
	return askPage(ctx, s.c, "till_orders", s.stub.ListTillOrders,
		&holdfastv1.ListTillOrdersRequest{TillId: tillID, PageSize: size(r.PageSize), PageToken: r.PageToken}, onlineOrderOf)
}

// Order reads one of them. ErrNotFound: the till may not take it on, and does not keep it.
func (s *TillService) Order(ctx context.Context, tillID, orderID string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "till_order", s.stub.GetTillOrder, &holdfastv1.GetTillOrderRequest{TillId: tillID, OrderId: orderID}, onlineOrderOf)
}

func onlineOrderOf(m *holdfastv1.OnlineOrder) OnlineOrder {
	return OnlineOrder{
		OrderID: m.GetOrderId(), State: OnlineState(m.GetState()), ChannelID: m.GetChannelId(), CustomerID: m.GetCustomerId(),
		CreatedAt: timeOf(m.GetCreatedAt()), Kept: m.GetKept(), CancelAskedAt: timeOf(m.GetCancelAskedAt()), CancelRefused: m.GetCancelRefused(),
		Lines: each(m.GetItems(), func(l *holdfastv1.OnlineOrderLine) OnlineLine {
			return OnlineLine{ProductID: l.GetProductId(), Quantity: l.GetQuantity(), Unit: l.GetUnit(), Scale: int(l.GetScale())}
		}),
	}
}
