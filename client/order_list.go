package client

import (
	"context"
	"iter"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// OrderService lists orders and shows their histories.
type OrderService struct {
	c    *caller
	stub holdfastv1.OrderServiceClient
}

// OrderQuery asks for a page of orders: those with a reservation that matches every field.
// An empty field selects everything.
type OrderQuery struct {
	OrderID string // only this one
	Text    string // a part of the order's id
	// State is "active", "committed", "waiting", "confirmed", "cancelled", "expired" or
	// "any". When empty it means "active", or "any" with an OrderID.
	State      string
	ProductID  string
	LocationID string
	ChannelID  string
	CustomerID string
	DueBefore  time.Time // leaves out orders that expire later, or never
	Since      time.Time // reserved then or later
	Until      time.Time // reserved before
	Sort       string    // "newest", "due"; "newest" when empty
	PageSize   int       // 1 to 200; 50 when 0
	PageToken  string    // NextPageToken of the page before
}

// OrderSummary is an order with all its reservations counted.
type OrderSummary struct {
	OrderID string
	// State is Active while anything is held; then Confirmed if anything was deducted,
	// otherwise Expired if anything expired, otherwise Cancelled.
	State State
	// Committed reports that nothing held has a deadline. Waiting reports that some of it has
	// not arrived yet.
	Committed, Waiting bool
	CustomerID         string    // empty when no reserve named one
	ExpiresAt          time.Time // the first deadline of what is held
	CreatedAt          time.Time
	UpdatedAt          time.Time
	// Count is how many reservations it has, or had; Reservations are the first five.
	Count        int
	Reservations []Reservation
}

// List reads a page of orders. It includes everything written before. For states other
// than active, committed and waiting the server reads all holds that are kept.
func (s *OrderService) List(ctx context.Context, r OrderQuery) (*Page[OrderSummary], error) {
	return askPage(ctx, s.c, "orders", s.stub.ListOrders, &holdfastv1.ListOrdersRequest{
		OrderId: r.OrderID, Q: r.Text, State: r.State, ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, CustomerId: r.CustomerID,
		DueBefore: stampOf(r.DueBefore), Since: stampOf(r.Since), Until: stampOf(r.Until), Sort: r.Sort, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, func(m *holdfastv1.OrderSummary) OrderSummary {
		return OrderSummary{
			OrderID: m.GetOrderId(), State: State(m.GetState()), Committed: m.GetCommitted(), Waiting: m.GetWaiting(), CustomerID: m.GetCustomerId(),
			ExpiresAt: timeOf(m.GetExpiresAt()), CreatedAt: timeOf(m.GetCreatedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()),
			Count: int(m.GetReservationCount()), Reservations: reservationsOf(m.GetReservations()),
		}
	})
}

// All reads all pages of List.
func (s *OrderService) All(ctx context.Context, r OrderQuery) iter.Seq2[OrderSummary, error] {
	return all(&r.PageToken, func() (*Page[OrderSummary], error) { return s.List(ctx, r) })
}

// OrderHistory is an order's life.
type OrderHistory struct {
	OrderID string
	Steps   []OrderStep // oldest first
	// Partial reports that the answer has no room for the rest. Logs has all of it.
	Partial bool
}

// OrderStep is the effect of one call, or of a deadline.
type OrderStep struct {
	EntryID    string // the place in the journal
	At         time.Time
	Operation  string // such as "reserve"
	Operator   string
	Reason     string
	ReasonCode string
	Reference  string
	Changes    []OrderChange
}

// OrderChange is the effect of a step on one product at one location.
type OrderChange struct {
	EntryID    string
	ProductID  string
	LocationID string
	ChannelID  string
	// Held is what the order holds of it afterwards, nil when its reservation did not change.
	Held      *int64
	ExpiresAt time.Time // the deadline afterwards
	Moves     []UnitsMoved
	Lots      []LotUnits
	Unit      string // the product's declared unit, if any
	Scale     int
}

// UnitsMoved is a number of units that moved from one account to another.
type UnitsMoved struct {
	From, To string
	Quantity int64
}

// History reads an order's life.
func (s *OrderService) History(ctx context.Context, orderID string) (*OrderHistory, error) {
	return askOne(ctx, s.c, "order_history", s.stub.GetOrderHistory, &holdfastv1.GetOrderHistoryRequest{OrderId: orderID}, func(m *holdfastv1.OrderHistory) OrderHistory {
		return OrderHistory{OrderID: m.GetOrderId(), Steps: each(m.GetSteps(), orderStepOf), Partial: m.GetPartial()}
	})
}

func orderStepOf(m *holdfastv1.OrderStep) OrderStep {
	return OrderStep{
		EntryID: m.GetEntryId(), At: timeOf(m.GetAt()), Operation: m.GetOperation(), Operator: m.GetOperator(),
		Reason: m.GetReason(), ReasonCode: m.GetReasonCode(), Reference: m.GetReference(),
		Changes: each(m.GetChanges(), func(m *holdfastv1.OrderChange) OrderChange {
			return OrderChange{
				EntryID: m.GetEntryId(), ProductID: m.GetProductId(), LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(),
				Held: m.Held, ExpiresAt: timeOf(m.GetExpiresAt()), Lots: lotUnitsOf(m.GetLots()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
				Moves: mapAll(m.GetMoves(), func(m *holdfastv1.UnitsMoved) UnitsMoved { return UnitsMoved{m.GetFrom(), m.GetTo(), m.GetQuantity()} }),
			}
		}),
	}
}
