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
	// no process continues.
	takeOverEvery = time.Second
	// takeOverAtOnce bounds how many of those looks work on found moves at a time.
	takeOverAtOnce = 16
)

// takeOver continues the moves of buckets whose movers have died or given up. So no
// move stops where its bucket can be written nowhere. An obstacle is logged once, when
// it appears, not every second.
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
				log.WarnContext(ctx, "a bucket's move makes no progress", "err", err)
			}
			return nil
		})
	}
}
