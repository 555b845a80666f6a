package hot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/stock"
)

const (
	// writeEvery is how long a task waits for its write-back when nobody asks for it.
	writeEvery = 100 * time.Millisecond
	// tendEvery is how often all items are looked at: new units, records of old
	// takings, work that another process left half done.
	tendEvery = 2 * time.Second
	// tendMost is up to how many items all of them are looked at each time. If there are more, an
	// item that nobody asks about has its turn every tendTurns times. The first time all of them are
	// looked at.
	tendMost  = 500
	tendTurns = 15
	// tendUsed is in how many rounds an item is tended that was used: for longer than a scan leaves a
	// record alone (scanAge), so that a taking without a task is found.
	tendUsed = 5
	// keepTasks is how long rows of finished tasks stay, as long as the keys of the
	// ledger: until then a repeat finds its step. Later the ledger knows the order.
	keepTasks = 7 * 24 * time.Hour
	// pruneMost bounds one statement; with tendEvery, 500 orders of an item go in a second.
	pruneMost = 1000
)

// Run writes tasks back and tends the items until ctx ends. Neither waits for the other: to renew many
// balances takes long.
func (r *Road) Run(ctx context.Context) error {
	var both errgroup.Group
	both.Go(func() error { return Every(ctx, writeEvery, r.WriteFresh) })
	both.Go(func() error { return Every(ctx, tendEvery, r.Tend) })
	return both.Wait()
}

// Every calls do every d, until ctx ends. Its error is always nil.
func Every(ctx context.Context, d time.Duration, do func(context.Context)) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			do(ctx)
		}
	}
}

// WriteFresh writes back what this process took.
func (r *Road) WriteFresh(ctx context.Context) {
	_ = Each(ctx, slices.Collect(maps.Keys(r.known.nudged())), func(ctx context.Context, k stock.ItemKey) error {
		r.try(ctx, k, "write back", func() error {
			l, err := r.known.look(ctx, k)
			if err != nil {
				return err
			}
			for n := writeMost; n == writeMost && err == nil; {
				n, err = r.WriteBack(ctx, l)
			}
			return err
		})
		return nil
	})
}

// Tend brings each item to its target state.
func (r *Road) Tend(ctx context.Context) {
	chooser{r}.follow(ctx)
	all, err := r.Load(ctx)
	if err != nil {
		r.log.WarnContext(ctx, "the items of Redis cannot be read", "err", err)
		return
	}
	round := r.rounds.Add(1) - 1
	due := r.known.due(all, round, r.era)
	maker{road: r}.renewLost(ctx, all, due)
	mender{r}.tellOld(ctx, all)
	_ = Each(ctx, due, func(ctx context.Context, l Listed) error {
		l = r.known.lastRead(l.Key)
		r.try(ctx, l.Key, "tend", func() error { return r.tend(ctx, l) })
		return nil
	})
}

func (r *Road) tend(ctx context.Context, l Listed) error {
	switch l.State {
	case Sealed:
		return r.finish(ctx, l.Key)
	case Open:
		if l.Era != r.era { // the books were restored: it waits for renewLost
			return nil
		}
		if _, err := r.WriteBack(ctx, l); err != nil {
			return err
		}
		if err := r.Feed(ctx, l); err != nil && !answered(err) {
			return err
		}
		if _, err := r.Scan(ctx, l); err != nil {
			return err
		}
		if err := giveBackStrays(ctx, r, l, false); err != nil {
			return err
		}
		return r.prune(ctx, l)
	}
	return nil
}

// prune drops rows that nobody asks for again. It comes after a scan that
// went well: a record in Redis whose rows were gone would be given back.
func (r *Road) prune(ctx context.Context, l Listed) error {
	if _, err := r.store.Prune(ctx, l.ID, r.now().Add(-keepTasks), pruneMost); err != nil {
		return fmt.Errorf("prune tasks: %w", err)
	}
	return nil
}

// try notes a failure: the work is tried again.
func (r *Road) try(ctx context.Context, k stock.ItemKey, what string, do func() error) {
	err := do()
	if err == nil || ctx.Err() != nil {
		return
	}
	level := r.log.WarnContext
	if errors.Is(err, ErrDown) {
		level = r.log.DebugContext // its breaker has told
	}
	level(ctx, "an item of Redis waits", "what", what, "product", k.Product, "location", k.Location, "err", err)
}
