package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// OnlineOrder is an order that was made at a centre, limited to what concerns the location of a till.
type OnlineOrder struct {
	OrderID               string // at the centre
	State                 OnlineState
	ChannelID, CustomerID string
	CreatedAt             time.Time
	Lines                 []OnlineLine // what it holds; none once it was served
	// Kept reports that the centre knows that the till fulfils it: only the till ends it.
	Kept bool
	// CancelAskedAt is when the centre asked the till to cancel it, zero for never. CancelRefused
	// reports that the till refused.
	CancelAskedAt time.Time
	CancelRefused bool
	// Note is for the people who prepare it: the Reason of the Commit at the centre.
	Note string
}

// OnlineState is the state of an order of the centre at a till.
type OnlineState string

// The states of an online order.
const (
	OnlineOffered  OnlineState = "offered"  // it is paid, and no till has accepted it
	OnlineAccepted OnlineState = "accepted" // the till fulfils it
)

// OnlineLine is what an order holds of a product, in its smallest unit.
type OnlineLine struct {
	ProductID string
	Quantity  int64
	Unit      string // its declared unit; empty: there is none
	Scale     int    // decimals of the unit
}

// Online lists, at a till, the orders of its centre that it may accept and those that it has accepted
// and not fulfilled yet, the oldest first. It returns ErrInvalidState when the server is not a till.
func (s *TillService) Online(ctx context.Context) ([]OnlineOrder, error) {
	m, _, err := ask(ctx, s.c, "online_orders", s.stub.ListOnlineOrders, &holdfastv1.ListOnlineOrdersRequest{})
	return each(m.GetItems(), onlineOrderOf), err
}

// Accept accepts an order of the centre, at a till. To accept it again changes nothing.
func (s *TillService) Accept(ctx context.Context, orderID string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "accept_online_order", s.stub.AcceptOnlineOrder, &holdfastv1.AcceptOnlineOrderRequest{OrderId: orderID}, onlineOrderOf)
}

// Decline records that the store does not fulfil an order of the centre.
func (s *TillService) Decline(ctx context.Context, orderID, reason string) error {
	_, _, err := ask(ctx, s.c, "decline_online_order", s.stub.DeclineOnlineOrder, &holdfastv1.DeclineOnlineOrderRequest{OrderId: orderID, Reason: reason})
	return err
}

// Cancel cancels an order of the centre that the till had accepted.
func (s *TillService) Cancel(ctx context.Context, orderID, reason string) error {
	_, _, err := ask(ctx, s.c, "cancel_online_order", s.stub.CancelOnlineOrder, &holdfastv1.CancelOnlineOrderRequest{OrderId: orderID, Reason: reason})
	return err
}

// Keep refuses the centre's request to cancel an order.
func (s *TillService) Keep(ctx context.Context, orderID, reason string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "keep_online_order", s.stub.KeepOnlineOrder, &holdfastv1.KeepOnlineOrderRequest{OrderId: orderID, Reason: reason}, onlineOrderOf)
}

// Orders reads a page of the orders that a till may accept or keeps, ordered by id. It uses only the page
// fields of List.
func (s *TillService) Orders(ctx context.Context, tillID string, r List) (*Page[OnlineOrder], error) {
	return askPage(ctx, s.c, "till_orders", s.stub.ListTillOrders,
		&holdfastv1.ListTillOrdersRequest{TillId: tillID, PageSize: size(r.PageSize), PageToken: r.PageToken}, onlineOrderOf)
}

// Order reads one of them. It returns ErrNotFound when the till may not accept it and does not keep it.
func (s *TillService) Order(ctx context.Context, tillID, orderID string) (*OnlineOrder, error) {
	return askOne(ctx, s.c, "till_order", s.stub.GetTillOrder, &holdfastv1.GetTillOrderRequest{TillId: tillID, OrderId: orderID}, onlineOrderOf)
}

func onlineOrderOf(m *holdfastv1.OnlineOrder) OnlineOrder {
	return OnlineOrder{
		OrderID: m.GetOrderId(), State: OnlineState(m.GetState()), ChannelID: m.GetChannelId(), CustomerID: m.GetCustomerId(),
		CreatedAt: timeOf(m.GetCreatedAt()), Kept: m.GetKept(), CancelAskedAt: timeOf(m.GetCancelAskedAt()), CancelRefused: m.GetCancelRefused(), Note: m.GetNote(),
		Lines: each(m.GetItems(), func(l *holdfastv1.OnlineOrderLine) OnlineLine {
			return OnlineLine{ProductID: l.GetProductId(), Quantity: l.GetQuantity(), Unit: l.GetUnit(), Scale: int(l.GetScale())}
		}),
	}
}
