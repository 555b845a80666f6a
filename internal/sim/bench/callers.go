package bench

import (
	"context"
	"errors"
	"sync"
	"time"
)

// drive lets n callers call op again and again for the duration: closed loop,
// each calls when its last call was answered. op does count operations a call.
func drive(ctx context.Context, n int, count int, d time.Duration, op func(ctx context.Context, caller int) error) (*sample, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, n)
	var all sync.WaitGroup
	before := cpuTime()
	start := time.Now()
	end := start.Add(d)
	for i := range n {
		all.Go(func() {
			took := make([]time.Duration, 0, 4096)
			for at := time.Now(); at.Before(end) && ctx.Err() == nil; {
				if err := op(ctx, i); err != nil {
					cancel(err)
					return
				}
				now := time.Now()
				took = append(took, now.Sub(at))
				at = now
			}
			latencies[i] = took
		})
	}
	all.Wait()
	s := &sample{took: time.Since(start), cpu: cpuTime() - before}
	for _, l := range latencies {
		s.ops += len(l) * count
		s.latency = append(s.latency, l...)
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return s, ctx.Err()
}
