package client

import (
	"context"
	"iter"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// State is the stage of a reservation.
type State string

// The states of a reservation.
const (
	Active    State = "active" // anything is held
	Confirmed State = "confirmed"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Order is reservations of one order.
type Order struct {
	OrderID string
	// Reservations are those that the call named, in the order of its
	// lines. Reading an order returns all of them.
	Reservations []Reservation
	// Parked are messages about the order that are parked: what they say is not booked, or
	// not all of it. Only reading an order returns them.
	Parked []ParkedNote
	// Shortages are what a Reserve with Partial could not take.
	Shortages []Shortage
	// Sourcing is the choice made for a Reserve with Sourcing. Kits are its lines whose
	// products are kits; Reservations include their components.
	Sourcing *SourcingPlan
	Kits     []ReservedKit
	// Replayed reports that a retry of the client or an earlier call under the same
	// key had carried out the write.
	Replayed bool
}

// Reservation is what an order holds of one product at one location.
type Reservation struct {
	ReservationID string
	OrderID       string
	ProductID     string
	LocationID    string
	ChannelID     string
	CustomerID    string // empty when the reserve named none
	Requested     int64  // asked for at first
	Quantity      int64  // still held
	Deducted      int64  // left with the order
	Released      int64  // given back, expired ones included
	Returned      int64  // of those deducted, back in stock for good
	State         State
	// Committed reports that the order was paid: then there is no ExpiresAt.
	Committed bool
	ExpiresAt time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	Unit      string // the product's declared unit, if any
	Scale     int
	// Promised is the part of Quantity that has not arrived yet. PromiseDate is when it
	// should arrive, if known.
	Promised    int64
	PromiseDate time.Time
	// Lots are the units of lots among Quantity, in the order in which they are
	// deducted.
	Lots []LotUnits
	// Road is where the units were taken: "redis", else in the ledger. Only reading an order returns it.
	Road string
}

// Shortage is one item with fewer units than were asked for.
type Shortage struct {
	ProductID  string
	LocationID string
	Requested  int64
	Available  int64
	Reason     string // "not_on_sale", when that is why
}

// ParkedNote is a message about an order that is parked.
type ParkedNote struct {
	Source, ID, MessageID string
	State, Cause          string
	Since                 time.Time
	CaseID                string // that asks for a decision about it; empty: none does
}

// Reserve promises units to an order: of one product, or of all Items or none
// of them.
type Reserve struct {
	OrderID string
	// ProductID, LocationID and Quantity ask for one product.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, such as "1.25", in place of Quantity
	Lot        Lot    // as in Item
	// Items ask for several products, in place of the fields above.
	Items     []Item
	ChannelID string // the shared pool only when empty
	// CustomerID is the customer who orders; campaigns may limit what one customer has.
	CustomerID string
	// TTL is how long the units are held, in whole seconds; a part of a second counts as
	// a whole one. When it is 0, the server uses half an hour.
	TTL time.Duration
	// Partial takes the units that there are, and the answer names the shortages.
	Partial bool
	// AcceptPromised also takes units that are sold before they arrive, after all units
	// that are there; then all lines are of one location.
	AcceptPromised bool
	// Sourcing lets the server choose the locations; then lines name none.
	Sourcing *Sourcing
	// Key is the idempotency key. Without one the order's id protects the
	// call: the same line again is the same reservation.
	Key string
}

// Item is one line of a Reserve.
type Item struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, in place of Quantity
	// Lot draws from that lot, or from the lots that have all its attributes; nil: by the
	// product's policy. It is for a Reserve or a Cart without Sourcing and kits.
	Lot Lot
}

func (r Reserve) verb() string { return "reserve" }

// natural: a repeated partial reserve may take more.
func (r Reserve) natural() bool { return !r.Partial }

func (r Reserve) message() *holdfastv1.Command {
	m := &holdfastv1.ReserveRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, Quantity: r.Quantity, QuantityDecimal: r.Decimal,
		ChannelId: r.ChannelID, CustomerId: r.CustomerID, Sourcing: r.Sourcing.message(), AcceptPromised: r.AcceptPromised, Lot: r.Lot,
	}
	if r.TTL != 0 {
		m.TtlSeconds = new(wholeSeconds(r.TTL))
	}
	if r.Partial {
		m.Policy = "partial"
	}
	m.Items = mapAll(r.Items, func(it Item) *holdfastv1.ReserveItem {
		return &holdfastv1.ReserveItem{
			ProductId: it.ProductID, LocationId: it.LocationID, Quantity: it.Quantity, QuantityDecimal: it.Decimal, Lot: it.Lot,
		}
	})
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Reserve{Reserve: m}}
}

// Reserve promises units to an order. It returns ErrInsufficientStock, with the
// shortages, when there are too few.
func (c *Client) Reserve(ctx context.Context, r Reserve) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// Release returns reserved units to sale.
type Release struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: the rest
	Decimal    string // in the declared unit, in place of Quantity
	Reason     string
	// Lot limits the call to the units of that lot in the line, or of lots that have all its
	// attributes; nil: any lot.
	Lot Lot
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key. The client makes one when the order's id does not
	// protect the call, that is, with a Quantity or a Lot.
	Key string
}

func (r Release) verb() string  { return "release" }
func (r Release) natural() bool { return r.Quantity == 0 && r.Decimal == "" && len(r.Lot) == 0 }
func (r Release) message() *holdfastv1.Command {
	m := &holdfastv1.ReleaseRequest{
		OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, QuantityDecimal: r.Decimal, Reason: r.Reason, ReasonCode: r.ReasonCode, Lot: r.Lot,
	}
	if r.Quantity != 0 {
		m.Quantity = &r.Quantity
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Release{Release: m}}
}

