package slot

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// sweepBehind bounds how many items one round of the sweep looks at.
const sweepBehind = 64

// sweepWaiting gives units that are still set aside to the orders that wait: more
// lines waited than a group has room for, or a node died in between. Units that
// were set aside more recently than grace are left to the node that set them aside.
func (s *sweeper) sweepWaiting(ctx context.Context, grace stock.Time) error {
	for ctx.Err() == nil {
		left, err := s.readSetAside(ctx, grace)
		if len(left) == 0 || err != nil {
			return err
		}
		c := s.slot.committer.queue.call(len(left))
		for _, f := range left {
			c.requests = append(c.requests, Request{Command: f})
		}
		if err := s.slot.submit(ctx, c); err != nil {
			return err
		}
		for i := range c.results {
			err = cmp.Or(err, c.results[i].Err)
		}
		s.slot.committer.queue.drop(c)
		if errors.Is(err, ErrFrozen) || errors.Is(err, ErrMoving) {
			return nil // the alarm was raised when it froze; moving buckets are looked at again
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readSetAside returns the commands of listSetAside. A node that may not be home first
// follows what the home has stored: for an item that is not in memory nothing else
// shows that all its units were given out long ago.
func (s *sweeper) readSetAside(ctx context.Context, grace stock.Time) (left []stock.Fulfil, err error) {
	s.slot.m.mu.Lock()
	left = s.listSetAside(grace)
	s.slot.m.mu.Unlock()
	if len(left) == 0 || s.slot.o.Peers == nil {
		return left, nil
	}
	_, err = s.slot.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		left = s.listSetAside(grace)
		for _, f := range left {
			if _, ok := m.items.get(f.Item); !ok {
				want.Items = append(want.Items, f.Item)
			}
		}
		return want
	})
	return left, err
}

// listSetAside returns a command for each item that units may still be set aside for. The
// command is about the first order, and is judged after the units have been given
// out. The caller holds the memory's lock.
func (s *sweeper) listSetAside(grace stock.Time) []stock.Fulfil {
	s.slot.m.dues()
	var left []stock.Fulfil
	x := s.slot.m.waits
	for k, since := range x.behind {
		if e, ok := s.slot.m.items.get(k); ok && (e.cur == nil || e.cur.Arrived() == 0) {
			delete(x.behind, k)
			continue
		}
		first := x.items[k][0]
		if s.slot.m.stages.Hides(first.bucket) {
			continue // its units can be given out only after it has arrived
		}
		if len(left) < sweepBehind && since <= s.slot.clock.Now()-grace {
			left = append(left, stock.Fulfil{Order: stock.OrderKey{Tenant: k.Tenant, Order: first.order}, Item: k})
		}
	}
	slices.SortFunc(left, func(a, b stock.Fulfil) int { return a.Item.Compare(b.Item) })
	return left
}
