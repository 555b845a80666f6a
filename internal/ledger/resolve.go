package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// leftBehind is how long a leg past its deadline waits for a home that does
	// not know it (DESIGN §1.3).
	leftBehind = stock.Time(60_000)
	// underWay is how long a call that is in the way gets to be decided before it
	// is closed. It is looked at every underWayEvery.
	underWay      = 100 * time.Millisecond
	underWayEvery = 5 * time.Millisecond
)

// legs brings the legs of orders to what their homes have decided.
type legs struct {
	*routes
	late       lateLegs
	underWay   callsUnderWay
	deliveries []*Delivery // by slot
	// asking is held while the homes of legs in a slot are asked.
	asking []sync.Mutex
}

// copyOf returns the home's line of a leg, nil when the home does not know it,
// and the home's time.
func (l *legs) copyOf(ctx context.Context, home *slot.Slot, at stock.Bucket, order stock.OrderKey, leg *stock.Line) (*stock.Line, stock.Time, error) {
	holds, now, err := home.Holds(ctx, order, at)
	if err != nil {
		return nil, now, err
	}
	for _, h := range holds {
		if c := h.Find(leg.Item); c != nil && c.Copied() && c.Leg.Key == leg.Leg.Key {
			return c, now, nil
		}
	}
	return nil, now, nil
}

// decided returns the home's line of a leg of an earlier call that is in the way of
// the request. It reports again when that call failed and has been undone.
func (l *legs) decided(ctx context.Context, s *slot.Slot, order stock.OrderKey, leg *stock.Line) (line stock.Line, again bool, err error) {
	call, err := l.callOf(ctx, s, order, leg)
	if err != nil {
		return line, false, err
	}
	if call == nil {
		return line, true, nil
	}
	home, err := l.slotOf(call.HomeBucket)
	if err != nil {
		return line, false, err
	}
	for begun := time.Now(); ; {
		c, now, err := l.copyOf(ctx, home, call.HomeBucket, order, leg)
		switch {
		case err != nil:
			return line, false, err
		case c != nil:
			if leg := leg.KnownBy(c); c.Lags(leg) {
				if err := l.fill(ctx, home, call.HomeBucket, order, leg); err != nil {
					return line, false, err
				}
				own := *c
				own.Drawn, c = leg.Drawn, &own
			}
			return c.At(now), false, nil
		case leg.End != stock.Open:
			return *leg, false, nil // its home has forgotten the order since
		case time.Since(begun) < underWay:
			if err := l.o.Sleep(ctx, underWayEvery); err != nil {
				return line, false, err
			}
			continue
		}
		_, err = l.resolve(ctx, s, order, true)
		return line, true, err
	}
}

// callOf returns the reserve call that the leg belongs to, nil when it is gone.
func (l *legs) callOf(ctx context.Context, s *slot.Slot, order stock.OrderKey, leg *stock.Line) (*stock.Call, error) {
	b, err := l.atlas.Bucket(ctx, leg.Item)
	if err != nil {
		return nil, err
	}
	holds, _, err := s.Holds(ctx, order, b)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if c := h.Find(leg.Item); c != nil && c.Follows() {
			return &h.Calls[c.Call], nil
		}
	}
	return nil, nil
}

// resolve brings the order's legs in the slot to what their homes have decided, and
// reports whether that changed anything. A leg that its home does not know is given
// back once it counts as abandoned, or at once; its call is closed at the home
// first.
func (l *legs) resolve(ctx context.Context, s *slot.Slot, order stock.OrderKey, atOnce bool) (changed bool, err error) {
	holds, now, err := s.Holds(ctx, order)
	if err != nil {
		return false, err
	}
	var settles []slot.Request
	for _, h := range holds {
		for i := range h.Lines {
			leg := &h.Lines[i]
			if leg.End != stock.Open || !leg.Follows() {
				continue
			}
			closes := atOnce || leg.Deadline != 0 && leg.Deadline+leftBehind <= now
			more, err := l.settleAtHome(ctx, order, h.Calls[leg.Call].HomeBucket, leg, closes)
			if err != nil {
				return false, err
			}
			for i := range more {
				more[i].About = []stock.Bucket{h.Key.Bucket}
			}
			settles = append(settles, more...)
		}
	}
	if len(settles) == 0 {
		return false, nil
	}
	for _, res := range s.Submit(ctx, settles) {
		var refusal *stock.Refusal
		switch {
		case errors.As(res.Err, &refusal) && refusal.Code == stock.NotFound:
			changed = true // it was given back meanwhile, and another call may be there
		case res.Err != nil:
			err = res.Err
		default:
			changed = changed || res.Event.Changed()
		}
	}
	return changed, err
}

