package slot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// turn decides and stores one group from the calls, some of which a sketch has
// already decided, and returns those that are not finished. Every call that it does
// not return has been answered, or waits for the outcome of the group in doubt.
func (s *committer) turn(ctx context.Context, calls []*submission, sketch *sketched) []*submission {
	ctx, endSpan := s.startSpan(ctx, calls)
	defer endSpan()
	if err := s.stopped(); err != nil {
		return s.fail(ctx, calls, err)
	}
	clear(s.asked)
	t := &attempt{s: s, calls: calls, sketch: sketch}
	defer t.unlock()
	if s.asking > 0 {
		s.asking--
	}
	for {
		g, err := t.runOnce(ctx)
		switch {
		case err == nil:
			t.calm()
			return s.answer(g, t.calls)
		case errors.Is(err, errDoubt):
			s.doubt.calls = t.calls
			return nil
		}
		if err := t.mend(ctx, err); err != nil {
			return s.fail(ctx, t.calls, err)
		}
	}
}

// attempt is a turn under way.
type attempt struct {
	s       *committer
	calls   []*submission
	sketch  *sketched     // of them, nil: none
	w       engine.Writer // locks the head, nil: it is not locked
	foreign bool          // records of others were met
}

// runOnce decides the calls and stores the group, if there is anything to store.
// engine.ErrMoved may come from any call of the store: the lock was taken back.
func (t *attempt) runOnce(ctx context.Context) (*group, error) {
	s := t.s
	if t.w == nil && s.fighting > 0 {
		if err := t.lock(ctx); err != nil {
			return nil, err
		}
	}
	for {
		g, err := s.decide(ctx, t.store(), t.calls, t.sketch)
		t.sketch = nil
		if err != nil {
			return nil, err
		}
		if s.away.fence {
			g.fence()
		}
		if len(g.entries) > 0 {
			err := s.store(ctx, t.store(), g)
			if err != nil {
				_, calls := s.sketch.close()
				forget(calls)
				t.calls = append(t.calls, calls...)
			}
			return g, err
		}
		if moved, err := s.follower.followIfBehind(ctx); err != nil || !moved {
			return g, err
		}
	}
}

// lock locks the head, and takes the calls that came meanwhile.
func (t *attempt) lock(ctx context.Context) error {
	s := t.s
	w, err := s.lock(ctx)
	if err != nil {
		return err
	}
	t.w = w
	before := s.m.seq
	if err := s.follower.follow(ctx, w, 0); err != nil {
		return err
	}
	t.foreign = t.foreign || s.m.seq != before
	t.calls = s.queue.take(t.calls, s.o.Commands)
	return nil
}

// unlock releases the head. It may be called again.
func (t *attempt) unlock() {
	if t.w != nil {
		t.w.Unlock()
		t.w = nil
	}
}

func (t *attempt) store() store {
	if t.w != nil {
		return t.w
	}
	return t.s.eng
}

// calm counts a group that met no foreign record.
func (t *attempt) calm() {
	if t.s.fighting > 0 && !t.foreign {
		t.s.fighting--
	}
}

// mend does what is needed before the calls are decided again, when they can be.
// After a lost head it also takes the calls that came meanwhile.
func (t *attempt) mend(ctx context.Context, err error) error {
	moved := errors.Is(err, engine.ErrMoved)
	if moved {
		t.unlock()
		t.foreign = true
	}
	err = t.s.mend(ctx, t.store(), err)
	if !moved && errors.Is(err, engine.ErrMoved) {
		return t.mend(ctx, err) // the lock was taken back meanwhile
	}
	if moved && err == nil {
		t.calls = t.s.queue.take(t.calls, t.s.o.Commands)
	}
	return err
}

// mend brings the memory to a state in which a group that was not stored can be
// decided again; it returns an error when another attempt makes no sense.
func (s *committer) mend(ctx context.Context, st store, err error) error {
	var exists *engine.ExistsError
	switch {
	case errors.Is(err, engine.ErrMoved):
		s.stats.moved.Add(1)
		s.fighting = fightGroups
		return s.follower.catchUp(ctx)
	case errors.As(err, &exists):
		s.stats.repeats.Add(1)
		s.asking = askGroups
		return s.follower.load(ctx, st, wantOf(exists))
	case !fatal(err):
		return err
	}
	s.stop(err)
	if errors.Is(err, engine.ErrUnknown) {
		return fmt.Errorf("%w: %w", ErrUnknown, s.stopped())
	}
	return s.stopped()
}

// lock waits for the head and locks it.
func (s *committer) lock(ctx context.Context) (engine.Writer, error) {
	wait, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	w, err := s.eng.Lock(wait)
	if err != nil && ctx.Err() == nil && wait.Err() != nil {
		return nil, fmt.Errorf("wait for the head: %w", errors.Join(ErrBusy, err))
	}
	return w, err
}

// lockWait bounds the wait for the head; a caller that waits longer gets ErrBusy.
const lockWait = 5 * time.Second

// decide builds a group from the calls, or ends the sketch of one, and loads what
// it needs.
func (s *committer) decide(ctx context.Context, st store, calls []*submission, sketch *sketched) (*group, error) {
	if err := s.serve(ctx, st, calls); err != nil {
		return nil, err
	}
	// Time does not advance while rows are loaded. The allowances of a period that
	// the group itself begins are named by the moment. With a new moment they would
	// have another name at each attempt, and would never be found.
	at := s.clock.Now()
	g := s.resume(sketch, at)
	for range maxLoads {
		if g == nil {
			g = s.newGroup(at, calls)
		}
		err := g.decide(calls)
		if err == nil {
			return g, nil
		}
		if !errors.Is(err, errAgain) {
			return nil, err
		}
		if err := s.follower.load(ctx, st, g.missing); err != nil {
			return nil, err
		}
		g = nil
	}
	return nil, fmt.Errorf("a group needed more than %d loads: %w", maxLoads, ErrBusy)
}

// maxLoads bounds how often a group is decided again because it lacked rows:
// an order, then its items, then keys, then what expiries need, each a few
// times while others write.
const maxLoads = 4096

// serve does what reading callers ask of the committer.
func (s *committer) serve(ctx context.Context, st store, calls []*submission) error {
	var want engine.Want
	follow := false
	for _, c := range calls {
		follow = follow || c.follow
		want.Items = append(want.Items, c.want.Items...)
		want.Orders = append(want.Orders, c.want.Orders...)
		want.Products = append(want.Products, c.want.Products...)
		want.Keys = append(want.Keys, c.want.Keys...)
	}
	if follow {
		if err := s.follower.follow(ctx, st, 0); err != nil {
			return err
		}
	}
	if !isNothing(&want) {
		if err := s.follower.load(ctx, st, want); err != nil {
			return err
		}
	}
	for _, c := range calls {
		c.served = true
	}
	return nil
}

// newGroup returns an empty group for the calls. Its time is the given one, or that
// of the newest record when that is later.
func (s *committer) newGroup(at stock.Time, calls []*submission) *group {
	s.gen++
	s.settle()
	forget(calls)
	return &group{
		s: s.replica, overlay: overlay{m: s.m, gen: s.gen},
		now:     max(at, s.m.at),
		entries: s.events[:0],
		ops:     s.ops[:0],
	}
}
