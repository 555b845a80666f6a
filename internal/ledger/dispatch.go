package ledger

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// dispatch is Submit over several slots. Requests that one slot decides are sent
// there together; a request that several slots decide is sent by itself. All run at
// once, except those that touch the same item or order as an earlier one. Requests
// that touch the same as one before them without an outcome are held back. numbers
// are those of the requests in their call (nil: these are all of it), and open is what
// has no outcome of the call.
func (l *Ledger) dispatch(ctx context.Context, requests []slot.Request, numbers []int, open *unanswered) []slot.Result {
	results := make([]slot.Result, len(requests))
	if len(requests) == 1 && len(*open) == 0 {
		results[0] = l.submitOne(ctx, &requests[0])
		return results
	}
	w := &wave{l: l, requests: requests, results: results, about: make([]stock.Reach, len(requests)), numbers: numbers, open: open}
	w.prefetch(ctx)
	for n := range requests {
		w.add(ctx, n)
	}
	w.run(ctx)
	return results
}

// submitOne carries out one request by itself.
func (l *Ledger) submitOne(ctx context.Context, r *slot.Request) slot.Result {
	slots, err := l.slotsOf(ctx, r)
	if err != nil {
		return slot.Result{Err: err}
	}
	return l.submitToSlots(ctx, r, slots)
}

// submitToSlots carries out one request that the given slots decide; without slots, those
// that have its order decide it.
func (l *Ledger) submitToSlots(ctx context.Context, r *slot.Request, slots []*slot.Slot) slot.Result {
	switch c := r.Command.(type) {
	case stock.Relocate:
		return l.relocate(ctx, r, &c)
	case stock.Change:
		return l.change(ctx, r, &c)
	}
	switch {
	case len(slots) == 1:
		l.settleDueLegs(ctx, slots[0], r.Command)
		return l.finish(ctx, r, slots[0], slots[0].Submit(ctx, []slot.Request{*r})[0])
	case len(slots) == 0:
		return l.carryOutForOrder(ctx, r)
	}
	if _, ok := r.Command.(stock.Place); ok {
		return l.placeOver(ctx, *r)
	}
	return slot.Result{Err: splitRefusal("the locations lie in different slots: change each by a call of its own")}
}

func splitRefusal(detail string) *stock.Refusal {
	return &stock.Refusal{Code: stock.Invalid, Field: "location_id", Detail: detail}
}

// decidedAlone reports whether the command itself looks for the slot that decides
// it.
func decidedAlone(cmd stock.Command) bool {
	switch cmd.(type) {
	case stock.Relocate, stock.Change:
		return true
	}
	return false
}

// maxAgain bounds how often a request is sent again because its subject was
// decided, or given back, somewhere else.
const maxAgain = 4

// finish does the work that a request which slot s has answered causes in other
// slots, and asks again when that changes the answer.
func (l *Ledger) finish(ctx context.Context, r *slot.Request, s *slot.Slot, res slot.Result) slot.Result {
	if p, ok := r.Command.(stock.Place); ok && (errors.Is(res.Err, slot.ErrApart) || closed(r, &res) || l.begunOver(ctx, s, &p, r.Key, res.Err)) {
		return l.placeOver(ctx, *r)
	}
	if keyAway(res.Err) {
		return l.lookedFor(ctx, r)
	}
	res = l.retryPastLegs(ctx, s, r, l.repeatKnown(ctx, r, s, res))
	for range maxAgain {
		var elsewhere *stock.Elsewhere
		again := false
		switch {
		case errors.As(res.Err, &elsewhere):
			if s, res = l.sendHome(ctx, r, elsewhere); keyAway(res.Err) {
				return l.lookedFor(ctx, r)
			}
			continue
		case res.Event == nil || res.Err != nil:
			again = l.freed(ctx, s, r, res.Err)
		case res.Event.Op == stock.OpPlace:
			again = l.stale(ctx, s, r, res.Event)
		case !res.Replayed: // for replayed ones see toldAgain
			l.tell(ctx, res.Event, res.Position)
		}
		if !again {
			break
		}
		res = l.retryPastLegs(ctx, s, r, s.Submit(ctx, []slot.Request{*r})[0])
		if keyAway(res.Err) { // since it was sent before
			return l.lookedFor(ctx, r)
		}
	}
	return res
}

// keyAway reports whether the answer to a request with a key has to be looked up.
func keyAway(err error) bool { return errors.Is(err, slot.ErrKeyAway) }

// lookedFor looks for the outcome of a request that may be stored in another slot,
// and carries the request out if there is none.
func (l *Ledger) lookedFor(ctx context.Context, r *slot.Request) slot.Result {
	if _, ok := stock.ScopeOf(r.Command); ok {
		return l.retryRespread(ctx, r)
	}
	return l.recalled(ctx, r)
}

// sendHome sends a request about a leg to the home that decides for it.
func (l *Ledger) sendHome(ctx context.Context, r *slot.Request, e *stock.Elsewhere) (*slot.Slot, slot.Result) {
	s, err := l.slotOf(e.Homes[0])
	if err != nil {
		return nil, slot.Result{Err: err}
	}
	order := r.Command.Reach().Order
	holds, _, err := s.Holds(ctx, order, e.Homes[0])
	if err == nil {
		err = l.reportArrivals(ctx, order, dropLegs(holds))
	}
	if err != nil {
		return s, slot.Result{Err: err}
	}
	r.About = e.Homes[:1]
	res := s.Submit(ctx, []slot.Request{*r})[0]
	if errors.As(res.Err, &e) || errors.Is(res.Err, slot.ErrMoving) && l.unknownAt(ctx, s, r, e.Homes[0]) {
		// A leg whose home does not know it was never held for any call.
		res.Err = stock.UnknownOrder(order)
	}
	return s, res
}

// unknownAt reports whether the home bucket is in the slot and has no line of the
// item that the request names. A home whose location was spread cannot distinguish
// such a line from one that has moved to another slot with its item, and answers
// ErrMoving.
func (l *Ledger) unknownAt(ctx context.Context, s *slot.Slot, r *slot.Request, home stock.Bucket) bool {
	item, named := stock.NamedItem(r.Command)
	if !named {
		return false
	}
	holds, _, err := s.Holds(ctx, r.Command.Reach().Order, home)
	_, line := stock.LineOf(holds, item)
	return err == nil && line == nil
}

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
	known, err := w.l.linesOf(ctx, reach.Order)
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
		items, open.silent = w.l.inReach(ctx, reach.Order, w.open.silent())
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

// keepDeciders drops the slot when another one decides for the order's line of the
// item, or has its units.
func (l *Ledger) keepDeciders(ctx context.Context, slots []*slot.Slot, cmd stock.Command, reach stock.Reach) ([]*slot.Slot, error) {
	holds, _, err := slots[0].Holds(ctx, reach.Order)
	for _, h := range holds {
		for _, k := range reach.Items {
			if line := h.Find(k); line != nil && line.Leg != nil {
				return nil, err
			}
		}
	}
	return slots, err
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
		w.l.prefetch(ctx, orders)
	}
}

// lane carries out requests that one slot decides, as one call.
func (w *wave) lane(ctx context.Context, s *slot.Slot, numbers []int) {
	requests := make([]slot.Request, len(numbers))
	for i, n := range numbers {
		requests[i] = w.requests[n]
		w.l.settleDueLegs(ctx, s, requests[i].Command)
	}
	for i, res := range s.Submit(ctx, requests) {
		w.results[numbers[i]] = w.l.finish(ctx, &requests[i], s, res)
	}
}
