package client

import (
	"context"
	"iter"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// State is how far a reservation is.
type State string

// What a State can be.
const (
	Active    State = "active" // anything is held
	Confirmed State = "confirmed"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Order is reservations of one order.
type Order struct {
	OrderID string
	// Reservations are those that the call was about, in the order of its
	// lines; of an order that was read, all.
	Reservations []Reservation
	// Shortages are what a Reserve with Partial could not take.
	Shortages []Shortage
	// Sourcing is what was chosen for a Reserve with Sourcing, Kits are its
	// lines whose products are kits; their components are among Reservations.
	Sourcing *SourcingPlan
	Kits     []ReservedKit
	// Replayed says that the write this answers had been carried out before
	// under the same key, by a retry of the client or an earlier call.
	Replayed bool
}

// Reservation is what an order holds of one product at one location.
type Reservation struct {
	ReservationID string
	OrderID       string
	ProductID     string
	LocationID    string
	ChannelID     string
	CustomerID    string // empty when the reserve did not say
	Requested     int64  // asked for at first
	Quantity      int64  // still held
	Deducted      int64  // left with the order
	Released      int64  // given back, expired ones included
	State         State
	// Committed says that the order was paid: then there is no ExpiresAt.
	Committed bool
	ExpiresAt time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	Unit      string // the product's declared unit, if any
	Scale     int
	// Promised is what of Quantity is not there yet, PromiseDate when it was to
	// be there, if that was said.
	Promised    int64
	PromiseDate time.Time
	// Lots are the units of lots among Quantity, in the order in which they are
	// deducted.
	Lots []LotUnits
	// Road is where the units were taken, of an order that was read: "redis", else in the ledger.
	Road string
}

// Shortage is one item of which there was less than was asked.
type Shortage struct {
	ProductID  string
	LocationID string
	Requested  int64
	Available  int64
	Reason     string // "not_on_sale", when that is why
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
	// Items ask for several, in place of those.
	Items     []Item
	ChannelID string // the shared pool only when empty
	// CustomerID is who orders; campaigns may limit what one customer has.
	CustomerID string
	// TTL is how long the units are held, in whole seconds (a part of one
	// counts as one); the server's half an hour when 0.
	TTL time.Duration
	// Partial takes what there is, and the answer names the shortages.
	Partial bool
	// AcceptPromised also takes units that are sold before they are there, after
	// all that is; then all lines are of one location.
	AcceptPromised bool
	// Sourcing lets the locations be chosen; then lines name none.
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
	// Lot draws from that lot, or from those that have all its attributes; nil: as
	// the product's policy says. Of a Reserve or a Cart without Sourcing and kits.
	Lot Lot
}

func (r Reserve) verb() string { return "reserve" }

// natural: a partial reserve may take more when it is repeated.
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
	m.Items = some(r.Items, func(it Item) *holdfastv1.ReserveItem {
		return &holdfastv1.ReserveItem{
			ProductId: it.ProductID, LocationId: it.LocationID, Quantity: it.Quantity, QuantityDecimal: it.Decimal, Lot: it.Lot,
		}
	})
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Reserve{Reserve: m}}
}

// Reserve promises units to an order; ErrInsufficientStock, with the shortages,
// when there are too few.
func (c *Client) Reserve(ctx context.Context, r Reserve) (*Order, error) { return c.about(ctx, r) }

// Release gives reserved units back.
type Release struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: the rest
	Decimal    string // in the declared unit, in place of Quantity
	Reason     string
	// Lot is only the units of that lot in the line, or of those that have all its
	// attributes; nil: of any.
	Lot Lot
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key. The client makes one where the order's id
	// does not protect the call, that is with a Quantity or a Lot.
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

// Release gives reserved units back. It may be repeated.
func (c *Client) Release(ctx context.Context, r Release) (*Order, error) { return c.about(ctx, r) }

// Deduct lets reserved units leave with the order.
type Deduct struct {
	OrderID string
	// ProductID and LocationID name one line; empty: all active ones.
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // of one line, in smallest units; 0: the rest
	Decimal    string // in the declared unit, in place of Quantity
	// Lot is only the units of that lot in the line, or of those that have all its
	// attributes; nil: of any.
	Lot Lot
	// Key is the idempotency key. The client makes one where the order's id
	// does not protect the call, that is with a Quantity or a Lot.
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
func (c *Client) Deduct(ctx context.Context, r Deduct) (*Order, error) { return c.about(ctx, r) }

// Order reads what an order holds and held; ErrNotFound when nobody knows it.
func (c *Client) Order(ctx context.Context, orderID string) (*Order, error) {
	return askOne(ctx, c.caller, "order", c.inventory.GetOrder, &holdfastv1.GetOrderRequest{OrderId: orderID}, func(m *holdfastv1.OrderReservations) Order {
		return Order{OrderID: m.GetOrderId(), Reservations: reservationsOf(m.GetReservations())}
	})
}

// CleanupExpired expires what is due and returns how many reservations that
// were. The server does so by itself; this is for who wants to know that it
// has happened.
func (c *Client) CleanupExpired(ctx context.Context) (int64, error) {
	m, _, err := ask(ctx, c.caller, "cleanup_expired", c.inventory.CleanupExpired, &holdfastv1.CleanupExpiredRequest{})
	return m.GetExpired(), err
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
		Requested: m.GetRequested(), Quantity: m.GetQuantity(), Deducted: m.GetDeducted(), Released: m.GetReleased(),
		State: State(m.GetState()), Committed: m.GetCommitted(), ExpiresAt: timeOf(m.GetExpiresAt()),
		CreatedAt: timeOf(m.GetCreatedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Unit: m.GetUnit(), Scale: int(m.GetScale()), Promised: m.GetPromised(), PromiseDate: timeOf(m.GetPromiseDate()),
		Lots: lotUnitsOf(m.GetLots()), Road: m.GetRoad(),
	}
}

func shortagesOf(list []*holdfastv1.Shortage) []Shortage {
	return some(list, func(m *holdfastv1.Shortage) Shortage {
		return Shortage{
			ProductID: m.GetProductId(), LocationID: m.GetLocationId(),
			Requested: m.GetRequested(), Available: m.GetAvailable(), Reason: m.GetReason(),
		}
	})
}

// Holds asks for a page of what orders hold, those that expire first in front. What
// is empty leaves nothing out.
type Holds struct {
	ProductID     string
	LocationID    string
	ChannelID     string
	CustomerID    string
	State         string    // "active", "confirmed", "cancelled" or "expired"; "active" when empty
	OrderPrefix   string    // how the order's id begins
	ExpiresBefore time.Time // leaves out what expires later, or never
	CreatedBefore time.Time
	PageSize      int    // 1 to 500; 50 when 0
	PageToken     string // NextPageToken of the page before
}

// Holds reads a page of what orders hold. It has all that was written before.
func (c *Client) Holds(ctx context.Context, r Holds) (*Page[Reservation], error) {
	return askPage(ctx, c.caller, "holds", c.orders.ListReservations, &holdfastv1.ListReservationsRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, CustomerId: r.CustomerID, State: r.State,
		OrderPrefix: r.OrderPrefix, ExpiresBefore: stampOf(r.ExpiresBefore), CreatedBefore: stampOf(r.CreatedBefore),
		PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, reservationOf)
}

// AllHolds goes through all pages of Holds.
func (c *Client) AllHolds(ctx context.Context, r Holds) iter.Seq2[Reservation, error] {
	return all(&r.PageToken, func() (*Page[Reservation], error) { return c.Holds(ctx, r) })
}
