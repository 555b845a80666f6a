package client

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Status is a one-word summary of the stock.
type Status string

// The statuses.
const (
	InStock  Status = "in_stock"
	LowStock Status = "low_stock"
	// SoldOut also covers an item that is not on sale, or oversold with nothing available:
	// see ItemSoldOut.
	SoldOut Status = "sold_out"
	// Unknown is a product or location that CheckBatch was asked about and
	// the server does not know.
	Unknown Status = "unknown"
)

// Inventory is the stock of one product at one location, in the product's
// smallest unit.
type Inventory struct {
	ProductID  string
	LocationID string
	// AvailableStock counts everything that can be sold, ReservedStock what orders
	// hold, TotalStock both. OnHand is everything on the shelf, including units that
	// are not for sale.
	AvailableStock    int64
	ReservedStock     int64
	TotalStock        int64
	OnHand            int64
	LowStockThreshold int64
	Tracked           bool
	OnSale            bool
	// ChannelsOff are the channels on which the product is not sold, whatever OnSale
	// says. OnSale is the switch for all channels.
	ChannelsOff []string
	Status      Status
	// Version grows by one with each change.
	Version   int64
	UpdatedAt time.Time
	// Unit is the product's declared unit, 10^Scale of the smallest; empty
	// when it has none.
	Unit  string
	Scale int
	// Aside are the units that no reserve can take. Product and the lists have them;
	// the answer to a write has nil.
	Aside *Aside
	// State is the state of the item as a whole, and Sellable what a reserve without a channel
	// could take here now, nil where it is not counted. An answer to a write has neither.
	State    ItemState
	Sellable *int64
	// ForOrder is how many units of a Restock went to its ForOrderID.
	ForOrder int64
	// Replayed reports that a retry of the client or an earlier call under the same
	// key had carried out the write.
	Replayed bool
}

// Aside are the units of an item that no reserve can take. The first three are on
// hand, the others have not arrived yet.
type Aside struct {
	Withheld, Damaged, Quality, InTransit, Incoming int64
}

// Create opens the stock of a product at a location.
type Create struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// AvailableStock is in smallest units. AvailableDecimal is the same in the declared
	// unit, such as "1.25", in place of it. The threshold works likewise.
	AvailableStock    int64
	AvailableDecimal  string
	LowStockThreshold int64
	ThresholdDecimal  string
	// Untracked stock is not counted: reserving always succeeds.
	Untracked bool
	// Unit and Scale (1 to 6 decimals) are fixed by the first Create of the
	// product that names them.
	Unit  string
	Scale int
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Create) verb() string  { return "create" }
func (r Create) natural() bool { return false }
func (r Create) message() *holdfastv1.Command {
	m := &holdfastv1.CreateInventoryRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Unit: r.Unit,
		AvailableStock: r.AvailableStock, AvailableStockDecimal: r.AvailableDecimal,
		LowStockThreshold: r.LowStockThreshold, LowStockThresholdDecimal: r.ThresholdDecimal,
	}
	if r.Untracked {
		m.Tracked = new(false)
	}
	if r.Scale != 0 {
		m.Scale = new(int32(r.Scale))
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Create{Create: m}}
}

// Create opens the stock of a product at a location. It returns ErrAlreadyExists when
// it is open.
func (c *Client) Create(ctx context.Context, r Create) (*Inventory, error) { return c.change(ctx, r) }

// Restock adds units.
type Restock struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, such as "1.25", in place of Quantity
	Lot        Lot    // of the units; nil: none
	// ForOrderID is the order that the units came for. It gets the units that it waits for
	// before any other order. If it waits for none, the call returns ErrInvalidState.
	ForOrderID string
	Reason     string
	Reference  string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Restock) verb() string  { return "restock" }
func (r Restock) natural() bool { return false }
func (r Restock) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Quantity: r.Quantity, QuantityDecimal: r.Decimal,
		Lot: r.Lot, ForOrderId: r.ForOrderID, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
	}}}
}

// Restock adds units.
func (c *Client) Restock(ctx context.Context, r Restock) (*Inventory, error) { return c.change(ctx, r) }

// SetThreshold sets the quantity at or below which stock counts as low; 0 switches
// that off.
type SetThreshold struct {
	ProductID         string
	LocationID        string // the tenant's default location when empty
	LowStockThreshold int64  // in smallest units
	Decimal           string // in the declared unit, in place of LowStockThreshold
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r SetThreshold) verb() string  { return "set_threshold" }
func (r SetThreshold) natural() bool { return false }
func (r SetThreshold) message() *holdfastv1.Command {
	m := &holdfastv1.SetThresholdRequest{ProductId: r.ProductID, LocationId: r.LocationID, LowStockThresholdDecimal: r.Decimal}
	if r.Decimal == "" {
		m.LowStockThreshold = &r.LowStockThreshold
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_SetThreshold{SetThreshold: m}}
}

// SetThreshold sets the quantity at or below which stock counts as low.
func (c *Client) SetThreshold(ctx context.Context, r SetThreshold) (*Inventory, error) {
	return c.change(ctx, r)
}

// SetSaleStatus switches the sale of an item on or off, on one channel or on
// all. Balances stay.
type SetSaleStatus struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	ChannelID  string // all channels when empty
	OnSale     bool
	Reason     string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r SetSaleStatus) verb() string  { return "set_sale_status" }
func (r SetSaleStatus) natural() bool { return false }
func (r SetSaleStatus) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_SetSaleStatus{SetSaleStatus: &holdfastv1.SetSaleStatusRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, ChannelId: r.ChannelID, OnSale: &r.OnSale, Reason: r.Reason, ReasonCode: r.ReasonCode,
	}}}
}

// SetSaleStatus switches the sale of an item on or off.
func (c *Client) SetSaleStatus(ctx context.Context, r SetSaleStatus) (*Inventory, error) {
	return c.change(ctx, r)
}

func changed(r *holdfastv1.CommandResult) *Inventory {
	item := inventoryOf(r.GetInventory())
	item.Replayed = r.GetReplayed()
	return &item
}

func inventoryOf(m *holdfastv1.Inventory) Inventory {
	item := Inventory{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(),
		AvailableStock: m.GetAvailableStock(), ReservedStock: m.GetReservedStock(), TotalStock: m.GetTotalStock(),
		OnHand: m.GetOnHand(), LowStockThreshold: m.GetLowStockThreshold(),
		Tracked: m.GetTracked(), OnSale: m.GetOnSale(), ChannelsOff: m.GetChannelsOff(), Status: Status(m.GetStatus()),
		Version: m.GetVersion(), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Unit: m.GetUnit(), Scale: int(m.GetScale()), ForOrder: m.GetForOrder(), State: ItemState(m.GetState()),
	}
	if m != nil {
		item.Sellable = m.Sellable
	}
	if m != nil && m.Withheld != nil {
		item.Aside = &Aside{
			Withheld: m.GetWithheld(), Damaged: m.GetDamaged(), Quality: m.GetQuality(),
			InTransit: m.GetInTransit(), Incoming: m.GetIncoming(),
		}
	}
	return item
}

// timeOf converts a time; without one it returns the zero time.
func timeOf(at *timestamppb.Timestamp) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.AsTime()
}
