package hot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"holdfast.dev/holdfast/internal/stock"
)

// This file has the functions that the ledger needs to decide about an item itself while
// Redis sells it.

// Flush brings the takings of Redis of the item so far into the books.
func (r *Road) Flush(ctx context.Context, l Listed) error {
	pending, err := r.store.Pending(ctx, l.ID)
	if err != nil {
		return databaseError(err)
	}
	// A pass brings tasks that were numbered before, or new ones: two that are not full have both.
	for passes := 0; pending && err == nil && passes < 2; {
		var n int
		if n, err = r.WriteBack(ctx, l); n < writeMost {
			passes++
		}
	}
	if err != nil {
		return notWritten(err)
	}
	return nil
}

const (
	// pullPrefix begins the name of a taking for the ledger. No caller may name such an order.
	pullPrefix = "~pull-"
	pullTries  = 3
)

// Pull takes up to qty units from Redis and brings them to the ledger: for a command (stock.BroughtFor), or into the pool
// with "", those that are kept for orders that wait, too. It returns how many.
func (r *Road) Pull(ctx context.Context, l Listed, qty stock.Qty, to string) (stock.Qty, error) {
	for range pullTries {
		is, err := r.Balance(ctx, l)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrBusy, err)
		}
		n := min(qty, is.Usable)
		if to != "" {
			n = min(qty, is.Free())
		}
		if n <= 0 {
			return 0, nil
		}
		order := pullPrefix + strconv.FormatUint(draw(), 36)
		err = r.Reserve(ctx, Reservation{Item: l.Key, Order: order, Qty: n, ForLedger: true, Customer: to})
		if refusal, ok := errors.AsType[*stock.Refusal](err); ok && refusal.Code == stock.Insufficient {
			continue // others were faster
		}
		if err == nil {
			err = r.Settle(ctx, l, order)
		}
		return n, err
	}
	return 0, nil
}

// Decode returns the data that a taking keeps for the books.
func Decode(t *Task) (channel, customer string, note stock.Note, err error) {
	var b body
	if err := json.Unmarshal(t.Body, &b); err != nil {
		return "", "", stock.Note{}, fmt.Errorf("read task %d: %w", t.ID, err)
	}
	return b.Channel, b.Customer, b.Note, nil
}

// Fence gives the order to the ledger: from then on Redis takes nothing of the item for it,
// and earlier takings are in the books.
func (r *Road) Fence(ctx context.Context, l Listed, order string) error {
	if err := r.store.Fence(ctx, l.ID, order); err != nil {
		return databaseError(err)
	}
	return r.Settle(ctx, l, order)
}
