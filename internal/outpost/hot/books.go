package hot

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Ledger is the books as Redis sells for them (ledger.Ledger).
type Ledger interface {
	ledger.Submitter
	// Items are as of a moment behind the call.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	// Facts are levels of items, holds of orders, nil for none, and which keys were used.
	Facts(ctx context.Context, items []stock.ItemKey, orders []stock.OrderKey, keys []engine.KeyID) (ledger.Facts, error)
}

// ledgerOf asks the books for the data that this package needs.
type ledgerOf struct{ Ledger }

// fits returns why the item cannot sell through Redis.
func (b ledgerOf) fits(ctx context.Context, k stock.ItemKey) error {
	levels, _, err := b.Items(ctx, []stock.ItemKey{k})
	if err != nil {
		return fmt.Errorf("read product %q: %w", k.Product, err)
	}
	it := levels[0].Item
	switch {
	case it == nil:
		return &UnfitError{k, "it was never opened"}
	case !it.Tracked:
		return &UnfitError{k, "it is not counted"}
	case len(it.Lots) > 0:
		return &UnfitError{k, "it is kept in lots"}
	case len(it.Rules) > 0 || len(it.Channels) > 0:
		return &UnfitError{k, "channels have quotas of it"}
	case it.Bucket != stock.BucketOf(k.Tenant, k.Location):
		return &UnfitError{k, "its location is spread"}
	case len(k.Product) > longest:
		return &UnfitError{k, fmt.Sprintf("the product's id is longer than %d bytes", longest)}
	}
	return nil
}

// granted is how many units Redis has of an item, and what it was given in all, or why that is not
// known.
type granted struct {
	escrow stock.Qty
	given  Given
	err    error
}

// grant gives Redis the ledger's units of the item.
func (b ledgerOf) grant(ctx context.Context, l Listed) (escrow stock.Qty, given Given, err error) {
	all, err := b.grantAll(ctx, []Listed{l}, nil)
	if err != nil {
		return 0, Given{}, err
	}
	return all[0].escrow, all[0].given, all[0].err
}

// grantAll does so for many items, in one read of the books. The journals of items with a note, by their ids, have a line.
func (b ledgerOf) grantAll(ctx context.Context, items []Listed, why map[int64]stock.Note) ([]granted, error) {
	all := make([]granted, len(items))
	grants := make([]stock.Command, len(items))
	keys := make([]stock.ItemKey, len(items))
	for i, l := range items {
		keys[i] = l.Key
		grants[i] = stock.Grant{
			Item: l.Key, Bucket: stock.BucketOf(l.Key.Tenant, l.Key.Location), Holder: holderOf(l), Epoch: l.Holder, To: stock.MaxQty, Keep: l.Floor, Note: why[l.ID],
		}
	}
	for i, err := range b.submitAll(ctx, grants) {
		all[i].err = err
	}
	levels, _, err := b.Items(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, l := range items {
		switch {
		case all[i].err != nil:
		case levels[i].Item == nil:
			all[i].err = ErrLedger
		default:
			all[i].escrow, all[i].given = givenBy(&levels[i], l)
		}
	}
	return all, nil
}

// given reads how many units Redis has by the books, and what it was given in all.
func (b ledgerOf) given(ctx context.Context, l Listed) (escrow stock.Qty, given Given, err error) {
	levels, _, err := b.Items(ctx, []stock.ItemKey{l.Key})
	if err != nil || levels[0].Item == nil {
		return 0, Given{}, errors.Join(err, ErrLedger)
	}
	escrow, given = givenBy(&levels[0], l)
	return escrow, given, nil
}

// givenBy is how many units Redis has by the level of the item, and what it was given in all.
func givenBy(level *ledger.Level, l Listed) (escrow stock.Qty, given Given) {
	it := level.Item
	given.Waits, given.Version = Waits(level), it.Version
	if rec := it.EscrowRecord(holderOf(l)); rec != nil {
		given.Units = rec.Added
	}
	return it.InEscrow(holderOf(l)), given
}

// Waits is how many units of the item orders wait for that are not set aside for them.
func Waits(l *ledger.Level) stock.Qty {
	if l.Item == nil || l.Item.Promises == nil {
		return 0
	}
	it := l.Now()
	if it.Promises == nil {
		return 0
	}
	return max(0, it.Promises.Waiting()-it.Arrived())
}

func (b ledgerOf) submit(ctx context.Context, cmd stock.Command) error {
	return ledger.SubmitEscrow(ctx, b, cmd)[0].Err
}

// submitAll returns the error of each command.
func (b ledgerOf) submitAll(ctx context.Context, all []stock.Command) []error {
	errs := make([]error, len(all))
	for i, res := range ledger.SubmitEscrow(ctx, b, all...) {
		errs[i] = res.Err
	}
	return errs
}
