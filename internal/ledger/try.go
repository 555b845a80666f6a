package ledger

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// Try judges a command about items, and about no order, like a write that came now,
// and stores nothing. The event says what would have happened, the item is the
// first of them as it would be afterwards, and the error is the refusal. It is a
// strong read of the items.
func (l *strongReader) Try(ctx context.Context, cmd stock.Command) (*stock.Event, *stock.Item, stock.Time, error) {
	keys := cmd.Reach().Items
	levels, now, err := l.Items(ctx, keys)
	if err != nil {
		return nil, nil, 0, err
	}
	seen := tried{}
	for i := range levels {
		if it := levels[i].Now(); it != nil {
			seen[it.Key] = it.Clone()
		}
	}
	ev, err := stock.Decide(seen, cmd, now)
	if err != nil {
		return nil, nil, now, err
	}
	stock.Apply(seen, &ev)
	return &ev, seen.EditItem(keys[0]), now, nil
}

// TryAll judges commands like writes that came now, one after another: each finds the books as
// those before it would have left them. It stores nothing. The errors are the refusals, nil for a command
// that would be carried out. It is a strong read, which sees each slot at a moment of its own.
func (l *strongReader) TryAll(ctx context.Context, commands ...stock.Command) ([]error, error) {
	requests := make([]Request, len(commands))
	for i, cmd := range commands {
		requests[i].Command = cmd
	}
	refusals := make([]error, len(commands))
	for i, res := range NewDryRun(l, nil).Submit(ctx, requests...) {
		if res.Err != nil && !errors.As(res.Err, new(*stock.Refusal)) {
			return nil, res.Err
		}
		refusals[i] = res.Err
	}
	return refusals, nil
}
