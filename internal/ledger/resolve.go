package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// leftBehind is how long a leg past its deadline waits for a home that does
	// not know it (DESIGN §1.3).
	leftBehind = stock.Time(60_000)
	// underWay is how long a call that is in the way is given to be decided
	// before it is closed, looked at every underWayEvery.
	underWay      = 100 * time.Millisecond
	underWayEvery = 5 * time.Millisecond
)

// order returns the order's holds in the slot, as a strong read does; ErrMoving
// when one of the buckets that are meant does not live there.
func (s *slot) order(ctx context.Context, k stock.OrderKey, meant ...stock.Bucket) ([]*stock.Hold, stock.Time, error) {
	part, now, err := s.orderPart(ctx, k)
	if err == nil && slices.ContainsFunc(meant, part.stages.hides) {
		err = ErrMoving
	}
	return part.holds, now, err
}

// orderPart is what a slot has of an order.
type orderPart struct {
	holds []*stock.Hold
	sight
}

func (s *slot) orderPart(ctx context.Context, k stock.OrderKey) (p orderPart, now stock.Time, err error) {
	now, err = s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		e, ok := m.orders.get(k)
		if !ok || !e.complete {
			want.Orders = append(want.Orders, k)
			return want
		}
		p = orderPart{sight: m.sight()}
		for i := range e.cur {
			if p.sees(e.cur[i].Key.Bucket) {
				p.holds = append(p.holds, e.cur[i].Hold)
			}
		}
		return want
	})
	return p, now, err
}

// outcome returns what is stored in the slot under a key.
func (s *slot) outcome(ctx context.Context, id engine.KeyID, fingerprint [16]byte) (res Result, ok bool) {
	asked := -1 // that it is not remembered says something once it was asked for
	var k keyEntry
	now, err := s.look(ctx, func(m *memory, _ stock.Time) (want engine.Want) {
		if k, ok = m.keys.get(id); !ok && asked != m.forgotten {
			asked = m.forgotten
			want.Keys = append(want.Keys, id)
		}
		return want
	})
	switch {
	case err != nil:
		return Result{Err: err}, true
	case !ok:
		return Result{}, false
	case k.print != fingerprint:
		return Result{Err: ErrKeyReused, At: now}, true
	}
	res.Replayed = true
	s.past.answer(ctx, &k, &res)
	return res, true
}

// copyOf returns the home's line of a leg, nil when the home does not know it,
// and the home's time.
func (l *Ledger) copyOf(ctx context.Context, home *slot, at stock.Bucket, order stock.OrderKey, leg *stock.Line) (*stock.Line, stock.Time, error) {
	holds, now, err := home.order(ctx, order, at)
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

// decided returns the home's line of a leg of an earlier call that is in the
// way of the request. It reports again when that call came to nothing and has
// been undone.
func (l *Ledger) decided(ctx context.Context, s *slot, order stock.OrderKey, leg *stock.Line) (line stock.Line, again bool, err error) {
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
			return c.At(now), false, nil
		case leg.End != stock.Open:
			return *leg, false, nil // its home has forgotten the order since
		case time.Since(begun) < underWay:
			if err := s.o.sleep(ctx, underWayEvery); err != nil {
				return line, false, err
			}
			continue
		}
		_, err = l.resolve(ctx, s, order, true)
		return line, true, err
	}
}

// callOf returns the reserve call that the leg belongs to, nil when it is gone.
func (l *Ledger) callOf(ctx context.Context, s *slot, order stock.OrderKey, leg *stock.Line) (*stock.Call, error) {
	b, err := l.atlas.Bucket(ctx, leg.Item)
	if err != nil {
		return nil, err
	}
	holds, _, err := s.order(ctx, order, b)
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

// resolve brings the order's legs in the slot to what their homes have
// decided, and reports whether that changed anything. A leg that its home does
// not know is given back once it is left behind, or at once; its call is closed at
// the home first.
func (l *Ledger) resolve(ctx context.Context, s *slot, order stock.OrderKey, atOnce bool) (changed bool, err error) {
	holds, now, err := s.order(ctx, order)
	if err != nil {
		return false, err
	}
	var settles []Request
	for _, h := range holds {
		for i := range h.Lines {
			leg := &h.Lines[i]
			if leg.End != stock.Open || !leg.Follows() {
				continue
			}
			closes := atOnce || leg.Deadline != 0 && leg.Deadline+leftBehind <= now
			more, err := l.settled(ctx, order, h.Calls[leg.Call].HomeBucket, leg, closes)
			if err != nil {
				return false, err
			}
			for i := range more {
				more[i].about = []stock.Bucket{h.Key.Bucket}
			}
			settles = append(settles, more...)
		}
	}
	if len(settles) == 0 {
		return false, nil
	}
	for _, res := range s.carryOut(ctx, settles) {
		var refusal *stock.Refusal
		switch {
		case errors.As(res.Err, &refusal) && refusal.Code == stock.NotFound:
			changed = true // somebody has given it back, and another call may be there
		case res.Err != nil:
			err = res.Err
		default:
			changed = changed || res.Event.Changed()
		}
	}
	return changed, err
}

// settled asks the home of a leg and returns what the leg has to follow. A call
// that the home does not know is closed, or let be.
func (l *Ledger) settled(
	ctx context.Context, order stock.OrderKey, bucket stock.Bucket, leg *stock.Line, closes bool,
) ([]Request, error) {
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
			if err := home.carryOut(ctx, []Request{{Command: stock.Expire{Order: order}, about: []stock.Bucket{bucket}}})[0].Err; err != nil {
				return nil, err
			}
			continue
		case c != nil:
			return settles(order, c, stock.Note{}), nil
		case !closes:
			return nil, nil
		}
		undo := []Request{{Command: stock.Settle{Order: order, Item: leg.Item, Call: leg.Leg.Key, What: stock.OpRelease, Undo: true}}}
		res := home.carryOut(ctx, []Request{{Command: stock.Close{Order: order}, under: &rowKey{leg.Leg.Key, leg.Leg.Print, bucket}}})[0]
		var refusal *stock.Refusal
		switch {
		case errors.As(res.Err, &refusal):
			return undo, nil
		case res.Err != nil:
			return nil, res.Err
		case !grants(res.Event, leg):
			return undo, nil // it was held when the call had been decided without it
		}
	}
	return nil, ErrBusy
}

// grants reports whether the decision of a reserve call has the leg.
func grants(decision *stock.Event, leg *stock.Line) bool {
	return slices.ContainsFunc(decision.Lines, func(c stock.LineChange) bool {
		return c.Line.Item == leg.Item && c.Line.Copied() && c.Line.Leg.Key == leg.Leg.Key
	})
}

// settles are the commands that bring a leg to where its home's line is.
func settles(order stock.OrderKey, c *stock.Line, note stock.Note) []Request {
	to := stock.Settle{Order: order, Item: c.Item, Call: c.Leg.Key, Confirmed: c.Confirmed, Released: c.Released, Deadline: c.Deadline, Note: note}
	var all []Request
	add := func(what stock.Op) {
		to.What = what
		all = append(all, Request{Command: to})
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
