package ledger

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Level is an item as a strong read shows it: holds past their deadline count
// as expired, swept or not.
type Level struct {
	Key stock.ItemKey
	// Item is the item as committed, nil when it was never opened. It must
	// not be changed.
	Item *stock.Item
	// due is what holds past their deadline have drawn, by account.
	due []stock.Balance
}

// Available is what a hold on the channel could take now.
func (l *Level) Available(channel string) stock.Qty {
	if l.Item == nil || !l.Item.Sells(channel) {
		return 0
	}
	var n stock.Qty
	for _, a := range stock.Draws(channel) {
		n += l.Item.Of(a)
		for _, d := range l.due {
			if d.Account == a {
				n += d.Qty
			}
		}
	}
	return n
}

// Figures are the item's sums.
func (l *Level) Figures() stock.Figures {
	if l.Item == nil {
		return stock.Figures{}
	}
	f := l.Item.Figures()
	for _, d := range l.due {
		if d.Account != stock.Uncounted {
			f.Held -= d.Qty
			f.Available += d.Qty
		}
	}
	return f
}

// Items returns the levels of the items, in the order of the keys, as they
// were at one moment after the call began, and that moment.
func (l *Ledger) Items(ctx context.Context, keys []stock.ItemKey) ([]Level, stock.Time, error) {
	s := l.slots[0]
	var levels []Level
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		levels = make([]Level, len(keys))
		for i, k := range keys {
			e, ok := m.items.get(k)
			if !ok {
				want.Items = append(want.Items, k)
				continue
			}
			levels[i] = m.level(k, e, now)
		}
		return want
	})
	return levels, now, err
}

// Product returns the levels of all items of a product, by location and lot,
// as they were at one moment after the call began, and that moment.
func (l *Ledger) Product(ctx context.Context, p engine.ProductKey) ([]Level, stock.Time, error) {
	s := l.slots[0]
	var levels []Level
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		keys, ok := m.products.get(p)
		if !ok {
			want.Products = append(want.Products, p)
			return want
		}
		levels = make([]Level, len(keys))
		for i, k := range keys {
			e, ok := m.items.get(k)
			if !ok {
				want.Items = append(want.Items, k)
				continue
			}
			levels[i] = m.level(k, e, now)
		}
		return want
	})
	return levels, now, err
}

// Order returns the holds of an order, by bucket, nil when there are none.
// Lines past their deadline are shown as stock.Line.AsOf does at the returned time.
func (l *Ledger) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	s := l.slots[0]
	var holds []*stock.Hold
	now, err := s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		e, ok := m.orders.get(k)
		if !ok || !e.complete {
			want.Orders = append(want.Orders, k)
			return want
		}
		holds = nil
		for i := range e.cur {
			holds = append(holds, e.cur[i].Hold)
		}
		return want
	})
	return holds, now, err
}

// After waits until the ledger shows the position; ErrBehind when the books
// have not come that far.
func (l *Ledger) After(ctx context.Context, p Position) error {
	if int(p.Slot) >= len(l.slots) {
		return fmt.Errorf("slot %d: %w", p.Slot, ErrPosition)
	}
	s := l.slots[p.Slot]
	s.m.mu.Lock()
	seq := s.m.seq
	s.m.mu.Unlock()
	if seq >= p.Seq {
		return nil
	}
	head, err := s.head.Head(ctx)
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	if head < p.Seq {
		return ErrBehind
	}
	return nil
}

// Ready reports why the ledger cannot serve, nil when it can: its head is readable.
func (l *Ledger) Ready(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.stopped(); err != nil {
			return err
		}
		if _, err := s.head.Head(ctx); err != nil {
			return fmt.Errorf("read head: %w", err)
		}
	}
	return nil
}

// Forget drops what is remembered and can be loaded again: the next commands
// meet a cold memory.
func (l *Ledger) Forget() {
	for _, s := range l.slots {
		s.m.mu.Lock()
		s.m.forget()
		s.m.mu.Unlock()
	}
}

func (m *memory) level(k stock.ItemKey, e *itemEntry, now stock.Time) Level {
	l := Level{Key: k, Item: e.cur}
	if due := m.dues().sums(k, now); len(due) > 0 {
		l.due = append(l.due, due...)
	}
	return l
}

// look lets see read the memory at a moment when it shows every commit
// acknowledged before look was called, as often as it takes until see wants
// nothing that memory lacks. see runs under the memory's lock.
func (s *slot) look(ctx context.Context, see func(*memory, stock.Time) engine.Want) (stock.Time, error) {
	head, err := s.head.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	s.at(ctx, PointLook)
	for range maxLooks {
		var want engine.Want
		s.m.mu.Lock()
		behind := s.m.seq < head
		now := max(s.clock.Now(), s.m.at)
		if !behind {
			want = see(s.m, now)
		}
		s.m.mu.Unlock()
		if !behind && len(want.Items)+len(want.Products)+len(want.Orders) == 0 {
			return now, nil
		}
		c := s.queue.call(0)
		c.follow, c.want = behind, want
		if err := s.submit(ctx, c); err != nil {
			return 0, err
		}
		err := c.err
		s.queue.drop(c)
		if err != nil {
			return 0, err
		}
	}
	return 0, errors.Join(ErrBusy, errors.New("memory is too small for this read"))
}

// maxLooks bounds how often a read asks for what was forgotten meanwhile.
const maxLooks = 64
