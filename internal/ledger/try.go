package ledger

import (
	"context"
	"errors"
	"fmt"

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
	b := newTrial(commands)
	for n := range maxTrials {
		if err := b.load(ctx, l); err != nil {
			return nil, err
		}
		refusals, err := b.judge(commands)
		switch {
		case len(b.items)+len(b.orders) > 0: // they need more of the books
		case errors.Is(err, stock.ErrBroken) && len(l.slots) > 1 && n < maxTrials-1:
			b = newTrial(commands) // two slots were seen before and after a change
		default:
			return refusals, err
		}
	}
	return nil, fmt.Errorf("judge %d commands: they need more and more of the books", len(commands))
}

// maxTrials is how often commands are judged: the items that they name lead to the allowances of
// customers, and those to nothing more.
const maxTrials = 5

// trial is a stock.Book of what was read, in one slot. It notes what was asked for and has not been
// read.
type trial struct {
	read   tried
	holds  map[stock.OrderKey][]*stock.Hold
	at     stock.Time
	items  []stock.ItemKey
	orders []stock.OrderKey

	now  tried
	open map[stock.OrderKey][]*stock.Hold
}

// newTrial asks for what the commands name.
func newTrial(commands []stock.Command) *trial {
	b := &trial{read: tried{}, holds: map[stock.OrderKey][]*stock.Hold{}, now: tried{}, open: map[stock.OrderKey][]*stock.Hold{}}
	for _, cmd := range commands {
		r := cmd.Reach()
		for _, k := range r.Items {
			b.Item(k)
		}
		if order := r.About(); order.Order != "" {
			b.Order(order)
		}
	}
	return b
}

// load reads what has been asked for.
func (b *trial) load(ctx context.Context, l *strongReader) error {
	facts, err := l.Facts(ctx, b.items, b.orders, nil)
	if err != nil {
		return err
	}
	for i, k := range b.items {
		if it := facts.Levels[i].Item; it != nil {
			if err := it.Sound(); err != nil {
				return fmt.Errorf("%w: %w", ErrFrozen, err) // no write of it would be carried out
			}
		}
		b.read[k] = facts.Levels[i].Now()
	}
	for i, k := range b.orders {
		b.holds[k] = facts.Holds[i]
	}
	b.items, b.orders, b.at = nil, nil, facts.At
	return nil
}

// judge judges the commands on a copy of what was read.
func (b *trial) judge(commands []stock.Command) ([]error, error) {
	b.now, b.open = tried{}, map[stock.OrderKey][]*stock.Hold{}
	for k, it := range b.read {
		if b.now[k] = nil; it != nil {
			b.now[k] = it.Clone()
		}
	}
	for k, holds := range b.holds {
		b.open[k] = nil
		for _, h := range holds {
			h = h.Clone()
			for i := range h.Lines {
				h.Lines[i].Leg = nil // here its units are where it is decided
			}
			b.open[k] = append(b.open[k], h)
		}
	}
	refusals := make([]error, len(commands))
	for i, cmd := range commands {
		ev, err := stock.Decide(b, cmd, b.at)
		if errors.As(err, new(*stock.Refusal)) {
			refusals[i] = err
			continue
		}
		if err != nil {
			return nil, err
		}
		stock.Apply(b, &ev)
	}
	return refusals, nil
}

// Item returns the item as it is by now.
func (b *trial) Item(k stock.ItemKey) *stock.Item {
	it, read := b.now[k]
	if !read {
		b.items, b.now[k] = append(b.items, k), nil
	}
	return it
}

// EditItem returns the item to be changed.
func (b *trial) EditItem(k stock.ItemKey) *stock.Item { return b.now.EditItem(k) }

// Order returns the holds of the order as they are by now.
func (b *trial) Order(k stock.OrderKey) []*stock.Hold {
	holds, read := b.open[k]
	if !read {
		b.orders, b.open[k] = append(b.orders, k), nil
	}
	return holds
}

// EditHold returns the hold to be changed.
func (b *trial) EditHold(k stock.HoldKey) *stock.Hold {
	for _, h := range b.open[k.OrderKey] {
		if h.Key == k {
			return h
		}
	}
	h := &stock.Hold{Key: k}
	b.open[k.OrderKey] = append(b.open[k.OrderKey], h)
	return h
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
