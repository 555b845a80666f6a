package slot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// pruneEvery is the time between two searches for keys and holds past their
	// retention time.
	pruneEvery = 10 * time.Minute
	// pruneSlice bounds the rows dropped in one call, so that commits in between
	// wait for no more than that.
	pruneSlice = 1000
)

// prune drops old keys and ended holds until ctx ends.
func (s *Slot) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := s.Prune(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("pruning failed", "slot", s.number, "err", err)
		}
		if s.o.Sleep(ctx, pruneEvery) != nil {
			return nil
		}
	}
}

// Prune drops the keys and ended holds whose retention time is over.
func (s *Slot) Prune(ctx context.Context) error {
	now := s.clock.Now()
	return errors.Join(
		s.pruneBefore(ctx, now-stock.KeyRetention, s.eng.PruneKeys),
		s.pruneBefore(ctx, now-stock.HoldRetention, s.eng.PruneHolds))
}

// pruneBefore drops the rows that records before the time t left, in slices.
func (s *Slot) pruneBefore(ctx context.Context, t stock.Time, drop func(context.Context, engine.Seq, int) (int, error)) error {
	upTo, err := engine.LastBefore(ctx, s.eng, t)
	if err != nil || upTo == 0 {
		return err
	}
	for ctx.Err() == nil {
		n, err := drop(ctx, upTo, pruneSlice)
		if err != nil {
			return fmt.Errorf("drop what is older than record %d: %w", upTo, err)
		}
		if n < pruneSlice {
			return nil
		}
	}
	return nil
}
