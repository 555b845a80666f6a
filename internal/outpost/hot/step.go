package hot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// End is a release or a confirm of an order's line.
type End struct {
	Item  stock.ItemKey
	Order string
	Kind  stock.WriteBackKind // GivenBack or SoldFromIt
	// Qty 0 means all that is held; a part needs a key.
	Qty  stock.Qty
	Key  string
	Use  KeyUse
	Note stock.Note
	// ForLedger says that the ledger is to decide, unless the tasks have the answer to a repeat.
	ForLedger bool
}

// End joins the order's tasks when its taking is not on its way to the books yet. It
// returns the task. ErrLedger means that the ledger has to be asked: it has everything
// that was done with the order here. Other errors are ErrTooMany, ErrKeyReused and
// ErrBusy.
func (r *Road) End(ctx context.Context, e End) (Task, error) {
	l, err := r.known.look(ctx, e.Item)
	switch {
	case err != nil:
		return Task{}, err
	case l.State == Off:
		return Task{}, ErrLedger
	}
	text, err := json.Marshal(body{Note: e.Note})
	if err != nil {
		return Task{}, fmt.Errorf("write the task of order %q: %w", e.Order, err)
	}
	t, err := r.store.Join(ctx, l.ID, Step{Order: e.Order, Kind: e.Kind, Qty: e.Qty, Key: e.Key, Use: e.Use, At: r.now(), Body: text, RepeatOnly: e.ForLedger})
	switch {
	case errors.Is(err, ErrSent):
		if err := r.Settle(ctx, l, e.Order); err != nil {
			return Task{}, err
		}
		return Task{}, ErrLedger
	case errors.Is(err, ErrTooMany), errors.Is(err, ErrKeyReused):
		return Task{}, err
	case err != nil:
		return Task{}, databaseError(err)
	}
	// It is durable. If Redis misses it now, the write-back sends it again.
	if err := r.apply(ctx, l, t); err != nil {
		r.log.DebugContext(ctx, "a step waits for the write-back", "order", e.Order, "err", err)
	}
	r.known.nudge(l.Key)
	return t, nil
}

// apply brings a step into the balance, once.
func (r *Road) apply(ctx context.Context, l Listed, t Task) error {
	if t.Step == 0 || t.Epoch != l.Epoch {
		return nil // the balance was made from what the books have of it
	}
	return r.calm.ask(ctx, func(ctx context.Context) (err error) {
		run := r.redis.Release
		if t.Kind == stock.SoldFromIt {
			run = r.redis.Confirm
		}
		_, err = run(ctx, l.Key, l.Epoch, Taking{t.Order, t.N}, t.Step, t.Qty)
		return err
	})
}
