package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// alsoHeld adds the legs of the call that are not among those held.
func alsoHeld(held, away []stock.Away, home *stock.Home) []stock.Away {
	for i := range away {
		a := &away[i]
		if !a.Earlier && a.Line.Leg != nil && a.Line.Leg.Key == home.Key &&
			!slices.ContainsFunc(held, func(o stock.Away) bool { return o.Line.Item == a.Line.Item }) {
			held = append(held, *a)
		}
	}
	return held
}

// leftOut are the legs of a call that its decision does not have.
func leftOut(away []stock.Away, decision *stock.Event, home *stock.Home) []stock.Away {
	var late []stock.Away
	for i := range away {
		if l := &away[i].Line; !away[i].Earlier && l.Leg != nil && l.Leg.Key == home.Key && !grants(decision, l) {
			late = append(late, away[i])
		}
	}
	return late
}

// undo gives back the legs of a call that was refused. What cannot be given
// back now is given back when the leg is past its deadline.
func (l *legs) undo(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) {
	ctx = context.WithoutCancel(ctx)
	l.slots[0].At(ctx, slot.PointHome)
	if errors.Is(l.giveBack(ctx, order, away, home), slot.ErrMoving) {
		l.late.add(abandoned{order, away, *home})
	}
}

// abandoned are legs of a call that came to nothing, whose buckets were on their
// way when they were to be given back.
type abandoned struct {
	order stock.OrderKey
	away  []stock.Away
	home  stock.Home
}

// lateLegs are those of a node. What it does not come to give back is given back
// when it is past its deadline.
type lateLegs struct {
	mu  sync.Mutex
	all []abandoned
}

func (t *lateLegs) add(a abandoned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, a)
}

func (t *lateLegs) take() []abandoned {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all
	t.all = nil
	return all
}

// giveBackLate gives back what could not be before.
func (l *legs) giveBackLate(ctx context.Context) {
	for _, a := range l.late.take() {
		if errors.Is(l.giveBack(ctx, a.order, a.away, &a.home), slot.ErrMoving) {
			l.late.add(a)
		}
	}
}

// giveBack is undo; ErrMoving when a bucket is on its way.
func (l *legs) giveBack(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) error {
	parts := map[*slot.Slot][]slot.Request{}
	for i := range away {
		a := &away[i]
		if a.Earlier || a.Line.Leg == nil {
			continue
		}
		undo := stock.Settle{Order: order, Item: a.Line.Item, Call: home.Key, What: stock.OpRelease, Undo: true}
		switch more := a.Line.Leg.More; {
		case more != nil && more.Key == home.Key: // all that is undone is what it holds on top
			undo.Call, undo.Joined = a.Line.Leg.Key, home.Key
		case a.Line.Leg.Key != home.Key:
			continue
		}
		if s, b, err := l.slotOfItem(ctx, a.Line.Item); err == nil {
			parts[s] = append(parts[s], slot.Request{Command: undo, About: []stock.Bucket{b}})
		}
	}
	var all errgroup.Group
	for s, requests := range parts {
		all.Go(func() error {
			for _, res := range s.Submit(s.Apart(ctx), requests) {
				if errors.Is(res.Err, slot.ErrMoving) {
					return res.Err
				}
			}
			return nil
		})
	}
	return all.Wait()
}
