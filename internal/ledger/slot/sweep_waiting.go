package slot

import (
	"cmp"
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// sweepBehind bounds how many items one round of the sweep looks at.
const sweepBehind = 64

// sweepWaiting gives units that are still set aside to the orders that wait:
// more lines waited than a group has room for, or a node died in between. What
// is newer than grace is left to the node that set it aside.
func (s *sweeper) sweepWaiting(ctx context.Context, grace stock.Time) error {
	for ctx.Err() == nil {
		left := s.setAside(grace)
		if len(left) == 0 {
			return nil
		}
		c := s.queue.call(len(left))
		for _, f := range left {
			c.requests = append(c.requests, Request{Command: f})
		}
		if err := s.submit(ctx, c); err != nil {
			return err
		}
		var err error
		for i := range c.results {
			err = cmp.Or(err, c.results[i].Err)
		}
		s.queue.drop(c)
		if errors.Is(err, ErrFrozen) || errors.Is(err, ErrMoving) {
			return nil // the alarm was raised when it froze; what moves is looked at again
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// setAside has a command for each item that units may still be set aside for,
// about the order that is first: it is judged when the units have been given
// out.
func (s *sweeper) setAside(grace stock.Time) []stock.Fulfil {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	var left []stock.Fulfil
	x := s.m.waits
	for k, since := range x.behind {
		if e, ok := s.m.items.get(k); ok && (e.cur == nil || e.cur.Arrived() == 0) {
			delete(x.behind, k)
			continue
		}
		if len(left) < sweepBehind && since <= s.clock.Now()-grace {
			left = append(left, stock.Fulfil{Order: stock.OrderKey{Tenant: k.Tenant, Order: x.items[k][0].order}, Item: k})
		}
	}
	return left
}
