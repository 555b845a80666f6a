package load

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrAgain says that a call was not carried out and is to be made again. The time until it is
// carried out counts as the time of one call.
var ErrAgain = errors.New("call again")

// ErrOver says that a call was not carried out because time is over.
var ErrOver = errors.New("time is over")

// Drive lets n callers call op again and again for the duration: a closed loop, in which each
// caller calls again when its last call is answered. op does count operations a call.
func Drive(ctx context.Context, n int, count int, d time.Duration, op func(ctx context.Context, caller int) error) (*Sample, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, n)
	var again atomic.Int64
	var all sync.WaitGroup
	before := CPUTime()
	start := time.Now()
	end := start.Add(d)
	for i := range n {
		all.Go(func() {
			took := make([]time.Duration, 0, 4096)
			defer func() { latencies[i] = took }()
			at := time.Now()
			for now := at; now.Before(end) && ctx.Err() == nil; {
				err := op(ctx, i)
				now = time.Now()
				switch {
				case errors.Is(err, ErrAgain):
					again.Add(1)
				case errors.Is(err, ErrOver):
					return
				case err != nil:
					cancel(err)
					return
				default:
					took = append(took, now.Sub(at))
					at = now
				}
			}
		})
	}
	all.Wait()
	s := &Sample{Took: time.Since(start), CPU: CPUTime() - before, again: int(again.Load())}
	for _, l := range latencies {
		s.Ops += len(l) * count
		s.Latency = append(s.Latency, l...)
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return s, ctx.Err()
}
