package ledger

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// wave is a set of requests that are sent to the slots at the same time.
type wave struct {
	l        *Ledger
	requests []slot.Request
	results  []slot.Result

	lanes  map[*slot.Slot][]int // numbers of requests, in order
	single []int                // requests that belong to no lane
	late   slot.Postponed
	blind  bool          // the subject of one of them is not known
	about  []stock.Reach // of each request so far
	// numbers are those of the requests in their call, of which open has no outcome.
	numbers []int
	open    *unanswered
	orders  map[stock.OrderKey]*slot.Slot
	items   map[stock.ItemKey]*slot.Slot
}

// add puts request n into the wave. When it touches what a request on another way
// touches, the wave is run first.
func (w *wave) add(ctx context.Context, n int) {
	r := &w.requests[n]
	slots, err := w.l.slotsOf(ctx, r)
	reach := r.Command.Reach()
	if reach.For != (stock.OrderKey{}) {
		reach.Order = reach.For // a receipt touches the order that it is for
	}
	switch {
	case err != nil:
	case needsLines(r.Command, slots):
		slots, err = w.lookUp(ctx, n, &reach)
		if errors.Is(err, ErrHeldBack) {
			return
		}
	case len(slots) == 1 && reach.Order != (stock.OrderKey{}) && reach.For == (stock.OrderKey{}) && !reach.New:
		if _, ok := w.orders[reach.Order]; ok {
			w.run(ctx)
		}
		slots, err = w.l.keepDeciders(ctx, slots, r.Command, reach)
	}
	if w.holdBack(n, &reach, slots, decidedAlone(r.Command)) {
		return
	}
	if err != nil {
		w.fail(ctx, n, &reach, err)
		return
	}
	if decidedAlone(r.Command) {
		slots = nil
	}
	var lane *slot.Slot // nil: by itself
	if len(slots) == 1 {
		lane = slots[0]
	}
	if w.conflictsWith(reach, lane) {
		if w.run(ctx); w.holdBack(n, &reach, slots, decidedAlone(r.Command)) {
			return
		}
	}
	if w.blind || w.late.Meet(&reach) {
		w.postpone(n, reach)
		return
	}
	w.about[n] = reach
	if w.lanes == nil {
		w.lanes, w.orders, w.items = map[*slot.Slot][]int{}, map[stock.OrderKey]*slot.Slot{}, map[stock.ItemKey]*slot.Slot{}
	}
	if reach.Order != (stock.OrderKey{}) {
		w.orders[reach.Order] = lane
	}
	for _, k := range reach.Items {
		w.items[k] = lane
	}
	if lane == nil {
		w.single = append(w.single, n)
		return
	}
	w.lanes[lane] = append(w.lanes[lane], n)
}

// number is that of request n in its call.
func (w *wave) number(n int) int {
	if w.numbers == nil {
		return n
	}
	return w.numbers[n]
}

// needsLines reports whether the order of a command has to be looked up before its
// subject is known.
func needsLines(cmd stock.Command, slots []*slot.Slot) bool {
	if c, ok := cmd.(stock.Change); ok {
		return c.Replace // the order's other lines are given back
	}
	return len(slots) == 0 && !decidedAlone(cmd)
}

// lookUp looks up the lines of the order that request n is about, and returns the
// slots that decide for them. It returns ErrHeldBack when the request is answered so.
func (w *wave) lookUp(ctx context.Context, n int, reach *stock.Reach) ([]*slot.Slot, error) {
	r := &w.requests[n]
	if _, ok := w.orders[reach.Order]; ok {
		w.run(ctx) // its subject is not known before
	}
	if err := w.open.meet(w.number(n), reach, nil, true); err != nil {
		w.leave(ctx, n, reach, err)
		return nil, err
	}
	known, err := w.l.seeker.linesOf(ctx, reach.Order)
	reach.Items = append(reach.Items, known.items...)
	if decidedAlone(r.Command) {
		return nil, err
	}
	r.About = known.buckets
	if known.legs || r.Key != "" && known.scattered {
		return nil, err // legs may be in this slot too, and so may decisions of several slots
	}
	return known.slots, err
}

