package ledger

import (
	"context"
	"errors"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// askEvery is the time between two searches for overdue legs.
	askEvery = 500 * time.Millisecond
	// askLegs is how many of a slot are looked at in one round.
	askLegs = 128
)

// askHomes brings legs that are past their deadline to what their homes have
// decided, until ctx ends.
func (l *legs) askHomes(ctx context.Context) error {
	var all sync.WaitGroup
	for _, s := range l.slots {
		all.Go(func() {
			ctx := s.Apart(ctx)
			for l.o.Sleep(ctx, askEvery) == nil {
				if err := l.askHomesOf(ctx, s); err != nil && ctx.Err() == nil && s.Stopped() == nil {
					l.o.Log.Warn("homes of overdue lines do not answer", "slot", s.Number(), "err", err)
				}
			}
		})
	}
	all.Wait()
	return nil
}

// askHomesOf is askHomes of one slot, once. One at a time: a second one would not
// see the legs that the first has taken.
func (l *legs) askHomesOf(ctx context.Context, s *slot.Slot) error {
	asking := &l.asking[s.Number()]
	asking.Lock()
	defer asking.Unlock()
	if s.Number() == 0 {
		l.giveBackLate(ctx)
	}
	overdue, giveBack := s.TakeOverdueLegs(stock.Time(carryLate/time.Millisecond), askLegs)
	defer giveBack()
	for _, k := range overdue {
		if _, err := l.resolve(ctx, s, k, false); err != nil && !errors.Is(err, slot.ErrMoving) {
			return err
		}
	}
	return nil
}
