package slot

import (
	"context"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// storeClock tells the time of the machine that keeps a slot, so that nodes
// whose own clocks are apart stamp the same deadlines (DESIGN §3, Time). In
// between it runs with the node's monotonic clock.
type storeClock struct {
	systemClock
	// ahead is the store's time of day less Elapsed, in milliseconds.
	ahead atomic.Int64
}

const (
	// askClock is how often the store is asked for the time: clocks drift by
	// some milliseconds in as long, and 5 s apart are an alarm.
	askClock = 10 * time.Second
	// sureClock is how long an answer may take to be believed to half of it
	// without asking again, and clockTries how often it is asked at most.
	sureClock  = 100 * time.Millisecond
	clockTries = 3
)

// clockOf returns the clock of the slot's store, or this process's when the
// store has no other.
func clockOf(ctx context.Context, eng engine.Engine) (Clock, error) {
	c := &storeClock{systemClock: systemClock{start: time.Now()}}
	switch own, err := c.ask(ctx, eng); {
	case err != nil:
		return nil, err
	case !own:
		return c.systemClock, nil
	}
	return c, nil
}

// Wall is the time of day at the store.
func (c *storeClock) Wall() stock.Time { return toTime(c.Elapsed()) + stock.Time(c.ahead.Load()) }

// ask asks the store for the time and reports whether it has a clock of its
// own. Of several answers the quickest counts: the moment that it is of may be
// any between question and answer.
func (c *storeClock) ask(ctx context.Context, eng engine.Engine) (own bool, err error) {
	quickest := time.Duration(-1)
	for range clockTries {
		asked := c.Elapsed()
		l, err := eng.Load(ctx, engine.Want{})
		if err != nil || l.At == 0 {
			return false, err
		}
		took := c.Elapsed() - asked
		if quickest < 0 || took < quickest {
			quickest = took
			c.ahead.Store(int64(l.At - toTime(asked+took/2)))
		}
		if took < sureClock {
			break
		}
	}
	return true, nil
}

// takeClock sets what the slot goes by, from its newest record on.
func (s *replica) takeClock(ctx context.Context) (err error) {
	if s.o.Clocks != nil {
		s.o.clock = s.o.Clocks(s.number)
	} else if s.o.clock, err = clockOf(ctx, s.eng); err != nil {
		return err
	}
	s.clock = newSlotClock(s.o.clock, s.m.at)
	return nil
}

// keepTime asks the slot's store for the time again when it was not asked for
// a while. A store that does not answer is told of by whoever needs it.
func (s *replica) keepTime(ctx context.Context, last *time.Duration) {
	if s.o.clock.Elapsed()-*last < askClock {
		return
	}
	*last = s.o.clock.Elapsed()
	if err := s.ReadClock(ctx); err != nil {
		s.o.Log.Debug("the clock of the store was not read", "slot", s.number, "err", err)
	}
}

// ReadClock asks the slot's store for the time, when that is what the slot goes by.
func (s *replica) ReadClock(ctx context.Context) error {
	c, ok := s.o.clock.(*storeClock)
	if !ok {
		return nil
	}
	_, err := c.ask(ctx, s.eng)
	return err
}
