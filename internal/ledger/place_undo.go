package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// addHeld adds the legs of the call that are not among those held.
func addHeld(held, away []stock.Away, home *stock.Home) []stock.Away {
	for i := range away {
		a := &away[i]
		if !a.Earlier && a.Line.Leg != nil && a.Line.Leg.Key == home.Key &&
			!slices.ContainsFunc(held, func(o stock.Away) bool { return o.Line.Item == a.Line.Item }) {
			held = append(held, *a)
		}
	}
	return held
}

// excludedLegs are the legs of a call that its decision does not have.
func excludedLegs(away []stock.Away, decision *stock.Event, home *stock.Home) []stock.Away {
	var late []stock.Away
	for i := range away {
		if l := &away[i].Line; !away[i].Earlier && l.Leg != nil && l.Leg.Key == home.Key && !grants(decision, l) {
			late = append(late, away[i])
		}
	}
	return late
}

// legsOf are all legs that the call may have.
func legsOf(p *stock.Place, home *stock.Home) []stock.Away {
	whole := *p
	whole.Home = home
	return slices.DeleteFunc(mayHold(&whole), func(a stock.Away) bool { return a.Bucket == home.Bucket })
}

// undo gives back the legs of a failed call. Legs that cannot be given back now are
// given back later.
func (l *legs) undo(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) {
	ctx = context.WithoutCancel(ctx)
	l.slots[0].At(ctx, slot.PointHome)
	if l.giveBack(ctx, order, away, home) != nil {
		l.late.add(abandoned{order, away, *home})
	}
}

// abandoned are legs of a failed call that could not be given back: their buckets
// were on their way, or their slot did not answer.
type abandoned struct {
	order stock.OrderKey
	away  []stock.Away
	home  stock.Home
}

// lateLegs are those of a node. A leg that the node does not manage to give back is
// given back when it is past its deadline.
type lateLegs struct {
	mu  sync.Mutex
	all []abandoned
}

// mostLate bounds how many calls a node remembers while a database is unreachable.
const mostLate = 10_000

func (t *lateLegs) add(more ...abandoned) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, more[:max(0, min(len(more), mostLate-len(t.all)))]...)
}

func (t *lateLegs) take() []abandoned {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.all
	t.all = nil
	return all
}

// giveBackLate gives back legs that could not be given back before. A slot that
// does not answer ends the round, because the others would wait for it too; the
// next round begins with the others.
func (l *legs) giveBackLate(ctx context.Context) {
	all := l.late.take()
	for n, a := range all {
		err := l.giveBack(ctx, a.order, a.away, &a.home)
		ends := err != nil && !errors.Is(err, slot.ErrMoving)
		if ends {
			l.late.add(all[n+1:]...)
		}
		if err != nil {
			l.late.add(a)
		}
		if ends {
			return
		}
	}
}

// giveBack is undo; it returns an error when something may still be held: ErrMoving
// when a bucket is on its way. A leg that does not exist counts as given back.
func (l *legs) giveBack(ctx context.Context, order stock.OrderKey, away []stock.Away, home *stock.Home) error {
	parts := map[*slot.Slot][]slot.Request{}
	var left error
	for i := range away {
		a := &away[i]
		if a.Earlier || a.Line.Leg == nil {
			continue
		}
		undo := stock.Settle{Order: order, Item: a.Line.Item, Call: home.Key, What: stock.OpRelease, Undo: true}
		switch more := a.Line.Leg.More; {
		case more != nil && more.Key == home.Key: // only its units on top are given back
			undo.Call, undo.Joined = a.Line.Leg.Key, home.Key
		case a.Line.Leg.Key != home.Key:
			continue
		}
		s, b, err := l.slotOfItem(ctx, a.Line.Item)
		if err != nil {
			left = err
			continue
		}
		parts[s] = append(parts[s], slot.Request{Command: undo, About: []stock.Bucket{b}})
	}
	var all errgroup.Group
	for s, requests := range parts {
		all.Go(func() error {
			var failed error
			for _, res := range s.Submit(s.Apart(ctx), requests) {
				var refusal *stock.Refusal
				if res.Err != nil && !errors.As(res.Err, &refusal) && (failed == nil || errors.Is(failed, slot.ErrMoving)) {
					failed = res.Err
				}
			}
			return failed
		})
	}
	return cmp.Or(all.Wait(), left)
}
