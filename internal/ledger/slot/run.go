package slot

import (
	"context"
	"runtime/pprof"

	"golang.org/x/sync/errgroup"
)

// Task runs fn under a name, which profiles show and which the context has as
// the label "task".
func Task(ctx context.Context, name string, fn func(context.Context) error) func() error {
	return func() (err error) {
		pprof.Do(ctx, pprof.Labels("task", name), func(ctx context.Context) { err = fn(ctx) })
		return err
	}
}

// Run commits, sweeps and prunes until ctx ends, finishes what was accepted by
// then, and returns nil. When the slot has to stop, it returns the error.
func (s *Slot) Run(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(Task(ctx, "commit", s.committer.run))
	all.Go(Task(ctx, "sweep", (&sweeper{s}).sweep))
	all.Go(Task(ctx, "prune", s.prune))
	return all.Wait()
}

// Connect lets the slots of one ledger, by number, reach each other: the outcome of
// a key that came with a bucket is read in the slot where it was stored.
func Connect(slots []*Slot) {
	for _, s := range slots {
		s.past.others = slots
		s.several = len(slots) > 1
	}
}
