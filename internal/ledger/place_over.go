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

// placeOver carries out such a call.
func (l *Ledger) placeOver(ctx context.Context, r slot.Request) (res slot.Result) {
	p := r.Command.(stock.Place)
	if err := p.Check(); err != nil {
		return slot.Result{Err: err}
	}
	if err := l.checkKnown(ctx, &p); err != nil {
		return slot.Result{Err: err}
	}
	home := homeOf(&p)
	at, err := l.berthOf(home.Bucket)
	if err != nil {
		return slot.Result{Err: err}
	}
	hs := at.Slot
	keyed := r.Key != ""
	fresh, plain := !keyed, r
	home.Print = stock.Fingerprint(p)
	var held []stock.Away // under this key, also by an earlier round that found buckets elsewhere
	end := func() {}
	defer func() { end() }()
	for n, attempts := 0, 0; n < maxAgain && attempts < mostClosed; n++ {
		// Keep the key while the call continues: legs that were placed under it
		// would be in the way of another key.
		if fresh {
			r.Key, fresh, held = l.makeKey(), false, nil
		}
		home.Key = callKey(&home, p.Order.Tenant, r.Key)
		if keyed {
			known, ok := hs.Outcome(ctx, home.Key, home.Print)
			if !ok && !r.Looked && hs.LandsRespread(p) {
				known, ok = l.findEitherWay(ctx, &r)
			}
			var refusal *stock.Refusal
			if ok && errors.As(known.Err, &refusal) {
				// The process that received the refusal may have died before it gave the legs back.
				l.undo(ctx, p.Order, legsOf(&p, &home), &home)
			}
			switch {
			case ok && closed(&r, &known):
				r.Key, held = nextKey(r.Key), nil
				r.Looked, plain.Key, plain.Looked, attempts = false, r.Key, false, attempts+1
				n--
				continue
			case ok:
				return known
			}
			r.Looked, plain.Looked = true, true
		}
		end()
		end = l.underWay.begin(home.Key)
		whole := p
		whole.Home = &home
		var again bool
		whole.Away, again, err = l.placeLegs(ctx, &r, p, &home, at)
		held = addHeld(held, whole.Away, &home)
		switch {
		case err != nil:
			if !keyed {
				l.undo(ctx, p.Order, held, &home)
			}
			return slot.Result{Err: err}
		case again:
			continue
		case len(whole.Away) == 0: // its buckets are in one slot now
			return l.submitToSlots(ctx, &plain, []*slot.Slot{hs})
		}
		hs.At(ctx, slot.PointLegs)
		res = l.freeing(ctx, hs, &slot.Request{Command: whole, Key: r.Key, Looked: true})
		if errors.Is(res.Err, errOwnLeg) {
			res = slot.Result{}
			continue
		}
		if errors.Is(res.Err, slot.ErrMoving) && !keyed {
			return l.keepOn(ctx, plain, r.Key)
		}
		var refusal *stock.Refusal
		refused := errors.As(res.Err, &refusal)
		if refused || res.Err != nil && !keyed && !errors.Is(res.Err, slot.ErrUnknown) {
			l.undo(ctx, p.Order, held, &home)
		}
		if res.Err == nil {
			// Another attempt may have been decided before these legs were held.
			if late := excludedLegs(held, res.Event, &home); len(late) > 0 {
				l.undo(ctx, p.Order, late, &home)
			}
		}
		if refused && !keyed && (res.Replayed || givenUp(&res)) {
			fresh = true // another request closed the call because it seemed abandoned
			continue
		}
		if keyed && closed(&r, &res) {
			res = slot.Result{}
			continue // the stored outcome shows it
		}
		break
	}
	if res.Event == nil && res.Err == nil {
		return slot.Result{Err: slot.ErrBusy} // another call for the order was in the way each time
	}
	if !keyed {
		res.Replayed, res.InLog = false, true
	}
	return res
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
