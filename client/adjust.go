package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Adjust corrects the stock of an item, by Delta or to SetTo.
type Adjust struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Delta changes what is available. DeltaDecimal is the same in the declared
	// unit, in place of Delta.
	Delta        int64
	DeltaDecimal string
	// SetTo is the quantity on hand as counted on the shelf, held units included.
	// SetToDecimal is the same in the declared unit, in place of SetTo.
	SetTo        *int64
	SetToDecimal string
	Lot          Lot // that is corrected; nil: the units of no lot
	// ExpectedVersion, if any, must be the item's: else ErrVersionConflict.
	ExpectedVersion *int64
	Reason          string // needed
	Reference       string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Adjust) verb() string  { return "adjust" }
func (r Adjust) natural() bool { return false }
func (r Adjust) message() *holdfastv1.Command {
	m := &holdfastv1.AdjustRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, SetTo: r.SetTo, SetToDecimal: r.SetToDecimal, DeltaDecimal: r.DeltaDecimal,
		ExpectedVersion: r.ExpectedVersion, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode, Lot: r.Lot,
	}
	if r.Delta != 0 {
		m.Delta = &r.Delta
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Adjust{Adjust: m}}
}

// Adjust corrects the stock of an item.
func (c *Client) Adjust(ctx context.Context, r Adjust) (*Inventory, error) { return c.change(ctx, r) }

// casPauses are the pauses between the tries of CompareAndAdjust. Each pause is
// random, from half of the value to the whole. A caller that changes the item
// all the time can finish its change in such a pause.
var casPauses = []time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 250 * time.Millisecond}

// CompareAndAdjust corrects an item with the adjustment that decide makes from its
// present state, and only while the item still has that state. When somebody else
// changed the item meanwhile, it reads and decides again, three times with growing
// pauses, and then returns ErrVersionConflict. locationID may be empty for a product
// that has one location. An error of decide ends the call and is returned unchanged.
//
// decide returns what to do: Delta or SetTo, Reason, Reference. CompareAndAdjust
// fills in product, location, version and key.
func (c *Client) CompareAndAdjust(ctx context.Context, productID, locationID string, decide func(Inventory) (Adjust, error)) (*Inventory, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	for try := 0; ; try++ {
		item, err := c.itemAt(ctx, productID, locationID)
		if err != nil {
			return nil, err
		}
		adjust, err := decide(*item)
		if err != nil {
			return nil, err
		}
		// Each try is a request of its own. A conflict is an outcome, so under a
		// shared key it would stay the answer for good.
		adjust.ProductID, adjust.LocationID, adjust.ExpectedVersion, adjust.Key = item.ProductID, item.LocationID, &item.Version, ""
		after, err := c.Adjust(ctx, adjust)
		if !errors.Is(err, ErrVersionConflict) || try == len(casPauses) {
			return after, err
		}
		half := casPauses[try] / 2
		if !pauseFor(ctx, 0, half+rand.N(half)) {
			return nil, err
		}
	}
}

// itemAt reads the item that decide gets.
func (c *Client) itemAt(ctx context.Context, productID, locationID string) (*Inventory, error) {
	const op = "compare_and_adjust"
	m, _, err := ask(ctx, c.caller, op, c.inventory.GetProduct, &holdfastv1.GetProductRequest{ProductId: productID})
	if err != nil {
		return nil, err
	}
	if locationID == "" && len(m.GetLocations()) > 1 {
		return nil, &Error{
			Op: op, Code: CodeInvalidArgument, Detail: fmt.Sprintf("product %q is at %d locations: one must be named", productID, len(m.GetLocations())),
			Violations: []Violation{{Field: "location_id", Reason: "must be given"}},
		}
	}
	for _, at := range m.GetLocations() {
		if locationID == "" || at.GetLocationId() == locationID {
			item := inventoryOf(at)
			return &item, nil
		}
	}
	return nil, &Error{Op: op, Code: CodeNotFound, Detail: fmt.Sprintf("product %q has no stock record at location %q", productID, locationID)}
}

// Retire takes a product out of use.
type Retire struct {
	ProductID string
	// LocationID is where; empty: at every location that keeps it, except MoveStockTo.
	LocationID string
	// MoveStockTo is the location that the units that can be sold are moved to.
	// WriteOff writes off all units that are there. With neither, the call returns
	// ErrInvalidState while there are units, and the product is not retired.
	MoveStockTo string
	WriteOff    bool
	// When is what happens while tills have units. WhenDrained, the default, calls them back
	// first, for up to 5 s. WhenNow, and tills that have not handed back by then:
	// ErrKeptByHolder, which names them.
	When      RetireWhen
	Reason    string
	Reference string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// RetireWhen is when a product is retired of which tills have units.
type RetireWhen string

// The values of RetireWhen.
const (
	WhenNow     RetireWhen = "now"
	WhenDrained RetireWhen = "drained"
)

// Retired is what was retired, or reinstated.
type Retired struct {
	ProductID string
	// Items are the levels as they are now, at most the first 100. Levels is how many
	// there are.
	Items  []Inventory
	Levels int64
	// Moved and WrittenOff count units. TransferIDs are the transfers that moved them.
	Moved, WrittenOff int64
	TransferIDs       []string
	// Replayed reports that an earlier call under the same key had done it already.
	Replayed bool
}

// Retire takes a product out of use at a location or everywhere. Nothing of it is sold
// or added there until it is reinstated; the journal keeps it.
func (c *Client) Retire(ctx context.Context, r Retire) (*Retired, error) {
	m, around, err := alter(ctx, c.caller, "retire", r.Key, c.inventory.Retire, &holdfastv1.RetireRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, MoveStockTo: r.MoveStockTo, WriteOff: r.WriteOff, When: string(r.When),
		Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
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
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// Reinstate brings a product back into use.
func (c *Client) Reinstate(ctx context.Context, r Reinstate) (*Retired, error) {
	m, around, err := alter(ctx, c.caller, "reinstate", r.Key, c.inventory.Reinstate, &holdfastv1.ReinstateRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
	})
	if err != nil {
		return nil, err
	}
	return &Retired{ProductID: m.GetProductId(), Items: each(m.GetItems(), inventoryOf), Levels: m.GetLevels(), Replayed: around.replayed()}, nil
}