// holdBack answers request n with ErrHeldBack when a request before it, about the
// same, has no outcome.
func (w *wave) holdBack(n int, reach *stock.Reach, slots []*slot.Slot, looksUp bool) bool {
	err := w.open.meet(w.number(n), reach, slots, looksUp)
	if err == nil {
		return false
	}
	w.results[n].Err = err
	*w.open = append(*w.open, openRequest{n: w.number(n), err: err, reach: *reach})
	return true
}

// leave leaves request n without an outcome, and without knowing its subject.
func (w *wave) leave(ctx context.Context, n int, reach *stock.Reach, err error) {
	w.results[n].Err = err
	open := openRequest{n: w.number(n), err: err, reach: *reach}
	if reach.Order != (stock.OrderKey{}) {
		var items []stock.ItemKey
		items, open.silent = w.l.seeker.inReach(ctx, reach.Order, w.open.silent())
		open.reach.Items = append(open.reach.Items, items...)
	}
	*w.open = append(*w.open, open)
}

// fail answers request n, whose subject could not be looked up.
func (w *wave) fail(ctx context.Context, n int, reach *stock.Reach, err error) {
	switch {
	case errors.Is(err, slot.ErrMoving):
		w.blind = w.blind || reach.Order != (stock.OrderKey{})
		w.postpone(n, *reach)
	case HasOutcome(err):
		w.results[n].Err = err
	default:
		w.leave(ctx, n, reach, err)
	}
}

// conflictsWith reports whether a request of the wave touches the same on another way.
func (w *wave) conflictsWith(reach stock.Reach, lane *slot.Slot) bool {
	if reach.Order != (stock.OrderKey{}) {
		if other, ok := w.orders[reach.Order]; ok && (other != lane || lane == nil) {
			return true
		}
	}
	for _, k := range reach.Items {
		if other, ok := w.items[k]; ok && (other != lane || lane == nil) {
			return true
		}
	}
	return false
}

// run carries out what is in the wave and empties it.
func (w *wave) run(ctx context.Context) {
	var all sync.WaitGroup
	for s, numbers := range w.lanes {
		all.Go(func() { w.lane(s.Apart(ctx), s, numbers) })
	}
	for _, n := range w.single {
		all.Go(func() { w.results[n] = w.l.submitOne(w.l.o.Apart(ctx, "request", n), &w.requests[n]) })
	}
	all.Wait()
	w.postponed(w.single)
	for _, numbers := range w.lanes {
		w.postponed(numbers)
	}
	clear(w.lanes)
	clear(w.orders)
	clear(w.items)
	w.single = w.single[:0]
}

// postponed remembers those of the requests that are to be sent again, and those
// that have no outcome.
func (w *wave) postponed(numbers []int) {
	for _, n := range numbers {
		switch err := w.results[n].Err; {
		case errors.Is(err, slot.ErrMoving):
			w.late = append(w.late, w.about[n])
		case !HasOutcome(err):
			*w.open = append(*w.open, openRequest{n: w.number(n), err: err, reach: w.about[n]})
		}
	}
}

// postpone leaves a request to be sent again.
func (w *wave) postpone(n int, reach stock.Reach) {
	w.results[n].Err = slot.ErrMoving
	w.late = append(w.late, reach)
}

// prefetch looks up the orders that have to be found, all at once.
func (w *wave) prefetch(ctx context.Context) {
	var orders []stock.OrderKey
	for n := range w.requests {
		reach := w.requests[n].Command.Reach()
		if !reach.New && len(reach.Items) == 0 && reach.Order != (stock.OrderKey{}) {
			orders = append(orders, reach.Order)
		}
	}
	if len(orders) > 1 {
		w.l.seeker.prefetch(ctx, orders)
	}
}

// lane carries out requests that one slot decides, as one call.
func (w *wave) lane(ctx context.Context, s *slot.Slot, numbers []int) {
	requests := make([]slot.Request, len(numbers))
	for i, n := range numbers {
		requests[i] = w.requests[n]
		w.l.legs.settleDueLegs(ctx, s, requests[i].Command)
	}
	for i, res := range s.Submit(ctx, requests) {
		w.results[numbers[i]] = w.l.finish(ctx, &requests[i], s, res)
	}
}
