package feed

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Runner runs the readers of logs concurrently, one for each slot. An error in one is
// logged once and tried again, and does not delay the others.
type Runner struct {
	log         *slog.Logger
	name        string
	first, last time.Duration
	random      func(n time.Duration) time.Duration

	mu      sync.Mutex
	readers []Reader
	behind  []*lag
	grown   chan struct{} // closed when there is one more
}

// Reader reads the log of a slot until an error or until ctx ends. It calls done after each
// step that succeeded.
type Reader func(ctx context.Context, done func()) error

// NewRunner returns a runner without readers. It logs under the name. The first pause after
// an error is about first; pauses grow up to last.
func NewRunner(log *slog.Logger, name string, first, last time.Duration) *Runner {
	return &Runner{log: log, name: name, first: first, last: last, random: rand.N[time.Duration], grown: make(chan struct{})}
}

// SetRandom sets where the spread of pauses comes from: a duration of 0 to less
// than n. It must be safe for concurrent use where there are several slots.
func (r *Runner) SetRandom(random func(n time.Duration) time.Duration) { r.random = random }

// Add adds the reader of the next slot; it starts at once if Run runs.
func (r *Runner) Add(read Reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers = append(r.readers, read)
	close(r.grown)
	r.grown = make(chan struct{})
}

// Run runs all readers until ctx ends, waits for them, and returns ctx's error.
func (r *Runner) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for started := 0; ; {
		r.mu.Lock()
		readers, grown := r.readers, r.grown
		r.mu.Unlock()
		for ; started < len(readers); started++ {
			slot, read := started, readers[started]
			all.Go(func() { r.keep(ctx, slot, read) })
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keep runs one reader again and again.
func (r *Runner) keep(ctx context.Context, slot int, read Reader) {
	retry := r.first
	failing := false
	for ctx.Err() == nil {
		err := read(ctx, func() {
			if failing {
				r.log.InfoContext(ctx, r.name+" goes on", "slot", slot)
			}
			retry, failing = r.first, false
		})
		if ctx.Err() != nil {
			return
		}
		if !failing {
			r.log.ErrorContext(ctx, r.name+" fails, trying again", "slot", slot, "err", err)
			failing = true
		}
		pauseFor(ctx, r.Jitter(retry), nil)
		retry = min(2*retry, r.last)
	}
}

// Jitter spreads the reactions of several processes to the same event.
func (r *Runner) Jitter(d time.Duration) time.Duration { return d/2 + r.random(d/2+1) }
