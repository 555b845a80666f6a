package ledger

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// coordinator places the lines of a reserve call over several slots.
type coordinator struct {
	*strongReader
	legs *legs
}

// placeLegs places the lines that are not at the home's berth and returns the
// outcome of each of them. It reports again when an earlier call was in the way and
// no longer is.
func (l *coordinator) placeLegs(
	ctx context.Context, r *slot.Request, p stock.Place, home *stock.Home, at berth,
) (away []stock.Away, again bool, err error) {
	var slots []berth
	parts := map[berth][]stock.Demand{}
	berths := map[stock.Bucket]berth{} // looked up once: a bucket may begin to leave meanwhile
	for _, d := range p.Lines {
		s, ok := berths[d.Bucket]
		if !ok {
			if s, err = l.berthOf(d.Bucket); err != nil {
				return nil, false, err
			}
			berths[d.Bucket] = s
		}
		// The home's own lines are no legs, also when its bucket has begun to leave
		// since its berth was looked up.
		if s == at || d.Bucket == home.Bucket {
			a, undone, err := l.findEarlierLeg(ctx, s.slot, r, d, home)
			if err != nil || undone {
				return nil, undone, err
			}
			away = append(away, a...)
			continue
		}
		if parts[s] == nil {
			slots = append(slots, s)
		}
		parts[s] = append(parts[s], d)
	}
	found := make([]legAnswer, len(slots))
	var all sync.WaitGroup
	for i, s := range slots {
		all.Go(func() {
			part := p
			part.Lines, part.Home = parts[s], home
			found[i] = l.leg(l.o.Apart(ctx, "", i), s.slot, &slot.Request{Command: part}, part)
		})
	}
	all.Wait()
	for i := range found {
		away = append(away, found[i].away...)
		again = again || found[i].again
		err = cmp.Or(err, found[i].err)
	}
	return away, again, err
}

// findEarlierLeg returns the line of the home of an earlier call that this slot has as its
// leg; nothing when there is none. A leg of this same call remains a leg of it: its
// bucket or the home's has moved since an attempt held it. It reports again when
// that earlier call failed and has been undone.
func (l *coordinator) findEarlierLeg(ctx context.Context, s *slot.Slot, r *slot.Request, d stock.Demand, home *stock.Home) ([]stock.Away, bool, error) {
	order := r.Command.Reach().Order
	holds, _, err := s.Holds(ctx, order)
	if err != nil {
		return nil, false, err
	}
	for _, h := range holds {
		leg := h.Find(d.Item)
		if leg == nil || !leg.Follows() || leg.Leg.Undone {
			continue
		}
		if isOfCall(leg, home) && h.Key.Bucket == home.Bucket {
			// The location's items have moved to the home since, which holds them
			// itself.
			l.legs.undo(ctx, order, []stock.Away{{Bucket: h.Key.Bucket, Line: *leg}}, home)
			return nil, true, nil
		}
		if isOfCall(leg, home) {
			return []stock.Away{{Bucket: d.Bucket, Line: *leg}}, false, nil
		}
		line, again, err := l.legs.decided(ctx, s, order, leg)
		return []stock.Away{{Bucket: d.Bucket, Line: line, Earlier: true}}, again, err
	}
	return nil, false, nil
}

// legAnswer is the answer of one slot about its lines of a call.
type legAnswer struct {
	away  []stock.Away
	again bool
	err   error
}

// mayHold returns the legs of a part whose outcome is not known: giving up the call
// gives them back as well, if they exist.
func mayHold(part *stock.Place) (away []stock.Away) {
	for _, d := range part.Lines {
		away = append(away, stock.Away{Bucket: d.Bucket, Line: stock.Line{Item: d.Item, Leg: &stock.Leg{Key: part.Home.Key}}})
	}
	return away
}

// leg places the lines of one slot.
func (l *coordinator) leg(ctx context.Context, s *slot.Slot, r *slot.Request, part stock.Place) (got legAnswer) {
	res := l.legs.freeing(ctx, s, r)
	var refusal *stock.Refusal
	if res.Err != nil && !errors.As(res.Err, &refusal) {
		got.err, got.away = res.Err, mayHold(&part)
		return got
	}
	held := map[stock.ItemKey]stock.Away{}
	if refusal == nil {
		for i := range res.Event.Lines {
			c := &res.Event.Lines[i]
			a := stock.Away{Bucket: c.Bucket, Line: c.Line}
			if !c.Changed && (c.Line.Leg == nil || c.Line.Leg.Key != part.Home.Key) {
				a.Earlier = true
				if c.Line.Follows() {
					a.Line, got.again, got.err = l.legs.decided(ctx, s, part.Order, &c.Line)
				}
			}
			if got.again || got.err != nil {
				return got
			}
			held[c.Line.Item] = a
		}
	} else if len(part.Lines) > 1 {
		if got.err = heldBefore(ctx, s, &part, held); got.err != nil {
			return got
		}
	}
	got.away = make([]stock.Away, 0, len(part.Lines))
	seen := map[stock.ItemKey]bool{}
	for _, d := range part.Lines {
		if seen[d.Item] {
			continue
		}
		seen[d.Item] = true
		a, ok := held[d.Item]
		if !ok {
			a = answerWithoutLine(part.Lines, d, refusal, res.Event)
		}
		got.away = append(got.away, a)
	}
	return got
}

// heldBefore adds the lines of a refused part that the slot holds for the call
// nevertheless: the part was sent before, without the lines whose buckets have
// moved here since.
func heldBefore(ctx context.Context, s *slot.Slot, part *stock.Place, held map[stock.ItemKey]stock.Away) error {
	holds, _, err := s.Holds(ctx, part.Order)
	if err != nil {
		return err
	}
	for _, d := range part.Lines {
		for _, h := range holds {
			if l := h.Find(d.Item); l != nil && l.Follows() && l.End == stock.Open && l.Leg.Key == part.Home.Key {
				held[d.Item] = stock.Away{Bucket: d.Bucket, Line: *l}
			}
		}
	}
	return nil
}

// answerWithoutLine returns the answer of a slot about an item of which it holds nothing.
func answerWithoutLine(lines []stock.Demand, d stock.Demand, refusal *stock.Refusal, ev *stock.Event) stock.Away {
	a := stock.Away{Bucket: d.Bucket, Line: stock.Line{Item: d.Item}}
	var short []stock.Shortage
	switch {
	case refusal == nil:
		short = ev.Short
	case refusal.Code == stock.Insufficient:
		short = refusal.Shortages
	default:
		a.Refusal = refusal
		return a
	}
	for _, s := range short {
		if s.Product == d.Item.Product && s.Location == d.Item.Location {
			a.NotOnSale = s.NotOnSale
			if refusal != nil && s.Available > 0 {
				a.Line.Drawn = []stock.Balance{{Account: stock.Shared, Qty: s.Available}}
			}
			return a
		}
	}
	// It would have been held if no other line of the slot had been short.
	var asked stock.Qty
	for i := range lines {
		if lines[i].Item == d.Item {
			asked += lines[i].Qty
		}
	}
	a.Line.Drawn = []stock.Balance{{Account: stock.Shared, Qty: asked}}
	return a
}
