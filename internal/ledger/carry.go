package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// What a home has decided is carried to the legs by whoever had it decided,
// before he answers, and by a projection of the home's log when he could
// not (Delivery): at least once, and settling twice changes nothing.

const (
	// carryLate is how long a decision is left to whoever made it.
	carryLate = 2 * time.Second
	// carryFor bounds how long the answer to a decision waits for the legs.
	carryFor = 2 * time.Second
)

// tell carries to the legs what an event at a home decided, when their buckets
// are on their way as soon as they have come. What does not succeed is left to
// the projection, which tries at once and again.
func (l *legs) tell(ctx context.Context, ev *stock.Event, at slot.Position) {
	if !slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return c.Changed && c.Line.Copied() }) {
		return
	}
	l.slots[at.Slot].At(ctx, slot.PointHome)
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), carryFor)
	defer cancel()
	waits, stop := context.WithTimeout(ctx, carryFor) // many may wait one after another, for one caller
	defer stop()
	order := stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}
	var lines []*stock.Line
	for i := range ev.Lines {
		if ev.Lines[i].Changed && ev.Lines[i].Line.Copied() {
			lines = append(lines, &ev.Lines[i].Line)
		}
	}
	err := l.still(waits, func() error { return l.settle(within, order, lines, ev.Note) })
	l.deliveries[at.Slot].told(order, at.Seq, err)
}

// settle brings the legs of the home's lines to where these are.
func (l *legs) settle(ctx context.Context, order stock.OrderKey, lines []*stock.Line, note stock.Note) error {
	parts := map[*slot.Slot][]slot.Request{}
	for _, c := range lines {
		s, b, err := l.slotOfItem(ctx, c.Item)
		if err != nil {
			return err
		}
		all := settles(order, c, note)
		for i := range all {
			all[i].About = []stock.Bucket{b}
		}
		parts[s] = append(parts[s], all...)
	}
	var all errgroup.Group
	for s, requests := range parts {
		all.Go(func() error {
			for _, res := range s.Submit(s.Apart(ctx), requests) {
				var refusal *stock.Refusal
				// A leg that was dropped, long after it ended, is not there.
				if res.Err != nil && (!errors.As(res.Err, &refusal) || refusal.Code != stock.NotFound) {
					return res.Err
				}
			}
			return nil
		})
	}
	return all.Wait()
}

// carryOrder carries all that the slot has decided of the order.
func (l *legs) carryOrder(ctx context.Context, s *slot.Slot, k stock.OrderKey) error {
	part, _, err := s.Order(ctx, k)
	if err != nil {
		return err
	}
	if part.Comes() {
		return slot.ErrMoving
	}
	var lines []*stock.Line
	for _, h := range part.Holds {
		for i := range h.Lines {
			if h.Lines[i].Copied() {
				lines = append(lines, &h.Lines[i])
			}
		}
	}
	return l.settle(ctx, k, lines, stock.Note{})
}
