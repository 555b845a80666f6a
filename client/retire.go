package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Retire takes a product out of use.
type Retire struct {
	ProductID string
	// LocationID is where; empty: everywhere it is kept, but at MoveStockTo.
	LocationID string
	// MoveStockTo is the location that units go to that can be sold; WriteOff writes
	// off all that are there. With neither, the product is not retired while there
	// are units: ErrInvalidState.
	MoveStockTo string
	WriteOff    bool
	Reason      string
	Reference   string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// Retired is what was retired, or reinstated.
type Retired struct {
	ProductID string
	// Items are the levels as they are now, the first 100 of them; Levels how many
	// they are.
	Items  []Inventory
	Levels int64
	// Moved and WrittenOff are units, TransferIDs the transfers that moved them.
	Moved, WrittenOff int64
	TransferIDs       []string
	// Replayed says that it had been done before under the same key.
	Replayed bool
}

// Retire takes a product out of use at a location or everywhere. Nothing of it is sold
// or added there until it is reinstated; the journal keeps it.
func (c *Client) Retire(ctx context.Context, r Retire) (*Retired, error) {
	m, around, err := alter(ctx, c.caller, "retire", r.Key, c.inventory.Retire, &holdfastv1.RetireRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, MoveStockTo: r.MoveStockTo, WriteOff: r.WriteOff,
		Reason: r.Reason, Reference: r.Reference,
	})
	if err != nil {
		return nil, err
	}
	return &Retired{
		ProductID: m.GetProductId(), Items: each(m.GetItems(), inventoryOf), Levels: m.GetLevels(),
		Moved: m.GetMoved(), WrittenOff: m.GetWrittenOff(), TransferIDs: m.GetTransferIds(), Replayed: around.replayed(),
	}, nil
}

// Reinstate brings a product that was retired back into use.
type Reinstate struct {
	ProductID  string
	LocationID string // everywhere when empty
	Reason     string
	Reference  string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// Reinstate brings a product back into use.
func (c *Client) Reinstate(ctx context.Context, r Reinstate) (*Retired, error) {
	m, around, err := alter(ctx, c.caller, "reinstate", r.Key, c.inventory.Reinstate, &holdfastv1.ReinstateRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Reason: r.Reason, Reference: r.Reference,
	})
	if err != nil {
		return nil, err
	}
	return &Retired{ProductID: m.GetProductId(), Items: each(m.GetItems(), inventoryOf), Levels: m.GetLevels(), Replayed: around.replayed()}, nil
}
