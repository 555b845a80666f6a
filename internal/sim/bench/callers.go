package bench

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// errAgain says that a call was not carried out and is to be made again: the
// time until it is carried out counts as one call's.
var errAgain = errors.New("call again")

// errOver says that a call was not carried out because time is over.
var errOver = errors.New("time is over")

// drive lets n callers call op again and again for the duration: closed loop,
// each calls when its last call was answered. op does count operations a call.
func drive(ctx context.Context, n int, count int, d time.Duration, op func(ctx context.Context, caller int) error) (*sample, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, n)
	var again atomic.Int64
	var all sync.WaitGroup
	before := cpuTime()
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
				case errors.Is(err, errAgain):
					again.Add(1)
				case errors.Is(err, errOver):
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
	s := &sample{took: time.Since(start), cpu: cpuTime() - before, again: int(again.Load())}
	for _, l := range latencies {
		s.ops += len(l) * count
		s.latency = append(s.latency, l...)
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return s, ctx.Err()
}
