package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger"
)

const (
	// takeOverEvery is how often a server looks for moves of buckets that
	// nobody goes on with.
	takeOverEvery = time.Second
	// takeOverAtOnce bounds those looks that have found some and are at them.
	takeOverAtOnce = 16
)

// takeOver goes on with the moves of buckets whose movers have died or given up,
// so that none stays where its bucket can be written nowhere. What is in the way
// is said when it comes, not every second.
func takeOver(ctx context.Context, books *ledger.Ledger, m ledger.Moves, log *slog.Logger) error {
	tick := time.NewTicker(takeOverEvery)
	defer tick.Stop()
	var all errgroup.Group
	all.SetLimit(takeOverAtOnce)
	var failing atomic.Bool
	for {
		select {
		case <-ctx.Done():
			return all.Wait()
		case <-tick.C:
		}
		all.TryGo(func() error {
			err := books.TakeOver(ctx, m)
			if before := failing.Swap(err != nil); err != nil && !before && ctx.Err() == nil {
				log.WarnContext(ctx, "a bucket's move does not go on", "err", err)
			}
			return nil
		})
	}
}
