package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// The node that has a decision made at a home carries it to the legs before it
// answers. When it could not, a projection of the home's log carries it (Delivery).
// So a leg receives a decision at least once, and settling twice changes nothing.

const (
	// carryLate is how long a decision is left to the node that had it made. Then
	// the slot's home carries it, and at the latest carryLast later any other node:
	// only the node that had it made knows that its legs have it.
	carryLate = 2 * time.Second
	carryLast = 10 * time.Second
	// carryFor bounds how long the answer to a decision waits for the legs.
	carryFor = 2 * time.Second
	// carryOrders is how many orders are read, and their legs settled, together.
	carryOrders = 64
)

// tell carries to the legs what an event at a home decided. When their buckets are
// on their way, it does so as soon as they have arrived. What does not succeed is
// left to the projection, which tries at once and again.
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
	decided := []homeDecision{{order, lines, ev.Note}}
	err := l.retryWhileMoving(waits, func() error { return l.settle(within, decided)[0] })
	l.deliveries[at.Slot].tell(order, at.Seq, err)
}

// resendOutcomes carries stored outcomes to legs that are behind. For all of them
// together it takes no longer than one answer waits: their first callers may still
// be waiting, and an answer must not be ahead of the books. The projection carries
// the rest.
func (l *legs) resendOutcomes(ctx context.Context, results []slot.Result) {
	within, cancel := context.WithTimeout(ctx, carryFor)
	defer cancel()
	seen := map[stock.OrderKey]bool{}
	for i := range results {
		res := &results[i]
		if !res.Replayed || res.Err != nil || res.Event == nil ||
			!slices.ContainsFunc(res.Event.Lines, func(c stock.LineChange) bool { return isDecision(res.Event, &c) }) {
			continue
		}
		order := stock.OrderKey{Tenant: res.Event.Tenant, Order: res.Event.Order}
		if seen[order] {
			continue
		}
		seen[order] = true
		if l.retryWhileMoving(within, func() error { return l.carryBehind(within, order) }) != nil && within.Err() != nil {
			return
		}
	}
}

// carryBehind brings those legs of the order that are behind their homes to the
// state of their homes.
func (l *legs) carryBehind(ctx context.Context, order stock.OrderKey) error {
	parts, _, err := l.orderShares(ctx, order)
	if err != nil {
		return err
	}
	behind := homeDecision{order: order}
	for _, part := range parts {
		for _, c := range copies(part.Holds) {
			s, b, err := l.slotOfItem(ctx, c.Item)
			if err != nil {
				return err
			}
			leg, err := legOf(ctx, s, b, order, c)
			if err != nil {
				return err
			}
			if leg != nil && (leg.Confirmed != c.Confirmed || leg.Released != c.Released || leg.Withdrawn != c.Withdrawn || leg.End != c.End) {
				behind.lines = append(behind.lines, c)
			}
		}
	}
	return l.settle(ctx, []homeDecision{behind})[0]
}

// homeDecision is a decision of a home about lines of an order.
type homeDecision struct {
	order stock.OrderKey
	lines []*stock.Line
	note  stock.Note
}

// settle brings the legs of the homes' lines to the state of these lines, and
// returns for each verdict why it could not.
func (l *legs) settle(ctx context.Context, verdicts []homeDecision) []error {
	errs := make([]error, len(verdicts))
	parts := map[*slot.Slot][]slot.Request{}
	whose := map[*slot.Slot][]int{} // of each request the verdict
	for n, v := range verdicts {
		for _, c := range v.lines {
			s, b, err := l.slotOfItem(ctx, c.Item)
			if err != nil {
				errs[n] = err
				continue
			}
			for _, r := range settles(v.order, c, v.note) {
				r.About = []stock.Bucket{b}
				parts[s], whose[s] = append(parts[s], r), append(whose[s], n)
			}
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for s, requests := range parts {
		all.Go(func() {
			results := s.Submit(s.Apart(ctx), requests)
			mu.Lock()
			defer mu.Unlock()
			for i, res := range results {
				var refusal *stock.Refusal
				// A leg that was dropped, long after it ended, is missing.
				if !errors.As(res.Err, &refusal) || refusal.Code != stock.NotFound {
					errs[whose[s][i]] = cmp.Or(errs[whose[s][i]], res.Err)
				}
			}
		})
	}
	all.Wait()
	return errs
}

// carryOrders carries all that the slot has decided of the orders, and returns for
// each why it could not.
func (l *legs) carryOrders(ctx context.Context, s *slot.Slot, orders []stock.OrderKey) ([]error, error) {
	parts, _, err := s.Orders(ctx, orders)
	if err != nil {
		return nil, err
	}
	verdicts := make([]homeDecision, len(orders))
	for n, part := range parts {
		verdicts[n].order = orders[n]
		if part.Comes() {
			continue
		}
		verdicts[n].lines = copies(part.Holds)
	}
	errs := l.settle(ctx, verdicts)
	for n := range parts {
		if errs[n] == nil && !parts[n].Comes() {
			errs[n] = l.reportArrivals(ctx, orders[n], parts[n].Holds)
		}
		if parts[n].Comes() {
			errs[n] = slot.ErrMoving
		}
	}
	return errs, nil
}

// carryOrder is carryOrders of one, each line by itself: a leg that cannot be
// reached, because its bucket is on its way, does not delay the others.
func (l *legs) carryOrder(ctx context.Context, s *slot.Slot, k stock.OrderKey) error {
	parts, _, err := s.Orders(ctx, []stock.OrderKey{k})
	switch {
	case err != nil:
		return err
	case parts[0].Comes():
		return slot.ErrMoving
	}
	var late error
	for _, c := range copies(parts[0].Holds) {
		late = cmp.Or(late, l.settle(ctx, []homeDecision{{order: k, lines: []*stock.Line{c}}})[0])
	}
	return cmp.Or(late, l.reportArrivals(ctx, k, parts[0].Holds))
}

// copies are the lines of homes whose units are in other slots.
func copies(holds []*stock.Hold) (lines []*stock.Line) {
	for _, h := range holds {
		for i := range h.Lines {
			if h.Lines[i].Copied() {
				lines = append(lines, &h.Lines[i])
			}
		}
	}
	return lines
}
