package ledger

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Now is the item as it counts now: what holds past their deadline have drawn is
// back where it came from. It is nil when the item was never opened, and must
// not be changed.
func (l *Level) Now() *stock.Item {
	if l.Item == nil {
		return nil
	}
	return l.Item.Freed(l.due)
}

// Try judges a command about items, and about no order, as a write that came now
// would be judged, and stores nothing: the event says what would have happened,
// the error is the refusal. It is a strong read of the items.
func (l *Ledger) Try(ctx context.Context, cmd stock.Command) (*stock.Event, stock.Time, error) {
	levels, now, err := l.Items(ctx, cmd.Reach().Items)
	if err != nil {
		return nil, 0, err
	}
	seen := tried{}
	for i := range levels {
		if it := levels[i].Now(); it != nil {
			seen[it.Key] = it
		}
	}
	ev, err := stock.Decide(seen, cmd, now)
	if err != nil {
		return nil, now, err
	}
	return &ev, now, nil
}

// tried is a stock.State of items that were read.
type tried map[stock.ItemKey]*stock.Item

func (t tried) Item(k stock.ItemKey) *stock.Item { return t[k] }
func (tried) Order(stock.OrderKey) []*stock.Hold { return nil }
