package hot

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// waitingOrders tells Redis about orders that wait for units. The ledger alone promises units before they
// are there, and knows which orders wait (docs/adr/0068). Redis knows for how many units, and keeps
// as many of what comes back.
type waitingOrders struct {
	items *itemMemory
	tasks Tasks
	gate  *redisGate
	books ledgerOf
	// pull brings units of Redis to the ledger.
	pull func(_ context.Context, _ Listed, _ stock.Qty, to string) (stock.Qty, error)
}

// Wait tells Redis how many units orders wait for. When it returns, no unit that comes back to
// Redis is sold to a later order.
func (q *waitingOrders) Wait(ctx context.Context, k stock.ItemKey) error {
	for l := q.items.lastRead(k); l.State == Open; { // whoever opens an item reads the books
		_, given, err := q.books.given(ctx, l)
		if err != nil {
			return fmt.Errorf("read what orders of product %q wait for: %w", k.Product, err)
		}
		if err = q.follow(ctx, l, given); !errors.Is(err, ErrEpoch) {
			return err
		}
		is, e := q.items.look(ctx, k)
		if e != nil || is == l {
			return errors.Join(err, e)
		}
		l = is
	}
	return nil
}

// Waited reports whether orders wait for units of the item, as far as this process knows.
func (q *waitingOrders) Waited(k stock.ItemKey) bool { return q.items.waited(k) }

// follow brings the balance up to the figures of the books, and units that are kept for orders
// to those orders.
func (q *waitingOrders) follow(ctx context.Context, l Listed, given Given) error {
	q.items.wait(l.Key, given.Waits > 0)
	if q.items.raises(l, given.Units) { // before Redis can sell them
		if err := q.tasks.Raise(ctx, l.ID, l.Epoch, given.Units); err != nil {
			return fmt.Errorf("count the units of product %q: %w", l.Key.Product, err)
		}
		q.items.raised(l, given.Units)
	}
	var kept stock.Qty
	if err := q.gate.calm.ask(ctx, func(ctx context.Context) (err error) {
		kept, err = q.gate.redis.Add(ctx, l.Key, l.Epoch, given)
		return err
	}); err != nil || kept == 0 {
		return err
	}
	_, err := q.pull(ctx, l, kept, "") // in the ledger's pool they are those of the orders
	return err
}
