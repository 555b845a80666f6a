package slot

import (
	"context"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// storeClock is the clock of the machine that keeps a slot, so that nodes whose own
// clocks differ stamp the same deadlines (DESIGN §3, Time). Between two looks at
// the store it runs with the node's monotonic clock.
type storeClock struct {
	systemClock
	// ahead is the store's time of day minus Elapsed, in milliseconds.
	ahead atomic.Int64
}

const (
	// askClock is the time between two questions to the store for its time: in that
	// time clocks drift by some milliseconds, and a difference of 5 s is an alarm.
	askClock = 10 * time.Second
	// sureClock is how long an answer may take to be used without asking again; its
	// error is at most half of that. clockTries is how often the store is asked at
	// most.
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

// ask asks the store for the time and reports whether it has a clock of its own. Of
// several answers the quickest counts: the store read its clock at an unknown
// moment between question and answer.
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

// takeClock sets the clock that the slot uses, from its newest record on.
func (s *replica) takeClock(ctx context.Context) (err error) {
	if s.o.Clocks != nil {
		s.o.clock = s.o.Clocks(s.number)
	} else if s.o.clock, err = clockOf(ctx, s.eng); err != nil {
		return err
	}
	s.clock = newSlotClock(s.o.clock, s.m.at)
	return nil
}

// keepTime asks the slot's store for the time again when the last question was long
// enough ago. A store that does not answer is reported by the calls that need it.
func (s *replica) keepTime(ctx context.Context, last *time.Duration) {
	if s.o.clock.Elapsed()-*last < askClock {
		return
	}
	*last = s.o.clock.Elapsed()
	if err := s.ReadClock(ctx); err != nil {
		s.o.Log.Debug("the clock of the store was not read", "slot", s.number, "err", err)
	}
}

// ReadClock asks the slot's store for the time, when the slot uses the store's
// clock.
func (s *replica) ReadClock(ctx context.Context) error {
	c, ok := s.o.clock.(*storeClock)
	if !ok {
		return nil
	}
	_, err := c.ask(ctx, s.eng)
	return err
}
