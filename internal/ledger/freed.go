package ledger

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// freeing carries out a request in the slot and, when it comes short of units
// that legs past their deadline hold, asks their homes and tries again.
func (l *legs) freeing(ctx context.Context, s *slot.Slot, r *slot.Request) slot.Result {
	l.settleDueLegs(ctx, s, r.Command)
	res := l.retryPastLegs(ctx, s, r, s.Submit(ctx, []slot.Request{*r})[0])
	for range maxAgain {
		if !l.freed(ctx, s, r, res.Err) {
			break
		}
		res = l.retryPastLegs(ctx, s, r, s.Submit(ctx, []slot.Request{*r})[0])
	}
	return res
}

// retryPastLegs carries a place out again when legs of other calls for its order
// were in the way, as soon as their homes have decided.
func (l *legs) retryPastLegs(ctx context.Context, s *slot.Slot, r *slot.Request, res slot.Result) slot.Result {
	var elsewhere *stock.Elsewhere
	p, ok := r.Command.(stock.Place)
	for n := 0; ok && errors.As(res.Err, &elsewhere); n++ {
		if n == maxAgain {
			return slot.Result{Err: slot.ErrBusy}
		}
		if err := l.decideLegs(ctx, s, r, &p); err != nil {
			return slot.Result{Err: err}
		}
		res = s.Submit(ctx, []slot.Request{{Command: p, Key: r.Key, Looked: r.Looked}})[0]
	}
	return res
}

// errOwnLeg says that the home has a leg of the same call that was not among its
// legs: an attempt that expected its bucket in another slot has held it since the
// legs were looked at.
var errOwnLeg = errors.New("a leg of the call is in the slot of its home")

// decideLegs brings the open legs of the place's items to what their homes have
// decided, and notes in the place those that were granted.
func (l *legs) decideLegs(ctx context.Context, s *slot.Slot, r *slot.Request, p *stock.Place) error {
	holds, _, err := s.Holds(ctx, p.Order)
	if err != nil {
		return err
	}
	for _, h := range holds {
		for i := range p.Lines {
			leg := h.Find(p.Lines[i].Item)
			if leg == nil || !leg.Follows() || leg.End != stock.Open || slices.Contains(p.Decided, leg.Leg.Key) {
				continue
			}
			if p.Home != nil && isOfCall(leg, p.Home) {
				if len(p.Away) > 0 && p.HereItem(leg.Item) {
					return errOwnLeg
				}
				continue
			}
			_, undone, err := l.decided(ctx, s, p.Order, leg)
			if err != nil {
				return err
			}
			if !undone {
				p.Decided = append(p.Decided, leg.Leg.Key)
			}
		}
	}
	_, err = l.resolve(ctx, s, p.Order, false)
	return err
}

// freed handles a command that was refused for lack of units. Legs of its items, or
// of its order, may be past their deadline: it settles them as their homes decided,
// and reports whether that changed anything.
func (l *legs) freed(ctx context.Context, s *slot.Slot, r *slot.Request, err error) bool {
	var refusal *stock.Refusal
	if stock.Demands(r.Command) == nil || !errors.As(err, &refusal) {
		return false
	}
	if refusal.Code != stock.Insufficient {
		// A leg of an earlier call may have been in the way.
		changed, err := l.resolve(ctx, s, r.Command.Reach().Order, false)
		return err == nil && changed
	}
	freed := false
	for _, k := range s.DueLegsOf(r.Command, refusal.Shortages) {
		changed, err := l.resolve(ctx, s, k, false)
		freed = freed || err == nil && changed
	}
	return freed
}

// stale handles lines that a place has shown without changing them: the state of a
// leg of an earlier call is correct only if its home agrees. It reports whether
// asking the home changed the leg.
func (l *legs) stale(ctx context.Context, s *slot.Slot, r *slot.Request, ev *stock.Event) bool {
	shown := slices.IndexFunc(ev.Lines, func(c stock.LineChange) bool { return !c.Changed && c.Line.Follows() })
	if shown < 0 {
		return false
	}
	order := stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}
	_, again, err := l.decided(ctx, s, order, &ev.Lines[shown].Line)
	if err != nil || again {
		return err == nil
	}
	changed, err := l.resolve(ctx, s, order, false)
	return err == nil && changed
}

// settleDueLegs brings the legs of an item that are past their deadline to what their
// homes decided, when the command needs its units or shows its figures.
func (l *legs) settleDueLegs(ctx context.Context, s *slot.Slot, cmd stock.Command) {
	for _, k := range s.DueLegs(cmd) {
		if _, err := l.resolve(ctx, s, k, false); err != nil {
			return // the figures are then those before its decision
		}
	}
}