// Release returns reserved units to sale. It may be repeated.
func (c *Client) Release(ctx context.Context, r Release) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// Deduct lets reserved units leave with the order.
type Deduct struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: the rest
	Decimal    string // in the declared unit, in place of Quantity
	// Lot limits the call to the units of that lot in the line, or of lots that have all its
	// attributes; nil: any lot.
	Lot Lot
	// Key is the idempotency key. The client makes one when the order's id does not
	// protect the call, that is, with a Quantity or a Lot.
	Key string
}

func (r Deduct) verb() string  { return "deduct" }
func (r Deduct) natural() bool { return r.Quantity == 0 && r.Decimal == "" && len(r.Lot) == 0 }
func (r Deduct) message() *holdfastv1.Command {
	m := &holdfastv1.DeductRequest{OrderId: r.OrderID, ProductId: r.ProductID, LocationId: r.LocationID, QuantityDecimal: r.Decimal, Lot: r.Lot}
	if r.Quantity != 0 {
		m.Quantity = &r.Quantity
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Deduct{Deduct: m}}
}

// Deduct lets reserved units leave with the order. It may be repeated.
func (c *Client) Deduct(ctx context.Context, r Deduct) (*Order, error) {
	return c.submitForOrder(ctx, r)
}

// Order reads what an order holds and held. It returns ErrNotFound when the server does not know it.
func (c *Client) Order(ctx context.Context, orderID string) (*Order, error) {
	return askOne(ctx, c.caller, "order", c.inventory.GetOrder, &holdfastv1.GetOrderRequest{OrderId: orderID}, func(m *holdfastv1.OrderReservations) Order {
		return Order{OrderID: m.GetOrderId(), Reservations: reservationsOf(m.GetReservations()), Parked: each(m.GetParked(), parkedNoteOf)}
	})
}

// CleanupExpired expires the due reservations and returns how many there were. The
// server also does this by itself. The call is for callers that want to know that it
// has happened.
func (c *Client) CleanupExpired(ctx context.Context) (int64, error) {
	m, _, err := ask(ctx, c.caller, "cleanup_expired", c.inventory.CleanupExpired, &holdfastv1.CleanupExpiredRequest{})
	return m.GetExpired(), err
}

func parkedNoteOf(m *holdfastv1.ParkedNote) ParkedNote {
	return ParkedNote{
		Source: m.GetSource(), ID: m.GetId(), MessageID: m.GetMessageId(), State: m.GetState(), Cause: m.GetCause(), Since: timeOf(m.GetSince()),
		CaseID: m.GetCaseId(),
	}
}

func orderOf(r *holdfastv1.CommandResult) *Order {
	return &Order{
		OrderID: r.GetOrderId(), Reservations: reservationsOf(r.GetReservations()),
		Shortages: shortagesOf(r.GetShortages()), Replayed: r.GetReplayed(),
		Sourcing: sourcingPlanOf(r.GetSourcing()), Kits: reservedKitsOf(r.GetKits()),
	}
}

func reservationsOf(list []*holdfastv1.Reservation) []Reservation {
	return each(list, reservationOf)
}

func reservationOf(m *holdfastv1.Reservation) Reservation {
	return Reservation{
		ReservationID: m.GetReservationId(), OrderID: m.GetOrderId(), ProductID: m.GetProductId(),
		LocationID: m.GetLocationId(), ChannelID: m.GetChannelId(), CustomerID: m.GetCustomerId(),
		Requested: m.GetRequested(), Quantity: m.GetQuantity(), Deducted: m.GetDeducted(), Released: m.GetReleased(), Returned: m.GetReturned(),
		State: State(m.GetState()), Committed: m.GetCommitted(), ExpiresAt: timeOf(m.GetExpiresAt()),
		CreatedAt: timeOf(m.GetCreatedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Unit: m.GetUnit(), Scale: int(m.GetScale()), Promised: m.GetPromised(), PromiseDate: timeOf(m.GetPromiseDate()),
		Lots: lotUnitsOf(m.GetLots()), Road: m.GetRoad(),
	}
}

func shortagesOf(list []*holdfastv1.Shortage) []Shortage {
	return mapAll(list, func(m *holdfastv1.Shortage) Shortage {
		return Shortage{
			ProductID: m.GetProductId(), LocationID: m.GetLocationId(),
			Requested: m.GetRequested(), Available: m.GetAvailable(), Reason: m.GetReason(),
		}
	})
}

// Holds asks for a page of what orders hold; the holds that expire first come first. An
// empty field selects everything.
type Holds struct {
	ProductID     string
	LocationID    string
	ChannelID     string
	CustomerID    string
	State         string    // "active", "confirmed", "cancelled" or "expired"; "active" when empty
	OrderPrefix   string    // how the order's id begins
	ExpiresBefore time.Time // leaves out holds that expire later, or never
	CreatedBefore time.Time
	PageSize      int    // 1 to 500; 50 when 0
	PageToken     string // NextPageToken of the page before
}

// Holds reads a page of what orders hold. It includes everything written before.
func (c *Client) Holds(ctx context.Context, r Holds) (*Page[Reservation], error) {
	return askPage(ctx, c.caller, "holds", c.orders.ListReservations, &holdfastv1.ListReservationsRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, CustomerId: r.CustomerID, State: r.State,
		OrderPrefix: r.OrderPrefix, ExpiresBefore: stampOf(r.ExpiresBefore), CreatedBefore: stampOf(r.CreatedBefore),
		PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, reservationOf)
}

// AllHolds reads all pages of Holds.
func (c *Client) AllHolds(ctx context.Context, r Holds) iter.Seq2[Reservation, error] {
	return all(&r.PageToken, func() (*Page[Reservation], error) { return c.Holds(ctx, r) })
}
