package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Items returns the levels of the items, in the order of the keys, as they
// were at one moment after the call began, and that moment. Items in different
// slots are seen at moments of their own; the first of them is returned.
func (l *Ledger) Items(ctx context.Context, keys []stock.ItemKey) ([]Level, stock.Time, error) {
	if len(l.slots) == 1 || len(keys) == 0 {
		return l.slots[0].levels(ctx, keys)
	}
	var levels []Level
	var now stock.Time
	err := l.still(ctx, func() (err error) {
		levels, now, err = l.itemsOver(ctx, keys)
		return err
	})
	if errors.Is(err, ErrSealed) {
		return l.itemsAnywhere(ctx, keys)
	}
	return levels, now, err
}

// itemsOver is Items in several slots; ErrMoving when a bucket is between two.
func (l *Ledger) itemsOver(ctx context.Context, keys []stock.ItemKey) ([]Level, stock.Time, error) {
	parts := map[*slot][]int{}
	buckets := make([]stock.Bucket, len(keys))
	for i, k := range keys {
		s, b, err := l.slotOfItem(ctx, k)
		if err != nil {
			return nil, 0, err
		}
		parts[s], buckets[i] = append(parts[s], i), b
	}
	levels := make([]Level, len(keys))
	var moment earliest
	all, ctx := errgroup.WithContext(ctx)
	for s, numbers := range parts {
		all.Go(func() error {
			own := make([]stock.ItemKey, len(numbers))
			lie := make([]stock.Bucket, len(numbers))
			for i, n := range numbers {
				own[i], lie[i] = keys[n], buckets[n]
			}
			got, now, err := s.levels(s.apart(ctx), own, lie...)
			for i := range got {
				levels[numbers[i]] = got[i]
			}
			moment.take(now)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, 0, err
	}
	return levels, moment.of(), nil
}

// levels is Items in one slot; ErrMoving when one of the buckets does not live
// there.
func (s *slot) levels(ctx context.Context, keys []stock.ItemKey, buckets ...stock.Bucket) ([]Level, stock.Time, error) {
	var levels []Level
	var away error
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		if away = nil; m.stages != nil && slices.ContainsFunc(buckets, m.stages.hides) {
			away = ErrMoving
			return want
		}
		for i := range buckets {
			if away = m.checkPlace(buckets[i], keys[i]); away != nil {
				return want
			}
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
	return levels, now, cmp.Or(err, away)
}

// Product returns the levels of all items of a product, by location and lot,
// as they were at one moment after the call began, and that moment; over
// several slots as Items does.
func (l *Ledger) Product(ctx context.Context, p engine.ProductKey) ([]Level, stock.Time, error) {
	if len(l.slots) == 1 {
		levels, _, now, err := l.slots[0].product(ctx, p)
		byKey(levels)
		return levels, now, err
	}
	var levels []Level
	var now stock.Time
	err := l.still(ctx, func() (err error) {
		levels, now, err = l.productOver(ctx, p)
		return err
	})
	return levels, now, err
}

// productOver is Product in several slots; ErrMoving when a bucket is between two.
func (l *Ledger) productOver(ctx context.Context, p engine.ProductKey) ([]Level, stock.Time, error) {
	parts := make([][]Level, len(l.slots))
	seen := make([]sight, len(l.slots))
	var moment earliest
	all, ctx := errgroup.WithContext(ctx)
	for i, s := range l.slots {
		all.Go(func() (err error) {
			var now stock.Time
			parts[i], seen[i], now, err = s.product(s.apart(ctx), p)
			moment.take(now)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, 0, err
	}
	if err := whole(seen); err != nil {
		return nil, 0, err
	}
	levels := slices.Concat(parts...)
	byKey(levels)
	for i := 1; i < len(levels); i++ {
		if levels[i-1].Key == levels[i].Key {
			return nil, 0, ErrMoving // one slot was asked before its bucket left, another one after it had come
		}
	}
	return levels, moment.of(), nil
}

// product is Product in one slot.
func (s *slot) product(ctx context.Context, p engine.ProductKey) ([]Level, sight, stock.Time, error) {
	var levels []Level
	var seen sight
	now, err := s.look(ctx, func(m *memory, now stock.Time) (want engine.Want) {
		seen = m.sight()
		keys, ok := m.products.get(p)
		if !ok {
			want.Products = append(want.Products, p)
			return want
		}
		levels = make([]Level, 0, len(keys))
		for _, k := range keys {
			e, ok := m.items.get(k)
			if !ok {
				want.Items = append(want.Items, k)
				continue
			}
			if e.cur == nil || seen.sees(e.cur.Bucket) {
				levels = append(levels, m.level(k, e, now))
			}
		}
		return want
	})
	return levels, seen, now, err
}

// Order returns the holds of an order, by bucket, nil when there are none.
// Lines past their deadline are shown as stock.Line.AsOf does at the returned
// time. A line whose units lie in another slot than its home is shown once, as
// the home has it.
func (l *Ledger) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	if len(l.slots) == 1 {
		return l.slots[0].order(ctx, k)
	}
	var holds []*stock.Hold
	var moment earliest
	err := l.still(ctx, func() error {
		holds, moment = nil, earliest{}
		parts, times, err := l.orderParts(ctx, k)
		for i := range parts {
			if shown := withoutLegs(parts[i].holds); len(shown) > 0 {
				holds = append(holds, shown...)
				moment.take(times[i])
			}
		}
		return err
	})
	slices.SortFunc(holds, func(a, b *stock.Hold) int { return int(a.Key.Bucket) - int(b.Key.Bucket) })
	return holds, moment.of(), err
}

// orderParts returns what each slot has of an order, and its time; ErrMoving
// when a part of the order is between two slots.
func (l *Ledger) orderParts(ctx context.Context, k stock.OrderKey) ([]orderPart, []stock.Time, error) {
	parts := make([]orderPart, len(l.slots))
	times := make([]stock.Time, len(l.slots))
	all, ctx := errgroup.WithContext(ctx)
	for i, s := range l.slots {
		all.Go(func() (err error) {
			parts[i], times[i], err = s.orderPart(s.apart(ctx), k)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, nil, err
	}
	seen := make([]sight, len(parts))
	shown := map[stock.Bucket]bool{}
	for i := range parts {
		seen[i] = parts[i].sight
		for _, h := range parts[i].holds {
			if shown[h.Key.Bucket] {
				return nil, nil, ErrMoving // it was seen before it left one slot, and when it had come to another
			}
			shown[h.Key.Bucket] = true
		}
	}
	return parts, times, whole(seen)
}

// withoutLegs leaves out the lines that other slots decide for.
func withoutLegs(holds []*stock.Hold) []*stock.Hold {
	var shown []*stock.Hold
	for _, h := range holds {
		if slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return l.Follows() }) {
			h = h.Clone()
			h.Lines = slices.DeleteFunc(h.Lines, func(l stock.Line) bool { return l.Follows() })
		}
		if len(h.Lines) > 0 {
			shown = append(shown, h)
		}
	}
	return shown
}

// earliest is the first of several moments.
type earliest struct {
	mu  sync.Mutex
	now stock.Time
}

func (e *earliest) take(now stock.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == 0 || now < e.now {
		e.now = now
	}
}

func (e *earliest) of() stock.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
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

// Places are how far this node has seen the log of each slot, by number.
func (l *Ledger) Places() []Position {
	places := make([]Position, len(l.slots))
	for i, s := range l.slots {
		s.m.mu.Lock()
		places[i] = Position{s.number, s.m.seq}
		s.m.mu.Unlock()
	}
	return places
}

// Ready reports what of the books cannot be read, nil when all heads can.
func (l *Ledger) Ready(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Serves reports why nothing of the books can be read, nil as soon as the head
// of one slot can: what lies in a database that is away is away for all nodes,
// and a node that is sent no calls serves nothing of the others either.
func (l *Ledger) Serves(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, len(l.slots))
	for _, s := range l.slots {
		go func() { answers <- s.ready(ctx) }()
	}
	var none error
	for range l.slots {
		err := <-answers
		if err == nil {
			return nil
		}
		none = err
	}
	return none
}

func (s *slot) ready(ctx context.Context) error {
	if err := s.stopped(); err != nil {
		return err
	}
	if _, err := s.head.Head(ctx); err != nil {
		return fmt.Errorf("read head of slot %d: %w", s.number, err)
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

// look lets see read the memory at a moment when it shows every commit
// acknowledged before look was called, as often as it takes until see wants
// nothing that memory lacks. see runs under the memory's lock.
func (s *slot) look(ctx context.Context, see func(*memory, stock.Time) engine.Want) (stock.Time, error) {
	head, err := s.head.Head(ctx)
	s.at(ctx, PointShared)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	for range maxLooks {
		var want engine.Want
		s.m.mu.Lock()
		behind := s.m.seq < head
		now := max(s.clock.Now(), s.m.at)
		if !behind {
			want = see(s.m, now)
		}
		s.m.mu.Unlock()
		if !behind && len(want.Items)+len(want.Products)+len(want.Orders)+len(want.Keys) == 0 {
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
