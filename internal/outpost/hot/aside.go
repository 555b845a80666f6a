package hot

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// This file has what the ledger needs to decide about an item itself while Redis sells it.

// Flush brings what Redis has taken of the item so far into the books.
func (r *Road) Flush(ctx context.Context, l Listed) error {
	pending, err := r.store.Pending(ctx, l.ID)
	for n := writeMost; pending && err == nil && n == writeMost; {
		n, err = r.WriteBack(ctx, l)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return nil
}

const (
	// pullLife is how long units that were pulled wait for the ledger. Then they are in the
	// pool, whoever pulled them.
	pullLife = time.Minute
	// pullPrefix begins the order under which units are pulled. No caller may name such an order.
	pullPrefix = "~pull-"
	pullTries  = 3
)

// Fence makes the order the ledger's: Redis takes nothing of the item for it from then on, and
// what it took is in the books.
func (r *Road) Fence(ctx context.Context, l Listed, order string) error {
	if err := r.store.Fence(ctx, l.ID, order); err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return r.Settle(ctx, l, order)
}

// IsPull reports whether the order is one under which units came back from Redis.
func IsPull(order string) bool {
	return len(order) > len(pullPrefix) && order[:len(pullPrefix)] == pullPrefix
}

// Pull takes up to qty units from Redis and brings them into the books, held by an order
// of its own. The command gives them to the pool of the ledger; it is nil when Redis has
// none. What nobody gives to the pool gets there by itself.
func (r *Road) Pull(ctx context.Context, l Listed, qty stock.Qty) (stock.Command, error) {
	for range pullTries {
		is, err := r.Balance(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBusy, err)
		}
		qty = min(qty, is.Usable)
		if qty <= 0 {
			return nil, nil
		}
		order, err := r.pull(ctx, l, qty)
		if refusal, ok := errors.AsType[*stock.Refusal](err); ok && refusal.Code == stock.Insufficient {
			continue // others were faster
		}
		if err != nil {
			return nil, err
		}
		return stock.Release{
			Target: stock.Target{Order: stock.OrderKey{Tenant: l.Key.Tenant, Order: order}, Item: l.Key}, Note: stock.Note{Reason: "units from Redis"},
		}, nil
	}
	return nil, nil
}

func (r *Road) pull(ctx context.Context, l Listed, qty stock.Qty) (order string, err error) {
	id := draw()
	order = pullPrefix + hex.EncodeToString([]byte{
		byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24), byte(id >> 32), byte(id >> 40), byte(id >> 48), byte(id >> 56), //nolint:gosec // all of its bytes
	})
	c := Reservation{
		Item: l.Key, Order: order, Qty: qty, Deadline: stock.Time(r.now().Add(pullLife).UnixMilli()), Note: stock.Note{Reason: "units from Redis"},
	}
	if err := r.Reserve(ctx, c); err != nil {
		return "", err
	}
	return order, r.Settle(ctx, l, order)
}

// Decode returns what a taking keeps for the books.
func Decode(t *Task) (channel, customer string, note stock.Note, err error) {
	var b body
	if err := json.Unmarshal(t.Body, &b); err != nil {
		return "", "", stock.Note{}, fmt.Errorf("read task %d: %w", t.ID, err)
	}
	return b.Channel, b.Customer, b.Note, nil
}
