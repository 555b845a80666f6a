package ledger

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// This file handles a reserve call whose lines are in several slots. The legs are
// placed first, the home last. The home's record is the decision and shows every
// line; until it is stored nothing has been promised, and legs without one are
// given back.

// crossCall is such a call while it is carried out.
type crossCall struct {
	l     *Ledger
	r     slot.Request
	plain slot.Request // the call without legs, for when its buckets are in one slot
	place stock.Place
	home  stock.Home
	at    berth        // of the home
	keyed bool         // it came with a key
	held  []stock.Away // under this key, also by an earlier round that found buckets elsewhere
	res   slot.Result
	end   func() // the round is no longer under way
}

func newCrossCall(ctx context.Context, l *Ledger, r *slot.Request) (*crossCall, error) {
	p := r.Command.(stock.Place)
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := l.coordinator.checkKnown(ctx, &p); err != nil {
		return nil, err
	}
	home := homeOf(&p)
	at, err := l.berthOf(home.Bucket)
	if err != nil {
		return nil, err
	}
	home.Print = stock.Fingerprint(p)
	return &crossCall{l: l, r: *r, plain: *r, place: p, home: home, at: at, keyed: r.Key != "", end: func() {}}, nil
}

// placeOver carries out such a call.
func (l *Ledger) placeOver(ctx context.Context, r slot.Request) slot.Result {
	c, err := newCrossCall(ctx, l, &r)
	if err != nil {
		return slot.Result{Err: err}
	}
	defer func() { c.end() }()
	fresh := !c.keyed
	for n, attempts := 0, 0; n < maxAgain && attempts < mostClosed; n++ {
		// Keep the key while the call continues: legs that were placed under it
		// would be in the way of another key.
		if fresh {
			c.r.Key, fresh, c.held = l.o.makeKey(), false, nil
		}
		c.home.Key = callKey(&c.home, c.place.Order.Tenant, c.r.Key)
		if c.keyed {
			switch known, ok := c.findOutcome(ctx); {
			case ok && closed(&c.r, &known):
				c.r.Key, c.held = nextKey(c.r.Key), nil
				c.r.Looked, c.plain.Key, c.plain.Looked, attempts = false, c.r.Key, false, attempts+1
				n--
				continue
			case ok:
				return known
			}
			c.r.Looked, c.plain.Looked = true, true
		}
		switch done, again := c.decide(ctx); {
		case done:
			return c.res
		case again:
			continue
		}
		refused := c.undoWithoutDecision(ctx)
		if refused && !c.keyed && (c.res.Replayed || givenUp(&c.res)) {
			fresh = true // another request closed the call because it seemed abandoned
			continue
		}
		if c.keyed && closed(&c.r, &c.res) {
			c.res = slot.Result{}
			continue // the stored outcome shows it
		}
		break
	}
	if c.res.Event == nil && c.res.Err == nil {
		return slot.Result{Err: slot.ErrBusy} // another call for the order was in the way each time
	}
	if !c.keyed {
		c.res.Replayed, c.res.InLog = false, true
	}
	return c.res
}

// findOutcome returns the outcome that is stored under the key of the call.
func (c *crossCall) findOutcome(ctx context.Context) (slot.Result, bool) {
	hs := c.at.slot
	known, ok := hs.Outcome(ctx, c.home.Key, c.home.Print)
	if !ok && !c.r.Looked && hs.LandsRespread(c.place) {
		known, ok = c.l.seeker.findEitherWay(ctx, &c.r)
	}
	var refusal *stock.Refusal
	if ok && errors.As(known.Err, &refusal) {
		// The process that received the refusal may have died before it gave the legs back.
		c.l.legs.undo(ctx, c.place.Order, legsOf(&c.place, &c.home), &c.home)
	}
	return known, ok
}

// decide places the legs and then the home, whose result is res. The call is done
// if there was nothing to decide, or it needs another round.
func (c *crossCall) decide(ctx context.Context) (done, again bool) {
	c.end()
	c.end = c.l.legs.underWay.begin(c.home.Key)
	hs, keyed, whole := c.at.slot, c.keyed, c.place
	whole.Home = &c.home
	var err error
	whole.Away, again, err = c.l.coordinator.placeLegs(ctx, &c.r, c.place, &c.home, c.at)
	c.held = addHeld(c.held, whole.Away, &c.home)
	switch {
	case err != nil:
		if !keyed {
			c.l.legs.undo(ctx, c.place.Order, c.held, &c.home)
		}
		c.res = slot.Result{Err: err}
		return true, false
	case again:
		return false, true
	case len(whole.Away) == 0: // its buckets are in one slot now
		c.res = c.l.submitToSlots(ctx, &c.plain, []*slot.Slot{hs})
		return true, false
	}
	hs.At(ctx, slot.PointLegs)
	res := c.l.legs.freeing(ctx, hs, &slot.Request{Command: whole, Key: c.r.Key, Looked: true})
	if errors.Is(res.Err, errOwnLeg) {
		c.res = slot.Result{}
		return false, true
	}
	if errors.Is(res.Err, slot.ErrMoving) && !keyed {
		c.res = c.l.keepOn(ctx, c.plain, c.r.Key)
		return true, false
	}
	c.res = res
	return false, false
}

// undoWithoutDecision gives back the legs that the home's decision does not show. It
// reports whether the decision is a refusal.
func (c *crossCall) undoWithoutDecision(ctx context.Context) (refused bool) {
	err := c.res.Err
	var refusal *stock.Refusal
	refused = errors.As(err, &refusal)
	if refused || err != nil && !c.keyed && !errors.Is(err, slot.ErrUnknown) {
		c.l.legs.undo(ctx, c.place.Order, c.held, &c.home)
	}
	if err == nil {
		// Another attempt may have been decided before these legs were held.
		if late := excludedLegs(c.held, c.res.Event, &c.home); len(late) > 0 {
			c.l.legs.undo(ctx, c.place.Order, late, &c.home)
		}
	}
	return refused
}

// keepOn continues a call that came without a key and whose home is on its way. The
// home may have decided before it left, and its answer may be lost. So the call
// keeps the key that its legs are held under, wherever its home is now.
func (l *Ledger) keepOn(ctx context.Context, r slot.Request, key string) slot.Result {
	r.Key = key
	res := l.Submit(ctx, r)[0]
	var refusal *stock.Refusal
	switch {
	case errors.As(res.Err, &refusal) && (res.Replayed || givenUp(&res)):
		return slot.Result{Err: slot.ErrMoving} // another request closed it meanwhile: it starts again
	case errors.As(res.Err, &refusal) || errors.Is(res.Err, slot.ErrUnknown):
	case res.Err != nil:
		res.Err = fmt.Errorf("%w: %v", slot.ErrUnknown, res.Err) //nolint:errorlint // it is no longer a slot.ErrMoving
	}
	res.Replayed = false
	return res
}