// settleAtHome asks the home of a leg and returns the requests that the leg has to
// follow. A call that the home does not know is closed, or left alone.
func (l *legs) settleAtHome(
	ctx context.Context, order stock.OrderKey, bucket stock.Bucket, leg *stock.Line, closes bool,
) ([]slot.Request, error) {
	home, err := l.slotOf(bucket)
	if err != nil {
		return nil, err
	}
	for range maxAgain {
		c, now, err := l.copyOf(ctx, home, bucket, order, leg)
		switch {
		case err != nil:
			return nil, err
		case c != nil && c.Due(now):
			if err := home.Submit(ctx, []slot.Request{{Command: stock.Expire{Order: order}, About: []stock.Bucket{bucket}}})[0].Err; err != nil {
				return nil, err
			}
			continue
		case c != nil:
			undone, again, err := l.undecidedTop(ctx, home, bucket, order, leg, c, closes)
			if again && err == nil {
				continue
			}
			return append(undone, settles(order, c, stock.Note{})...), err
		case !closes:
			return nil, nil
		}
		undo := []slot.Request{{Command: stock.Settle{Order: order, Item: leg.Item, Call: leg.Leg.Key, What: stock.OpRelease, Undo: true}}}
		res := home.Submit(ctx, []slot.Request{{Command: stock.Close{Order: order}, Under: &slot.KeyRow{Key: leg.Leg.Key, Print: leg.Leg.Print, Bucket: bucket}}})[0]
		var refusal *stock.Refusal
		switch {
		case errors.As(res.Err, &refusal):
			return undo, nil
		case res.Err != nil:
			return nil, res.Err
		case !grants(res.Event, new(leg.Own())):
			return undo, nil // it was held when the call had been decided without it
		}
	}
	return nil, slot.ErrBusy
}

// grants reports whether the decision of a call has the leg, or its units on top.
func grants(decision *stock.Event, leg *stock.Line) bool {
	return slices.ContainsFunc(decision.Lines, func(c stock.LineChange) bool {
		return c.Line.Item == leg.Item && c.Line.Copied() && c.Line.Leg.Key == leg.Leg.Key &&
			(leg.Leg.More == nil || c.Line.Leg.Joined == leg.Leg.More.Key)
	})
}

// settles returns the commands that bring a leg to the state of its home's line.
func settles(order stock.OrderKey, c *stock.Line, note stock.Note) []slot.Request {
	to := stock.Settle{Order: order, Item: c.Item, Call: c.Leg.Key, Confirmed: c.Confirmed, Released: c.Released, Withdrawn: c.Withdrawn, Deadline: c.Deadline, Joined: c.Leg.Joined, Note: note}
	if to.ByLot = c.MayBeOfLots(); to.ByLot {
		to.Drawn, to.Left = c.Drawn, c.Left
	}
	var all []slot.Request
	add := func(what stock.Op) {
		to.What = what
		all = append(all, slot.Request{Command: to})
	}
	if c.Withdrawn > 0 {
		add(stock.OpWithdraw)
	}
	if c.Confirmed > 0 {
		add(stock.OpConfirm)
	}
	switch {
	case c.End == stock.EndExpired:
		add(stock.OpExpire)
	case c.Released > 0:
		add(stock.OpRelease)
	}
	switch {
	case c.End != stock.Open:
	case c.Deadline == 0:
		add(stock.OpCommit)
	default:
		add(stock.OpExtend)
	}
	return all
}
