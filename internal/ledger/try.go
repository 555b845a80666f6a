package ledger

import (
	"context"

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

// tried is a stock.Book of items that were read.
type tried map[stock.ItemKey]*stock.Item

func (t tried) Item(k stock.ItemKey) *stock.Item   { return t[k] }
func (tried) EditHold(k stock.HoldKey) *stock.Hold { return &stock.Hold{Key: k} }

// EditItem returns the item to be changed.
func (t tried) EditItem(k stock.ItemKey) *stock.Item {
	if t[k] == nil {
		t[k] = &stock.Item{Key: k, Tracked: true, OnSale: true}
	}
	return t[k]
}

func (tried) Order(stock.OrderKey) []*stock.Hold { return nil }
