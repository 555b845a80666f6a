package slot

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ahead is what was read in parallel with the committer, for commands that it will
// get next.
type ahead struct {
	mark   readMark
	head   engine.Seq // at which the rows were read
	want   engine.Want
	orders map[stock.OrderKey][]seenHold
	items  *engine.Loaded
}

// readMark is the state of the memory when rows began to be read in parallel with the
// committer.
type readMark struct {
	seq    engine.Seq
	losses int
}

// mark returns the state of the memory. The caller holds its lock.
func (m *memory) mark() readMark {
	return readMark{seq: m.seq, losses: m.losses + m.items.dropped + m.orders.dropped}
}

// readAhead reads the orders, and those of the items that the memory lacks. It
// returns nil when they could not be read: the committer will try itself, and
// report the error.
func (s *sweeper) readAhead(ctx context.Context, orders []stock.OrderKey, items []stock.ItemKey) *ahead {
	a := &ahead{want: engine.Want{Orders: orders}, orders: make(map[stock.OrderKey][]seenHold, len(orders))}
	s.slot.m.mu.Lock()
	a.mark = s.slot.m.mark()
	for _, k := range items {
		if _, ok := s.slot.m.items.get(k); !ok {
			a.want.Items = append(a.want.Items, k)
		}
	}
	s.slot.m.mu.Unlock()
	l, err := s.slot.eng.Load(ctx, a.want)
	if err != nil {
		return nil
	}
	a.head, a.items = l.Head, &engine.Loaded{Items: l.Items}
	rows := make(map[stock.OrderKey][]*engine.HoldRow, len(orders))
	for i := range l.Holds {
		k := l.Holds[i].Key.OrderKey
		rows[k] = append(rows[k], &l.Holds[i])
	}
	for k, rows := range rows {
		if a.orders[k], err = decodeHolds(rows); err != nil {
			return nil
		}
	}
	return a
}

// keepAhead remembers what was read ahead, when it is still current. It reports
// whether the memory shows all that was stored when it was read.
func (s *sweeper) keepAhead(a *ahead) bool {
	if a == nil {
		return false
	}
	s.slot.m.mu.Lock()
	defer s.slot.m.mu.Unlock()
	return s.slot.m.addAhead(a)
}

// addAhead remembers rows that were read in parallel with the committer, and that
// wanted rows which are missing do not exist. This slot stored all records since
// the mark, and it remembers what they changed: as long as nothing was dropped
// since, the other rows are still as they were read. Otherwise it reports false and
// remembers nothing. The caller holds the memory's lock.
func (m *memory) addAhead(a *ahead) bool {
	if a.head < a.mark.seq || a.head > m.seq || a.mark.losses != m.mark().losses {
		return false
	}
	for _, k := range a.want.Orders {
		e, ok := m.orders.get(k)
		switch {
		case !ok:
			m.orders.add(k, &orderEntry{cur: a.orders[k], complete: true})
		case !e.complete && e.next == nil && containsAll(a.orders[k], e.cur):
			e.cur, e.complete = a.orders[k], true // no group is working on it
		}
	}
	// addItem leaves what is remembered unchanged.
	return m.add(engine.Want{Items: a.want.Items}, a.items) == nil // a bad row is reported when it is needed
}

// containsAll reports whether all known holds are among those read, in the same state.
func containsAll(read, known []seenHold) bool {
	for i := range known {
		if !slices.ContainsFunc(read, func(h seenHold) bool {
			return h.Key.Bucket == known[i].Key.Bucket && h.seq == known[i].seq
		}) {
			return false
		}
	}
	return true
}
