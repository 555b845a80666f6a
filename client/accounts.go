package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// AccountService shows the accounts of products and moves units between them.
type AccountService struct {
	c    *caller
	stub holdfastv1.AccountServiceClient
}

// Accounts asks which accounts hold the units of a product.
type Accounts struct {
	ProductID  string
	LocationID string // all locations when empty
	// At asks for the accounts as they were after everything booked until then; zero: as
	// they are now.
	At time.Time
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// ProductAccounts says where the units of a product are.
type ProductAccounts struct {
	ProductID string
	Items     []ItemAccounts // by location
	AsOf      time.Time
	Unit      string // the declared unit, if any
	Scale     int
}

// ItemAccounts are the accounts of a product at one location.
type ItemAccounts struct {
	LocationID string
	// Version grows by one with each change.
	Version   int64
	UpdatedAt time.Time
	// Balances are what the accounts hold. Accounts that hold 0 are left out. Names
	// that begin with "ext/" are accounts outside the house. All balances together
	// are 0. The units of a lot count in the same account as units without a lot;
	// Lots shows them separately.
	Balances map[Account]int64
	// Units are the same units with those of each lot apart, ordered by account.
	Units []AccountUnits
}

// AccountUnits are units in an account, all of one lot or of none.
type AccountUnits struct {
	Account  Account
	Lot      Lot // nil: of none
	Quantity int64
}

// Get reads which accounts hold the units of a product.
func (s *AccountService) Get(ctx context.Context, r Accounts) (*ProductAccounts, error) {
	q := &holdfastv1.GetAccountsRequest{ProductId: r.ProductID, LocationId: r.LocationID, Consistency: consistency(r.Eventual)}
	if !r.At.IsZero() {
		q.At = timestamppb.New(r.At)
	}
	return askOne(ctx, s.c, "accounts", s.stub.GetAccounts, q, func(m *holdfastv1.ProductAccounts) ProductAccounts {
		return ProductAccounts{
			ProductID: m.GetProductId(), Items: each(m.GetItems(), itemAccountsOf),
			AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		}
	})
}

func itemAccountsOf(m *holdfastv1.ItemAccounts) ItemAccounts {
	balances := make(map[Account]int64, len(m.GetAccounts()))
	for _, b := range m.GetAccounts() {
		balances[Account(b.GetAccount())] += b.GetQuantity()
	}
	return ItemAccounts{
		LocationID: m.GetLocationId(), Version: m.GetVersion(), UpdatedAt: timeOf(m.GetUpdatedAt()), Balances: balances,
		Units: each(m.GetAccounts(), func(b *holdfastv1.AccountBalance) AccountUnits {
			return AccountUnits{Account: Account(b.GetAccount()), Lot: b.GetLot(), Quantity: b.GetQuantity()}
		}),
	}
}
