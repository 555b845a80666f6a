package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Retire takes a product out of use: nothing of it is sold or comes in until it is
// reinstated. Its journal stays.
type Retire struct {
	ProductID  string
	LocationID string // every location that keeps the product when empty
	// MoveStockTo is where units that can be sold go; WriteOff writes all units off.
	// With neither, the product is refused while units of it are there.
	MoveStockTo string
	WriteOff    bool
	Reason      string
	Reference   string
}

// Retired is the outcome of a Retire or a Reinstate.
type Retired struct {
	ProductID string
	// Items are the levels that the call was about as they are now, by location: the
	// first 100 of Levels.
	Items  []Inventory
	Levels int64
	// Moved and WrittenOff count units that the call moved and wrote off, in smallest
	// units; TransferIDs are the transfers that moved them.
	Moved, WrittenOff int64
	TransferIDs       []string
}

// Retire takes a product out of use, at one location or at all that keep it. It is
// refused while something of it is held, promised, on its way or oversold. What is
// retired already stays so.
func (c *Client) Retire(ctx context.Context, r Retire) (*Retired, error) {
	return askOne(ctx, c.caller, "retire", c.inventory.Retire, &holdfastv1.RetireRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, MoveStockTo: r.MoveStockTo, WriteOff: r.WriteOff, Reason: r.Reason, Reference: r.Reference,
	}, func(m *holdfastv1.RetireResponse) Retired {
		return Retired{
			ProductID: m.GetProductId(), Items: each(m.GetItems(), inventoryOf), Levels: m.GetLevels(),
			Moved: m.GetMoved(), WrittenOff: m.GetWrittenOff(), TransferIDs: m.GetTransferIds(),
		}
	})
}

// Reinstate names a retired product that comes back into use.
type Reinstate struct {
	ProductID  string
	LocationID string // every location that keeps the product when empty
	Reason     string
	Reference  string
}

// Reinstate brings what was retired back into use, on sale and with no units.
func (c *Client) Reinstate(ctx context.Context, r Reinstate) (*Retired, error) {
	return askOne(ctx, c.caller, "reinstate", c.inventory.Reinstate, &holdfastv1.ReinstateRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Reason: r.Reason, Reference: r.Reference,
	}, func(m *holdfastv1.ReinstateResponse) Retired {
		return Retired{ProductID: m.GetProductId(), Items: each(m.GetItems(), inventoryOf), Levels: m.GetLevels()}
	})
}
