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

// This file holds units in other slots for a change, and gives them back.

// hold holds the units of the parts, in all slots at once, and adds the outcome of
// each part to the change. It reports again when something was in the way.
func (x *changing) hold(ctx context.Context, parts map[berth][]int) (again bool, err error) {
	found := make([]legAnswer, len(x.Lines))
	var all sync.WaitGroup
	for at, lines := range parts {
		all.Go(func() {
			ctx := at.slot.Apart(ctx)
			for _, i := range lines {
				if found[i] = x.holdLine(ctx, at.slot, i); found[i].again || found[i].err != nil {
					break
				}
			}
		})
	}
	all.Wait()
	for i := range found {
		x.Away = append(x.Away, found[i].away...)
		again = again || found[i].again
		if err == nil {
			err = found[i].err
		}
	}
	for i := range x.Away {
		if x.Away[i].Line.Leg != nil {
			x.held = append(x.held, x.Away[i])
		}
	}
	return again, err
}

// holdLine holds the units of one line: as a leg, or on top of the one that is there.
func (x *changing) holdLine(ctx context.Context, s *slot.Slot, i int) legAnswer {
	w, own := x.Lines[i], x.own[i]
	if own == nil {
		d := w.Demand
		part := stock.Place{
			Fenced: true, // a change is the ledger's own
			Order:  x.Order, Channel: w.Channel, Customer: x.customer(), TTL: legFor, Note: x.Note, Home: &x.home, Lines: []stock.Demand{d},
		}
		got := x.l.coordinator.leg(ctx, s, &slot.Request{Command: part}, part)
		if got.err == nil && !got.again && got.away[0].Earlier {
			got = legAnswer{again: true}
		}
		return got
	}
	is := own.At(x.at.Now())
	w.Qty -= is.Quantity()
	w.Channel, w.Lot, w.IsAway = "", "", false
	part := stock.Change{Order: x.Order, Lines: []stock.Wanted{w}, TTL: legFor, Note: x.Note, Home: &x.home, Tops: true, Keyed: true}
	for range maxAgain {
		res := x.l.legs.freeing(ctx, s, &slot.Request{Command: part})
		var elsewhere *stock.Elsewhere
		var refusal *stock.Refusal
		switch {
		case errors.As(res.Err, &elsewhere):
			if err := x.l.legs.decideTop(ctx, s, x.Order, w.Item); err != nil {
				return legAnswer{err: err}
			}
			continue
		case errors.As(res.Err, &refusal):
			if refusal.Code == stock.NotFound {
				return legAnswer{again: true} // its leg has moved to another slot
			}
			return legAnswer{away: []stock.Away{answerWithoutLine([]stock.Demand{w.Demand}, w.Demand, refusal, nil)}}
		case res.Err != nil:
			return legAnswer{err: res.Err}
		}
		return legAnswer{away: []stock.Away{{Bucket: res.Event.Lines[0].Bucket, Line: res.Event.Lines[0].Line}}}
	}
	return legAnswer{err: slot.ErrBusy} // other changes were in the way each time
}

// customer is the customer of the order.
func (x *changing) customer() string {
	for _, l := range x.seen.lines() {
		if l.at == x.at && l.Customer != "" {
			return l.Customer
		}
	}
	return ""
}

// excludedLegs returns the held legs that the decision does not have.
func (x *changing) excludedLegs(decision *stock.Event) (late []stock.Away) {
	return slices.DeleteFunc(slices.Clone(x.held), func(a stock.Away) bool { return grants(decision, &a.Line) })
}

// forget gives back what a failed attempt has held, when no other request can find
// it: it was held under a key of its own.
func (x *changing) forget(ctx context.Context) {
	if x.key == ([16]byte{}) && len(x.held) > 0 {
		x.l.legs.undo(ctx, x.Order, x.held, &x.home)
	}
}

// close closes the change, and then has what is held given back.
func (x *changing) close(ctx context.Context) (err error) {
	for i := range x.held {
		s, _, e := x.l.slotOfItem(ctx, x.held[i].Line.Item)
		if e == nil {
			_, e = x.l.legs.resolve(ctx, s, x.Order, true)
		}
		err = errors.Join(err, e)
	}
	return err
}

// undecidedTop is about a change that the leg's home, which has the line c, has not
// decided. It returns the requests that undo the units that the leg holds on top for it.
// The change is closed, or left alone. again reports that it was decided meanwhile.
func (l *legs) undecidedTop(
	ctx context.Context, home *slot.Slot, bucket stock.Bucket, order stock.OrderKey, leg, c *stock.Line, closes bool,
) (undo []slot.Request, again bool, err error) {
	more := leg.Leg.More
	if more == nil || more.Key == c.Leg.Joined || !closes {
		return nil, false, nil
	}
	res := home.Submit(ctx, []slot.Request{{Command: stock.Close{Order: order}, Under: &slot.KeyRow{Key: more.Key, Print: more.Print, Bucket: bucket}}})[0]
	var refusal *stock.Refusal
	switch {
	case errors.As(res.Err, &refusal):
	case res.Err != nil:
		return nil, false, res.Err
	case grants(res.Event, leg):
		return nil, true, nil
	}
	return []slot.Request{{Command: stock.Settle{Order: order, Item: leg.Item, Call: leg.Leg.Key, Joined: more.Key, What: stock.OpRelease, Undo: true}}}, false, nil
}

// decideTop gets a decision about the units that a leg holds on top for another
// change, which is in the way. That change gets some time before it is closed.
func (l *legs) decideTop(ctx context.Context, s *slot.Slot, order stock.OrderKey, item stock.ItemKey) error {
	for begun := time.Now(); time.Since(begun) < 10*underWay; {
		holds, _, err := s.Holds(ctx, order)
		if err != nil {
			return err
		}
		in, leg := stock.LegOf(holds, item)
		if leg == nil || leg.Leg.More == nil {
			return nil
		}
		bucket := in.Calls[leg.Call].HomeBucket
		settles, err := l.settleAtHome(ctx, order, bucket, leg, time.Since(begun) >= underWay)
		if err != nil {
			return err
		}
		for i := range settles {
			settles[i].About = []stock.Bucket{in.Key.Bucket}
		}
		for _, res := range s.Submit(ctx, settles) {
			var refusal *stock.Refusal
			if res.Err != nil && !errors.As(res.Err, &refusal) {
				return res.Err
			}
		}
		if err := l.o.Sleep(ctx, underWayEvery); err != nil {
			return err
		}
	}
	return slot.ErrBusy
}
