package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Account is where units of an item are. The accounts between which units may be
// moved have names here; Accounts reads all accounts.
type Account string

// The accounts of an item that a Move or Return may name, in addition to QuotaOf.
const (
	SharedPool Account = "pool/shared" // for sale on every channel
	Withheld   Account = "withheld"    // kept from sale
	Damaged    Account = "damaged"     // cannot be sold as it is
	Quality    Account = "quality"     // being inspected
)

// QuotaOf is the account of units that only the channel may sell.
func QuotaOf(channelID string) Account { return Account("quota/" + channelID) }

// Move moves units between two accounts of one item.
type Move struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	From, To   Account
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, such as "1.25", in place of Quantity
	Lot        Lot    // of the units; nil: none
	Reason     string
	Reference  string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Move) verb() string  { return "move" }
func (r Move) natural() bool { return false }
func (r Move) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Move{Move: &holdfastv1.MoveRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, From: string(r.From), To: string(r.To),
		Quantity: r.Quantity, QuantityDecimal: r.Decimal, Lot: r.Lot, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
	}}}
}

// Move moves units between two accounts of one item. It returns ErrInsufficientStock
// when From has too few.
func (s *AccountService) Move(ctx context.Context, r Move) (*Inventory, error) {
	return s.c.change(ctx, r)
}

// Return takes units back from a customer.
type Return struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Quantity   int64  // in smallest units
	Decimal    string // in the declared unit, such as "1.25", in place of Quantity
	Lot        Lot    // of the units; nil: none
	// OrderID is the order that the units had left with. No more can come back of the product
	// than has left with it (ErrInvalidState). Empty: nothing is compared.
	OrderID string
	// Unchecked takes them back whatever the order shows. It needs a Reason or a ReasonCode.
	Unchecked bool
	// Fact says that it is the copy of what has happened elsewhere: it is booked, and more than has
	// left with the order opens a case.
	Fact      bool
	To        Account // when empty, the account of the reason, or SharedPool
	Reason    string
	Reference string
	// ReasonCode is one of the tenant's reasons (TenantService.Reasons), if any.
	ReasonCode string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Return) verb() string  { return "return" }
func (r Return) natural() bool { return false }
func (r Return) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Return{Return: &holdfastv1.ReturnRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Quantity: r.Quantity, QuantityDecimal: r.Decimal,
		OrderId: r.OrderID, To: string(r.To), Lot: r.Lot, Reason: r.Reason, Reference: r.Reference, ReasonCode: r.ReasonCode,
		Unchecked: r.Unchecked, Fact: r.Fact,
	}}}
}

// Return takes units back from a customer.
func (s *AccountService) Return(ctx context.Context, r Return) (*Inventory, error) {
	return s.c.change(ctx, r)
}
