package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// turn decides and stores one group from the calls and returns those that are
// not finished. Every call it leaves out has been answered.
func (s *slot) turn(ctx context.Context, calls []*call) []*call {
	if err := s.stopped(); err != nil {
		return s.fail(ctx, calls, err)
	}
	s.at(ctx, PointTaken)
	clear(s.asked)
	var w engine.Writer
	defer func() {
		if w != nil {
			w.Unlock()
		}
	}()
	if s.asking > 0 {
		s.asking--
	}
	foreign := false
	for {
		if w == nil && s.fighting > 0 {
			locked, err := s.lock(ctx)
			if err != nil {
				return s.fail(ctx, calls, err)
			}
			if w = locked; w != nil {
				s.at(ctx, PointLocked)
				before := s.m.seq
				if err := s.follow(ctx, w, 0); err != nil {
					return s.fail(ctx, calls, err)
				}
				foreign = foreign || s.m.seq != before
				calls = s.queue.take(calls, s.o.commands)
			}
		}
		var st store = s.eng
		if w != nil {
			st = w
		}
		g, err := s.decide(ctx, st, calls)
		if err != nil {
			return s.fail(ctx, calls, err)
		}
		s.at(ctx, PointDecided)
		if len(g.entries) == 0 {
			if w == nil && !s.o.plant.is(plantStaleRefusal) {
				moved, err := s.behind(ctx)
				if err != nil {
					return s.fail(ctx, calls, err)
				}
				if moved {
					continue
				}
			}
			return s.answer(g, calls)
		}
		if s.o.plant.is(plantEarlyAnswer) {
			return s.early(ctx, st, g, calls)
		}
		err = s.store(ctx, st, g)
		if err == nil {
			w = nil // ended by Append
			if s.fighting > 0 && !foreign {
				s.fighting--
			}
			return s.answer(g, calls)
		}
		moved := errors.Is(err, engine.ErrMoved)
		if moved {
			w, foreign = nil, true
		}
		if err := s.mend(ctx, st, err); err != nil {
			return s.fail(ctx, calls, err)
		}
		if moved {
			calls = s.queue.take(calls, s.o.commands)
		}
	}
}

// mend brings the memory to where a group that was not stored can be decided
// again; it returns an error when that makes no sense.
func (s *slot) mend(ctx context.Context, st store, err error) error {
	var exists *engine.ExistsError
	switch {
	case errors.Is(err, engine.ErrMoved):
		s.at(ctx, PointLost)
		s.stats.moved.Add(1)
		s.fighting = fightGroups
		return s.follow(ctx, s.eng, 0)
	case errors.As(err, &exists):
		s.at(ctx, PointExists)
		s.stats.repeats.Add(1)
		s.asking = askGroups
		return s.load(ctx, st, wantOf(exists))
	case !fatal(err):
		return err
	}
	s.stop(err)
	return s.stopped()
}

// lock waits for the head, when the engine can hold it still.
func (s *slot) lock(ctx context.Context) (engine.Writer, error) {
	l, ok := s.eng.(engine.Locker)
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	return l.Lock(ctx)
}

// lockWait bounds the wait for the head; who waits longer is told to come back.
const lockWait = 5 * time.Second

// decide builds a group from the calls, loading what it needs.
func (s *slot) decide(ctx context.Context, st store, calls []*call) (*group, error) {
	if err := s.serve(ctx, st, calls); err != nil {
		return nil, err
	}
	for range maxLoads {
		g := s.newGroup()
		err := g.decide(calls)
		if err == nil {
			return g, nil
		}
		if !errors.Is(err, errAgain) {
			return nil, err
		}
		if err := s.load(ctx, st, g.missing); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("a group needed more than %d loads: %w", maxLoads, ErrBusy)
}

// maxLoads bounds how often a group is decided again because it lacked rows:
// an order, then its items, then keys, then what expiries need, each a few
// times while others write.
const maxLoads = 4096

// serve does what readers ask of the committer.
func (s *slot) serve(ctx context.Context, st store, calls []*call) error {
	var want engine.Want
	follow := false
	for _, c := range calls {
		follow = follow || c.follow
		want.Items = append(want.Items, c.want.Items...)
		want.Orders = append(want.Orders, c.want.Orders...)
		want.Products = append(want.Products, c.want.Products...)
	}
	if follow {
		if err := s.follow(ctx, st, 0); err != nil {
			return err
		}
	}
	if len(want.Items)+len(want.Orders)+len(want.Products) > 0 {
		if err := s.load(ctx, st, want); err != nil {
			return err
		}
	}
	for _, c := range calls {
		c.served = true
	}
	return nil
}

func (s *slot) newGroup() *group {
	s.gen++
	s.settle()
	return &group{
		s: s, m: s.m, gen: s.gen,
		now:     max(s.now(), s.m.at),
		entries: s.events[:0],
		ops:     s.ops[:0],
	}
}
