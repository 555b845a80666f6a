package client

import (
	"context"
	"iter"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TransferService moves stock between locations.
type TransferService struct {
	c    *caller
	stub holdfastv1.TransferServiceClient
}

// TransferState is the stage of a transfer.
type TransferState string

// The states of a transfer.
const (
	TransferRequested TransferState = "requested"
	TransferApproved  TransferState = "approved"
	TransferInTransit TransferState = "in_transit"
	TransferReceived  TransferState = "received"
	TransferCancelled TransferState = "cancelled"
)

// Transfer is the document of stock that moves from one location to another.
type Transfer struct {
	TransferID     string
	FromLocationID string
	ToLocationID   string
	ChannelID      string // whose quota the units come out of; empty: the shared pool
	State          TransferState
	Pending        bool // a step has begun and not ended; the server completes it
	Lines          []TransferLine
	ExpectedAt     time.Time // the zero time: unknown
	Reason         string
	Reference      string
	Operator       string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	History        []TransferStep // not in lists
	// Replayed reports that an earlier call under the same key had carried out the write;
	// the transfer is as it was then.
	Replayed bool
}

// TransferLine is one product of a transfer, or one lot of it, in smallest units:
// Shipped = Received + Lost + Returned + InTransit.
type TransferLine struct {
	ProductID                                                        string
	Lot                                                              Lot // nil: the units are of none
	Requested, Shipped, Received, Lost, Surplus, Returned, InTransit int64
	Unit                                                             string // the declared unit, if any
	Scale                                                            int
}

// TransferStep is one thing that happened to a transfer, or was refused.
type TransferStep struct {
	Action    string // such as "ship"
	Outcome   string // done, refused or pending
	At        time.Time
	Detail    string // why it was refused, or why some lines of it were
	Lines     []TransferReceipt
	Reason    string
	Reference string
	Operator  string
}

// TransferItem is a product and its quantity, in smallest units. Decimal is the
// quantity in the declared unit, in place of Quantity.
type TransferItem struct {
	ProductID string
	Quantity  int64
	Decimal   string
	Lot       Lot // of the units; nil: none, or when shipped the product's only line
}

// TransferReceipt is the outcome for a line that was shipped.
type TransferReceipt struct {
	ProductID string
	Lot       Lot   // of the line; nil: none, or in requests the product's only line
	Quantity  int64 // units of the shipment that arrived
	Lost      int64 // units of it that will not arrive
	Surplus   int64 // units that arrived beyond it
	// The same in the declared unit, in place of the three above. Only in requests.
	Decimal, LostDecimal, SurplusDecimal string
	// ForOrder is how many of them the order of a receipt got. Only in answers.
	ForOrder int64
}

// CreateTransfer requests stock of one location for another.
type CreateTransfer struct {
	FromLocationID string
	ToLocationID   string
	Lines          []TransferItem // 1 to 1000, each product once
	ChannelID      string
	ExpectedAt     time.Time
	Reason         string
	Reference      string
	// Key is the idempotency key; the client makes one when it is empty. The other
	// calls do the same.
	Key string
}

// Create requests a transfer. Nothing moves yet.
func (s *TransferService) Create(ctx context.Context, r CreateTransfer) (*Transfer, error) {
	m, around, err := alter(ctx, s.c, "create_transfer", r.Key, s.stub.CreateTransfer, &holdfastv1.CreateTransferRequest{
		FromLocationId: r.FromLocationID, ToLocationId: r.ToLocationID, Lines: itemsOf(r.Lines), ChannelId: r.ChannelID,
		ExpectedAt: stampOf(r.ExpectedAt), Reason: r.Reason, Reference: r.Reference,
	})
	return transferAfter(m, around, err)
}

// ApproveTransfer allows a transfer to be shipped.
type ApproveTransfer struct {
	TransferID string
	ExpectedAt time.Time
	Reason     string
	Reference  string
	Key        string
}

// Approve approves a transfer. From then on the expected units count as
// incoming.
func (s *TransferService) Approve(ctx context.Context, r ApproveTransfer) (*Transfer, error) {
	m, around, err := alter(ctx, s.c, "approve_transfer", r.Key, s.stub.ApproveTransfer, &holdfastv1.ApproveTransferRequest{
		TransferId: r.TransferID, ExpectedAt: stampOf(r.ExpectedAt), Reason: r.Reason, Reference: r.Reference,
	})
	return transferAfter(m, around, err)
}

// ShipTransfer puts units on their way.
type ShipTransfer struct {
	TransferID string
	Lines      []TransferItem // none: all that was requested
	ExpectedAt time.Time
	Reason     string
	Reference  string
	Key        string
}

// Ship ships a transfer, all lines or none. It returns ErrInsufficientStock when
// the location has not enough.
func (s *TransferService) Ship(ctx context.Context, r ShipTransfer) (*Transfer, error) {
	m, around, err := alter(ctx, s.c, "ship_transfer", r.Key, s.stub.ShipTransfer, &holdfastv1.ShipTransferRequest{
		TransferId: r.TransferID, Lines: itemsOf(r.Lines), ExpectedAt: stampOf(r.ExpectedAt), Reason: r.Reason, Reference: r.Reference,
	})
	return transferAfter(m, around, err)
}

// ReceiveTransfer reports what has arrived.
type ReceiveTransfer struct {
	TransferID string
	Lines      []TransferReceipt // none: all that is in transit has arrived
	// ForOrderID is the order that the units came for. It gets the units that it waits for
	// before any other order; the rest is received as usual. If the order waits for none of
	// the products at the destination, the call returns ErrInvalidState.
	ForOrderID string
	Reason     string
	Reference  string
	Key        string
}

// Receive receives a transfer, in full or in part. It returns ErrInvalidState when
// received and lost units together exceed what is in transit.
func (s *TransferService) Receive(ctx context.Context, r ReceiveTransfer) (*Transfer, error) {
	lines := each(r.Lines, func(l TransferReceipt) *holdfastv1.TransferReceipt {
		return &holdfastv1.TransferReceipt{
			ProductId: l.ProductID, Lot: l.Lot, Quantity: l.Quantity, Lost: l.Lost, Surplus: l.Surplus,
			QuantityDecimal: l.Decimal, LostDecimal: l.LostDecimal, SurplusDecimal: l.SurplusDecimal,
		}
	})
	m, around, err := alter(ctx, s.c, "receive_transfer", r.Key, s.stub.ReceiveTransfer, &holdfastv1.ReceiveTransferRequest{
		TransferId: r.TransferID, Lines: lines, ForOrderId: r.ForOrderID, Reason: r.Reason, Reference: r.Reference,
	})
	return transferAfter(m, around, err)
}

// CancelTransfer ends a transfer.
type CancelTransfer struct {
	TransferID string
	Reason     string
	Reference  string
	Key        string
}

// Cancel cancels a transfer. What is in transit returns to where it came from.
func (s *TransferService) Cancel(ctx context.Context, r CancelTransfer) (*Transfer, error) {
	m, around, err := alter(ctx, s.c, "cancel_transfer", r.Key, s.stub.CancelTransfer, &holdfastv1.CancelTransferRequest{
		TransferId: r.TransferID, Reason: r.Reason, Reference: r.Reference,
	})
	return transferAfter(m, around, err)
}

// Get reads a transfer with its history.
func (s *TransferService) Get(ctx context.Context, transferID string) (*Transfer, error) {
	return askOne(ctx, s.c, "transfer", s.stub.GetTransfer, &holdfastv1.GetTransferRequest{TransferId: transferID}, transferOf)
}

// Transfers asks for a page of transfers, the newest first.
type Transfers struct {
	State      TransferState // all when empty
	LocationID string        // from or to it; all when empty
	PageSize   int           // 1 to 500; 50 when 0
	PageToken  string        // NextPageToken of the page before
}

// List reads a page of transfers.
func (s *TransferService) List(ctx context.Context, r Transfers) (*Page[Transfer], error) {
	return askPage(ctx, s.c, "transfers", s.stub.ListTransfers, &holdfastv1.ListTransfersRequest{
		State: string(r.State), LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, transferOf)
}

// All reads the pages of Transfers one after another, beginning with the page of r.
func (s *TransferService) All(ctx context.Context, r Transfers) iter.Seq2[Transfer, error] {
	return all(&r.PageToken, func() (*Page[Transfer], error) { return s.List(ctx, r) })
}

// ReplenishRule says how much of a product a location should have. When what it has
// for sale and what is on the way to it are below Min, they are filled up to Target.
type ReplenishRule struct {
	ProductID       string
	ToLocationID    string
	FromLocationIDs []string // where it may come from, the first first
	Min, Target     int64
	// The same in the declared unit, in place of Min and Target.
	MinDecimal, TargetDecimal string
}

// Replenish requests the transfers that rules call for.
type Replenish struct {
	Rules      []ReplenishRule // 1 to 1000, one for each product at a location
	ExpectedAt time.Time
	DryRun     bool // only show them
	Reason     string
	Reference  string
	Key        string
}

// Replenished is the result of Replenish.
type Replenished struct {
	Transfers []Transfer // one for each pair of locations, more where several lots of a product go the same way
	Shortages []Shortage // what no location could give
	Replayed  bool
}

// Replenish requests transfers by rules.
func (s *TransferService) Replenish(ctx context.Context, r Replenish) (*Replenished, error) {
	rules := each(r.Rules, func(rule ReplenishRule) *holdfastv1.ReplenishRule {
		return &holdfastv1.ReplenishRule{
			ProductId: rule.ProductID, ToLocationId: rule.ToLocationID, FromLocationIds: rule.FromLocationIDs, Min: rule.Min, Target: rule.Target,
			MinDecimal: rule.MinDecimal, TargetDecimal: rule.TargetDecimal,
		}
	})
	m, around, err := alter(ctx, s.c, "replenish_transfers", r.Key, s.stub.ReplenishTransfers, &holdfastv1.ReplenishTransfersRequest{
		Rules: rules, ExpectedAt: stampOf(r.ExpectedAt), DryRun: r.DryRun, Reason: r.Reason, Reference: r.Reference,
	})
	if err != nil {
		return nil, err
	}
	return &Replenished{Transfers: mapAll(m.GetTransfers(), transferOf), Shortages: shortagesOf(m.GetShortages()), Replayed: around.replayed()}, nil
}

func itemsOf(lines []TransferItem) []*holdfastv1.TransferItem {
	return each(lines, func(l TransferItem) *holdfastv1.TransferItem {
		return &holdfastv1.TransferItem{ProductId: l.ProductID, Quantity: l.Quantity, QuantityDecimal: l.Decimal, Lot: l.Lot}
	})
}

func transferAfter(m *holdfastv1.Transfer, around *answerMetadata, err error) (*Transfer, error) {
	if err != nil {
		return nil, err
	}
	t := transferOf(m)
	t.Replayed = around.replayed()
	return &t, nil
}

func transferOf(m *holdfastv1.Transfer) Transfer {
	return Transfer{
		TransferID: m.GetTransferId(), FromLocationID: m.GetFromLocationId(), ToLocationID: m.GetToLocationId(), ChannelID: m.GetChannelId(),
		State: TransferState(m.GetState()), Pending: m.GetPending(), ExpectedAt: timeOf(m.GetExpectedAt()),
		Reason: m.GetReason(), Reference: m.GetReference(), Operator: m.GetOperator(),
		CreatedAt: timeOf(m.GetCreatedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Lines: each(m.GetLines(), transferLineOf), History: mapAll(m.GetHistory(), transferStepOf),
	}
}

func transferLineOf(m *holdfastv1.TransferLine) TransferLine {
	return TransferLine{
		ProductID: m.GetProductId(), Lot: m.GetLot(), Requested: m.GetRequested(), Shipped: m.GetShipped(), Received: m.GetReceived(), Lost: m.GetLost(),
		Surplus: m.GetSurplus(), Returned: m.GetReturned(), InTransit: m.GetInTransit(), Unit: m.GetUnit(), Scale: int(m.GetScale()),
	}
}

func transferStepOf(m *holdfastv1.TransferStep) TransferStep {
	return TransferStep{
		Action: m.GetAction(), Outcome: m.GetOutcome(), At: timeOf(m.GetAt()), Detail: m.GetDetail(),
		Reason: m.GetReason(), Reference: m.GetReference(), Operator: m.GetOperator(),
		Lines: mapAll(m.GetLines(), func(l *holdfastv1.TransferMoved) TransferReceipt {
			return TransferReceipt{
				ProductID: l.GetProductId(), Lot: l.GetLot(), Quantity: l.GetQuantity(), Lost: l.GetLost(), Surplus: l.GetSurplus(), ForOrder: l.GetForOrder(),
			}
		}),
	}
}
