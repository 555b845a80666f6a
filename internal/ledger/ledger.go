package ledger

import (
	"cmp"
	"context"
	"fmt"
	"runtime/pprof"
	"slices"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"holdfast.dev/holdfast/internal/engine"
)

// Ledger is the books of one node. It is safe for concurrent use while Run runs.
type Ledger struct {
	slots []*slot // by number
	atlas Atlas
	// renewal lets all who wait for a bucket look together where it lives.
	renewal singleflight.Group
	late    lateLegs
	heard   heard
}

// Open recovers the slot kept by eng: it checks the newest records and
// remembers what is open. A damaged log is an error that is engine.ErrBroken.
func Open(ctx context.Context, eng engine.Engine, opts ...Option) (*Ledger, error) {
	return OpenSlots(ctx, []engine.Engine{eng}, opts...)
}

// OpenSlots is Open for books in several slots, by number. Which bucket lives
// in which is said by the Atlas (WithAtlas).
func OpenSlots(ctx context.Context, engines []engine.Engine, opts ...Option) (*Ledger, error) {
	o := defaults()
	for _, set := range opts {
		set(&o)
	}
	if o.atlas == nil {
		o.atlas = Evenly(len(engines))
	}
	o.items, o.orders = max(o.items/len(engines), leastMemory), max(o.orders/len(engines), leastMemory)
	l := &Ledger{slots: make([]*slot, len(engines)), atlas: o.atlas}
	all, ctx := errgroup.WithContext(ctx)
	for i, eng := range engines {
		all.Go(func() error {
			ctx := ctx
			if len(engines) > 1 {
				ctx = o.apart(ctx, "", i)
			}
			s, err := openSlot(ctx, uint16(i), eng, o)
			if err == nil && len(engines) > 1 {
				err = s.recarry(ctx)
			}
			l.slots[i] = s
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for _, s := range l.slots {
		s.past.others = l.slots
	}
	return l, nil
}

// leastMemory is room for all that one group can touch.
const leastMemory = 16_384

// Run commits and sweeps until ctx ends, finishes what was accepted by then,
// and returns nil; the error of a slot that had to stop otherwise.
func (l *Ledger) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, s := range l.slots {
		ctx := ctx
		if len(l.slots) > 1 {
			ctx = s.apart(ctx)
		}
		all.Go(task(ctx, "commit", s.run))
		all.Go(task(ctx, "sweep", s.sweep))
		all.Go(task(ctx, "prune", s.prune))
	}
	if len(l.slots) > 1 {
		all.Go(task(ctx, "carry", l.carry))
	}
	return all.Wait()
}

// task runs fn under a name, which profiles show and which the context has as
// the label "task".
func task(ctx context.Context, name string, fn func(context.Context) error) func() error {
	return func() (err error) {
		pprof.Do(ctx, pprof.Labels("task", name), func(ctx context.Context) { err = fn(ctx) })
		return err
	}
}

// Submit carries out the requests, each by itself, those that touch the same
// item or order in the order given, and returns their results in the same
// order. It returns when all are durable, refused or known not to have
// happened; or when ctx ends: then the results that are not known yet have
// ErrUnknown.
func (l *Ledger) Submit(ctx context.Context, requests ...Request) []Result {
	results := l.send(ctx, requests)
	l.settleMoves(ctx, requests, results)
	return results
}

// send carries the requests out once.
func (l *Ledger) send(ctx context.Context, requests []Request) []Result {
	if len(l.slots) == 1 {
		return l.slots[0].carryOut(ctx, requests)
	}
	return l.dispatch(ctx, slices.Clone(requests))
}

// carryOut is Submit for requests that are all this slot's.
func (s *slot) carryOut(ctx context.Context, requests []Request) []Result {
	c := s.queue.call(len(requests))
	c.requests = requests
	return s.deliver(ctx, c)
}

// deliver puts the call through the committer and returns its results.
func (s *slot) deliver(ctx context.Context, c *call) []Result {
	results := make([]Result, len(c.requests))
	if err := s.submit(ctx, c); err != nil {
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	for i := range c.results {
		results[i] = c.results[i].Result
		if c.results[i].stored != nil {
			s.past.answer(ctx, c.results[i].stored, &results[i])
		}
	}
	s.queue.drop(c)
	return results
}

// submit queues the call and waits. Its error says that the whole call has no
// results.
func (s *slot) submit(ctx context.Context, c *call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.caller(ctx, c)
	if err := s.queue.put(c); err != nil {
		return cmp.Or(s.stopped(), err)
	}
	s.at(ctx, PointQueued)
	s.lead(ctx)
	answered := false
	select {
	case <-c.done:
		answered = true
	case <-ctx.Done():
		select {
		case <-c.done: // what is known is told, late or not
			answered = true
		default:
		}
	}
	s.at(ctx, PointAnswered)
	switch {
	case answered:
		return nil
	case c.leave():
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
}
