package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// keyRetention: keys outlive the longest time a client may retry (FAULTS F12).
const keyRetention = 7 * 24 * time.Hour

// holdRetention: ended holds keep their natural key that long, so that an
// order id is not held twice (API.md, Conventions).
const holdRetention = 90 * 24 * time.Hour

const (
	// pruneEvery is how often what has outlived its keeping is looked for.
	pruneEvery = 10 * time.Minute
	// pruneSlice bounds the rows dropped in one go, so that commits in between
	// wait for no more than that.
	pruneSlice = 1000
)

// prune drops old keys and ended holds until ctx ends.
func (s *slot) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := s.pruneNow(ctx); err != nil && ctx.Err() == nil {
			s.o.log.Warn("pruning failed", "slot", s.number, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Prune drops the keys and ended holds that have outlived their keeping; Run
// does so by itself now and then.
func (l *Ledger) Prune(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.pruneNow(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *slot) pruneNow(ctx context.Context) error {
	s.at(ctx, PointPrune)
	p, ok := s.eng.(engine.Pruner)
	if !ok {
		return nil
	}
	now := s.clock.Now()
	return errors.Join(
		s.pruneBefore(ctx, now-toTime(keyRetention), p.PruneKeys),
		s.pruneBefore(ctx, now-toTime(holdRetention), p.PruneHolds))
}

// pruneBefore drops what records before the time t left, in slices.
func (s *slot) pruneBefore(ctx context.Context, t stock.Time, drop func(context.Context, engine.Seq, int) (int, error)) error {
	upTo, err := lastBefore(ctx, s.eng, t)
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

// lastBefore returns the newest record with a time before t, 0 when there is
// none: times never go back along the log.
func lastBefore(ctx context.Context, eng engine.Engine, t stock.Time) (engine.Seq, error) {
	head, err := eng.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	low, high := engine.Seq(0), head // records up to low are before t, those behind high are not
	for low < high {
		mid := low + (high-low+1)/2
		records, err := eng.Read(ctx, mid-1, 1)
		if errors.Is(err, engine.ErrGone) {
			low = mid
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("read record %d: %w", mid, err)
		}
		if len(records) == 1 && records[0].At < t {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}
