package ledger

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A leg that waits for units gets them in its own slot, and its home learns of them
// in two ways: before it decides whether the order may leave, and from a projection
// of the leg's log (Delivery). At worst the home is behind: it never counts units
// that are not there.

// reportArrivals informs the homes of the order's lines about the units that their legs have
// received. holds is what a slot has of the order: homes, legs, or both.
func (l *legs) reportArrivals(ctx context.Context, order stock.OrderKey, holds []*stock.Hold) error {
	for _, h := range holds {
		for i := range h.Lines {
			line, at := &h.Lines[i], h.Key.Bucket
			if line.Follows() && line.End == stock.Open {
				at = h.Calls[line.Call].HomeBucket
				home, err := l.slotOf(at)
				if err != nil {
					return err
				}
				if line, _, err = l.copyOf(ctx, home, at, order, line); err != nil {
					return err
				}
			}
			if line == nil || !line.AwaitsAway() {
				continue
			}
			if err := l.hearOf(ctx, order, at, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// hearOf is hear of the copy that the home has in the bucket.
func (l *legs) hearOf(ctx context.Context, order stock.OrderKey, at stock.Bucket, c *stock.Line) error {
	for range maxAgain {
		home, err := l.slotOf(at)
		if err != nil {
			return err
		}
		s, b, err := l.slotOfItem(ctx, c.Item)
		if err != nil {
			return err
		}
		leg, err := legOf(ctx, s, b, order, c)
		switch {
		case err != nil:
			return err
		case leg == nil || leg.End != stock.Open:
			return nil // its home will decide the same soon, or has done so
		case c.Lags(leg):
			return l.fill(ctx, home, at, order, leg)
		case leg.Confirmed == c.Confirmed && leg.Released == c.Released:
			return nil
		}
		// The leg has not followed a decision yet, or the home has decided since.
		if err := l.settle(ctx, []homeDecision{{order: order, lines: []*stock.Line{c}}})[0]; err != nil {
			return err
		}
		if c, _, err = l.copyOf(ctx, home, at, order, leg); err != nil || c == nil || !c.AwaitsAway() {
			return err
		}
	}
	return slot.ErrBusy
}

// legOf returns the leg of the home's line, nil when the slot does not have it.
func legOf(ctx context.Context, s *slot.Slot, b stock.Bucket, order stock.OrderKey, c *stock.Line) (*stock.Line, error) {
	holds, _, err := s.Holds(ctx, order, b)
	if err != nil {
		return nil, err
	}
	for _, h := range holds {
		if leg := h.Find(c.Item); leg != nil && leg.Follows() && leg.Leg.Key == c.Leg.Key {
			return leg.KnownBy(c), nil
		}
	}
	return nil, nil
}

// fill informs the home about the units that the leg has drawn.
func (l *legs) fill(ctx context.Context, home *slot.Slot, at stock.Bucket, order stock.OrderKey, leg *stock.Line) error {
	return home.Submit(ctx, []slot.Request{{About: []stock.Bucket{at}, Command: stock.FulfilCopy{
		Order: order, Item: leg.Item, Call: leg.Leg.Key, Confirmed: leg.Confirmed, Released: leg.Released, Drawn: leg.Drawn,
	}}})[0].Err
}

// reportArrivalsOf informs the homes about arrived units before they carry out a request about
// a whole order: the homes decide whether it may leave, and show it. o is the order as it is
// from then on. Several slots may have to decide that the order leaves. When a line of one of
// them has to wait, the refusal is for all of them: an order never leaves in part.
func (l *seeker) reportArrivalsOf(ctx context.Context, r *slot.Request, o *seenOrder) (*stock.Refusal, error) {
	waits, away := o.findWaiting()
	if away {
		order := r.Command.Reach().Order
		for _, d := range o.deciders {
			if err := l.legs.reportArrivals(ctx, order, dropLegs(d.holds)); err != nil {
				return nil, err
			}
		}
		again, err := l.seeOrder(ctx, order)
		if err != nil {
			return nil, err
		}
		*o = *again
	}
	c, ok := r.Command.(stock.Confirm)
	if !ok || !waits || len(o.deciders) < 2 {
		return nil, nil
	}
	for _, d := range o.deciders {
		if refusal, err := l.withheld(ctx, d, c); refusal != nil || err != nil {
			return refusal, err
		}
	}
	return nil, nil
}

// findWaiting reports whether lines of the order wait for units, as far as their homes know,
// and whether some do in other slots than their homes.
func (o *seenOrder) findWaiting() (some, away bool) {
	for _, d := range o.deciders {
		for _, h := range d.holds {
			for i := range h.Lines {
				some = some || h.Lines[i].End == stock.Open && h.Lines[i].Waiting() > 0
				away = away || h.Lines[i].AwaitsAway()
			}
		}
	}
	return some, away
}

// withheld returns why the decider would refuse to let the whole order leave
// because a line waits.
func (l *seeker) withheld(ctx context.Context, d decider, c stock.Confirm) (*stock.Refusal, error) {
	for _, h := range d.holds {
		for i := range h.Lines {
			line := h.Lines[i].At(d.slot.Now())
			if line.Follows() || line.End != stock.Open || line.Waiting() == 0 {
				continue
			}
			var p *stock.Promises
			if !line.Copied() {
				levels, _, err := d.slot.Items(ctx, []stock.ItemKey{line.Item}, h.Key.Bucket)
				if err != nil {
					return nil, err
				}
				if it := levels[0].Item; it != nil {
					p = it.Promises
				}
			}
			if refusal := c.Withheld(&line, p); refusal != nil {
				return refusal, nil
			}
		}
	}
	return nil, nil
}

// repeatKnown repeats a receipt for an order that is not known in the item's slot: it
// is known in another slot, and does not wait here.
func (l *seeker) repeatKnown(ctx context.Context, r *slot.Request, s *slot.Slot, res slot.Result) slot.Result {
	var refusal *stock.Refusal
	c, ok := r.Command.(stock.Restock)
	order := stock.OrderKey{Tenant: c.Item.Tenant, Order: c.For}
	if !ok || c.For == "" || !errors.As(res.Err, &refusal) || refusal.Code != stock.NotFound || refusal.Field != stock.UnknownOrder(order).Field {
		return res
	}
	switch o, err := l.seeOrder(ctx, order); {
	case err != nil:
		res.Err = err
	case slices.ContainsFunc(o.deciders, func(d decider) bool { return d.slot != s }): // here it may have come since
		c.ForKnown = true
		own := *r
		own.Command = c
		return s.Submit(ctx, []slot.Request{own})[0]
	}
	return res
}
