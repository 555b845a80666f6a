package ledger

import (
	"context"
	"errors"

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
	case stock.Return:
		if c.Order != "" && len(slots) == 1 {
			return l.takeBack(ctx, r, &c, slots[0])
		}
	}
	switch {
	case len(slots) == 1:
		l.legs.settleDueLegs(ctx, slots[0], r.Command)
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
	switch c := cmd.(type) {
	case stock.Relocate, stock.Change:
		return true
	case stock.Return:
		return c.Order != ""
	}
	return false
}

// takeBack carries out a return of an order's units, in the slot of their item.
func (l *Ledger) takeBack(ctx context.Context, r *slot.Request, c *stock.Return, s *slot.Slot) slot.Result {
	submit := func(cmd stock.Return) slot.Result {
		own := *r
		own.Command = cmd
		return l.finish(ctx, &own, s, s.Submit(ctx, []slot.Request{own})[0])
	}
	x := &counting{l: l, r: r, c: *c, mine: map[*slot.Slot]stock.Qty{}}
	o, err := l.seeker.seeOrder(ctx, c.Reach().For)
	if err != nil {
		return slot.Result{Err: err}
	}
	for _, d := range o.deciders {
		if d.slot != s && len(x.bucketsOf(d)) > 0 {
			x.away = append(x.away, d)
		}
	}
	if len(x.away) == 0 {
		return submit(*c)
	}
	if res, ok := x.booked(ctx, s); ok {
		return res
	}
	_, here := stock.Returnable(o.parts[s.Number()].Holds, c.Item)
	may, err := x.see(ctx)
	if err != nil {
		return slot.Result{Err: err}
	}
	whole := x.c
	whole.Against = stock.AsFact // to see if another rule refuses it
	if _, _, _, err := l.Try(ctx, whole); err != nil || c.Against == stock.Checked && here+may+x.c.Away.Counted < c.Qty {
		return submit(x.c)
	}
	for _, d := range x.away {
		if rest := c.Qty - here - x.c.Away.Counted; rest > 0 {
			if err := x.count(ctx, d, rest); err != nil {
				return slot.Result{Err: err}
			}
		}
	}
	res := submit(x.c)
	var refusal *stock.Refusal
	if errors.As(res.Err, &refusal) && !res.Replayed {
		x.undo(ctx)
	}
	return res
}

// maxAgain bounds how often a request is sent again because its subject was
// decided, or given back, somewhere else.
const maxAgain = 4

// finish does the work that a request which slot s has answered causes in other
// slots, and asks again when that changes the answer.
func (l *Ledger) finish(ctx context.Context, r *slot.Request, s *slot.Slot, res slot.Result) slot.Result {
	if p, ok := r.Command.(stock.Place); ok && (errors.Is(res.Err, slot.ErrApart) || closed(r, &res) || l.coordinator.begunOver(ctx, s, &p, r.Key, res.Err)) {
		return l.placeOver(ctx, *r)
	}
	if keyAway(res.Err) {
		return l.lookedFor(ctx, r)
	}
	res = l.legs.retryPastLegs(ctx, s, r, l.seeker.repeatKnown(ctx, r, s, res))
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
			again = l.legs.freed(ctx, s, r, res.Err)
		case res.Event.Op == stock.OpPlace:
			again = l.legs.stale(ctx, s, r, res.Event)
		case !res.Replayed: // for replayed ones see toldAgain
			l.legs.tell(ctx, res.Event, res.Position)
		}
		if !again {
			break
		}
		res = l.legs.retryPastLegs(ctx, s, r, s.Submit(ctx, []slot.Request{*r})[0])
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
		err = l.legs.reportArrivals(ctx, order, dropLegs(holds))
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
