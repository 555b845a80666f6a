package client

import (
	"context"
	"iter"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// LotService reads and sets the lots of products.
type LotService struct {
	c    *caller
	stub holdfastv1.LotServiceClient
}

// Lot is the attributes that some units of a product have in common: 1 to 16. Names are
// 1 to 32 of a-z, 0-9 and _, such as batch; values are 1 to 128 bytes. The value of
// "expires_at" is a date (2026-12-01) or a time in RFC 3339 form. Nil is no lot.
type Lot map[string]string

// LotUnits are units of one lot.
type LotUnits struct {
	Lot      Lot
	Quantity int64
}

func lotUnitsOf(list []*holdfastv1.LotUnits) []LotUnits {
	return mapAll(list, func(m *holdfastv1.LotUnits) LotUnits { return LotUnits{m.GetLot(), m.GetQuantity()} })
}

// Lots asks for a page of the stock of each lot of a product.
type Lots struct {
	ProductID  string
	LocationID string // all locations when empty
	With       Lot    // only lots that have all these attributes
	PageSize   int    // 1 to 500; 50 when 0
	PageToken  string // NextPageToken of the page before
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// LotStock is what a location has of one lot, in the product's smallest unit.
type LotStock struct {
	Lot        Lot
	LocationID string
	// OnHand is the sum of Available, Held, Withheld, Damaged and Quality.
	Available, Held, OnHand    int64
	Withheld, Damaged, Quality int64
	Since                      time.Time // when units of it first came
	ExpiresAt                  time.Time // the first moment at which it has expired; zero: never
	// Sellable reports that the lot is not recalled, not expired, and not nearer to
	// expiry than the policy's LeadDays.
	Sellable bool
	Recalled bool
}

// List reads a page of lots, ordered by location, then by expiry.
func (s *LotService) List(ctx context.Context, r Lots) (*Page[LotStock], error) {
	return askPage(ctx, s.c, "lots", s.stub.ListLots, &holdfastv1.ListLotsRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Attr: r.With,
		PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, func(l *holdfastv1.LotStock) LotStock {
		return LotStock{
			Lot: l.GetLot(), LocationID: l.GetLocationId(), Available: l.GetAvailable(), Held: l.GetHeld(), OnHand: l.GetOnHand(),
			Withheld: l.GetWithheld(), Damaged: l.GetDamaged(), Quality: l.GetQuality(), Since: timeOf(l.GetSince()),
			ExpiresAt: timeOf(l.GetExpiresAt()), Sellable: l.GetSellable(), Recalled: l.GetRecalled(),
		}
	})
}

// All reads the pages of Lots one after another, beginning with the page of r.
func (s *LotService) All(ctx context.Context, r Lots) iter.Seq2[LotStock, error] {
	return all(&r.PageToken, func() (*Page[LotStock], error) { return s.List(ctx, r) })
}

// LotLevels asks for a product's units summed by an attribute of their lots.
type LotLevels struct {
	ProductID  string
	By         string // the attribute
	LocationID string // all locations when empty
	With       Lot    // only lots that have all these attributes
	PageSize   int    // 1 to 500; 50 when 0
	PageToken  string // NextPageToken of the page before
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// LotLevel are the units that have one value of the attribute.
type LotLevel struct {
	// Value is empty for units without the attribute, including units of no lot.
	Value                      string
	Lots                       int64 // how many lots; a lot counts once for each location
	Available, Held, OnHand    int64
	Withheld, Damaged, Quality int64
}

// Levels reads a page of sums, by value; units without the attribute come last.
func (s *LotService) Levels(ctx context.Context, r LotLevels) (*Page[LotLevel], error) {
	return askPage(ctx, s.c, "lot_levels", s.stub.GetLotLevels, &holdfastv1.GetLotLevelsRequest{
		ProductId: r.ProductID, By: r.By, LocationId: r.LocationID, Attr: r.With,
		PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, func(l *holdfastv1.LotLevel) LotLevel {
		return LotLevel{
			Value: l.GetValue(), Lots: l.GetLots(), Available: l.GetAvailable(), Held: l.GetHeld(), OnHand: l.GetOnHand(),
			Withheld: l.GetWithheld(), Damaged: l.GetDamaged(), Quality: l.GetQuality(),
		}
	})
}

// DrawOrder decides which lot is drawn first.
type DrawOrder string

// The orders of drawing.
const (
	DrawUsual DrawOrder = "usual" // DrawFEFO when a lot expires, otherwise DrawFIFO
	DrawFEFO  DrawOrder = "fefo"  // what expires first
	DrawFIFO  DrawOrder = "fifo"  // what came first
)

// LotPolicy says how lots of a product are drawn at a location.
type LotPolicy struct {
	ProductID  string
	LocationID string
	Draw       DrawOrder
	LeadDays   int   // sale of units stops so many days before they expire
	Version    int64 // grows by one with each change of the item
	AsOf       time.Time
	// Replayed reports that an earlier call under the same key had carried out the write;
	// the policy is as it was then.
	Replayed bool
}

// SetLotPolicy sets how lots are drawn. It replaces the earlier policy.
type SetLotPolicy struct {
	ProductID  string
	LocationID string    // the tenant's default location when empty
	Draw       DrawOrder // DrawUsual when empty
	LeadDays   int       // 0 to 3650
	Reason     string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// SetPolicy sets how lots are drawn.
func (s *LotService) SetPolicy(ctx context.Context, r SetLotPolicy) (*LotPolicy, error) {
	m, around, err := alter(ctx, s.c, "set_lot_policy", r.Key, s.stub.SetLotPolicy, &holdfastv1.SetLotPolicyRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Draw: string(r.Draw), LeadDays: int64(r.LeadDays), Reason: r.Reason,
	})
	if err != nil {
		return nil, err
	}
	p := lotPolicyOf(m)
	p.Replayed = around.replayed()
	return &p, nil
}

// LotPolicyOf asks how lots are drawn.
type LotPolicyOf struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// Policy reads how lots are drawn.
func (s *LotService) Policy(ctx context.Context, r LotPolicyOf) (*LotPolicy, error) {
	return askOne(ctx, s.c, "lot_policy", s.stub.GetLotPolicy, &holdfastv1.GetLotPolicyRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Consistency: consistency(r.Eventual),
	}, lotPolicyOf)
}

func lotPolicyOf(m *holdfastv1.LotPolicy) LotPolicy {
	return LotPolicy{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Draw: DrawOrder(m.GetDraw()), LeadDays: int(m.GetLeadDays()),
		Version: m.GetVersion(), AsOf: timeOf(m.GetAsOf()),
	}
}

// RecallLot takes lots out of sale, or ends a recall.
type RecallLot struct {
	ProductID  string
	LocationID string // wherever the lots are when empty
	Lot        Lot    // all lots that have all these attributes
	Lift       bool   // ends a recall: what is not expired is for sale again
	Reason     string // needed
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// RecalledLot is what a recall did to one lot at one location.
type RecalledLot struct {
	Lot        Lot
	LocationID string
	// Quantity is how many units the call took out of sale, or returned to it.
	Quantity int64
	// Held are the lot's units in orders now, Withheld those kept from sale now.
	Held, Withheld int64
	Recalled       bool
}

// Recall recalls lots, also those that come later, or lifts recalls. It returns ErrNotFound
// for an unknown product, and when there is nothing to lift.
func (s *LotService) Recall(ctx context.Context, r RecallLot) ([]RecalledLot, error) {
	m, _, err := alter(ctx, s.c, "recall_lot", r.Key, s.stub.RecallLot, &holdfastv1.RecallLotRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Lot: r.Lot, Lift: r.Lift, Reason: r.Reason,
	})
	if err != nil {
		return nil, err
	}
	return each(m.GetItems(), func(l *holdfastv1.RecalledLot) RecalledLot {
		return RecalledLot{
			Lot: l.GetLot(), LocationID: l.GetLocationId(), Quantity: l.GetQuantity(), Held: l.GetHeld(), Withheld: l.GetWithheld(), Recalled: l.GetRecalled(),
		}
	}), nil
}

// Recalls asks for a page of recalls.
type Recalls struct {
	ProductID string // all products when empty
	State     string // in_force, lifted, or both when empty
	PageSize  int    // 1 to 500; 50 when 0
	PageToken string // NextPageToken of the page before
}

// Recall is a recall of lots.
type Recall struct {
	ID         string
	ProductID  string
	LocationID string // empty when it holds everywhere
	Lot        Lot    // all lots that have all these attributes
	State      string // in_force or lifted
	Reason     string
	Operator   string
	Since      time.Time
	Exceptions []RecallException
	// LiftedAt is zero for a recall in force.
	LiftedAt     time.Time
	LiftReason   string
	LiftOperator string
}

// RecallException are lots that a recall does not hold for.
type RecallException struct {
	LocationID string // empty: wherever the recall holds
	Lot        Lot
	Reason     string
}

// Recalls reads a page of recalls, by id.
func (s *LotService) Recalls(ctx context.Context, r Recalls) (*Page[Recall], error) {
	return askPage(ctx, s.c, "recalls", s.stub.ListRecalls, &holdfastv1.ListRecallsRequest{
		ProductId: r.ProductID, State: r.State, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, func(k *holdfastv1.Recall) Recall {
		return Recall{
			ID: k.GetRecallId(), ProductID: k.GetProductId(), LocationID: k.GetLocationId(), Lot: k.GetLot(), State: k.GetState(), Reason: k.GetReason(), Operator: k.GetOperator(),
			Since: timeOf(k.GetSince()), LiftedAt: timeOf(k.GetLiftedAt()), LiftReason: k.GetLiftReason(), LiftOperator: k.GetLiftOperator(),
			Exceptions: each(k.GetExceptions(), func(e *holdfastv1.RecallException) RecallException {
				return RecallException{e.GetLocationId(), e.GetLot(), e.GetReason()}
			}),
		}
	})
}

// LotOrders asks for a page of the orders that have units of lots.
type LotOrders struct {
	ProductID  string
	LocationID string // all locations when empty
	With       Lot    // all lots that have all these attributes; needed
	PageSize   int    // 1 to 500; 50 when 0
	PageToken  string // NextPageToken of the page before
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// LotOrder is what an order holds, or has received, of the lots at a location.
type LotOrder struct {
	OrderID    string
	LocationID string
	ChannelID  string
	CustomerID string // empty when the reserve named none
	Lots       []LotOrdered
	ReservedAt time.Time
	UpdatedAt  time.Time
}

// LotOrdered is what an order has of one lot.
type LotOrdered struct {
	Lot      Lot
	Held     int64
	Deducted int64 // left with the order
}

// Orders reads a page of orders, the newest first. A page may have fewer orders than
// requested although a next one exists.
func (s *LotService) Orders(ctx context.Context, r LotOrders) (*Page[LotOrder], error) {
	return askPage(ctx, s.c, "lot_orders", s.stub.ListLotOrders, &holdfastv1.ListLotOrdersRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Attr: r.With,
		PageSize: size(r.PageSize), PageToken: r.PageToken, Consistency: consistency(r.Eventual),
	}, func(o *holdfastv1.LotOrder) LotOrder {
		return LotOrder{
			OrderID: o.GetOrderId(), LocationID: o.GetLocationId(), ChannelID: o.GetChannelId(), CustomerID: o.GetCustomerId(),
			ReservedAt: timeOf(o.GetReservedAt()), UpdatedAt: timeOf(o.GetUpdatedAt()),
			Lots: each(o.GetLots(), func(l *holdfastv1.LotOrdered) LotOrdered {
				return LotOrdered{Lot: l.GetLot(), Held: l.GetHeld(), Deducted: l.GetDeducted()}
			}),
		}
	})
}

// AllOrders reads the pages of LotOrders one after another, beginning with the page of r.
func (s *LotService) AllOrders(ctx context.Context, r LotOrders) iter.Seq2[LotOrder, error] {
	return all(&r.PageToken, func() (*Page[LotOrder], error) { return s.Orders(ctx, r) })
}
