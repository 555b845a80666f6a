package ledger

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
)

// Ledger is the books of one node. It is safe for concurrent use while Run runs.
type Ledger struct {
	slots []*slot
}

// Open recovers the slot kept by eng: it checks the newest records and
// remembers what is open. A damaged log is an error that is engine.ErrBroken.
func Open(ctx context.Context, eng engine.Engine, opts ...Option) (*Ledger, error) {
	o := defaults()
	for _, set := range opts {
		set(&o)
	}
	o.items, o.orders = max(o.items, leastMemory), max(o.orders, leastMemory)
	s, err := openSlot(ctx, 0, eng, o)
	if err != nil {
		return nil, err
	}
	return &Ledger{slots: []*slot{s}}, nil
}

// leastMemory is room for all that one group can touch.
const leastMemory = 16_384

// Run commits and sweeps until ctx ends, finishes what was accepted by then,
// and returns nil; the error of a slot that had to stop otherwise.
func (l *Ledger) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, s := range l.slots {
		all.Go(func() error { return s.run(ctx) })
		all.Go(func() error { return s.sweep(ctx) })
		all.Go(func() error { return s.prune(ctx) })
	}
	return all.Wait()
}

// Submit carries out the requests, each by itself, those that touch the same
// item or order in the order given, and returns their results in the same
// order. It returns when all are durable, refused or known not to have
// happened; or when ctx ends: then the results that are not known yet have
// ErrUnknown.
func (l *Ledger) Submit(ctx context.Context, requests ...Request) []Result {
	s := l.slots[0]
	c := s.queue.call(len(requests))
	c.requests = requests
	results := make([]Result, len(requests))
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
	if err := s.queue.put(c); err != nil {
		return err
	}
	s.lead(ctx)
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.leave() {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	}
	return nil
}
