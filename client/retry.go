package client

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// firstPause and longestPause bound the pauses between attempts.
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
	// firstLimit ends an attempt that has no answer, and the call asks another node or
	// the same one again. The limit doubles with each attempt, so a slow call with a
	// good reason gets the time it needs.
	firstLimit = 3 * time.Second
)

// persist makes attempts at a call until one is answered with success or a refusal,
// or until ctx ends. Every attempt must be safe to repeat. key is the idempotency key
// of the write, if it has one.
func persist[R any](ctx context.Context, c *caller, op, key string, attempt func(context.Context, time.Duration) (R, *Error)) (R, error) {
	var none R
	named := func(e *Error) error {
		e.Op, e.Key = op, key
		return e
	}
	if !c.door.enter() {
		return none, named(&Error{Code: CodeClosed, Detail: "the client was closed"})
	}
	defer c.door.leave()
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	if ctx.Err() != nil {
		return none, named(gaveUp(ctx, nil))
	}
	c.budget.earn()
	unknown := false
	for n := 0; ; n++ {
		answer, failed := attempt(ctx, c.options.limit<<min(n, 8))
		if failed == nil {
			return answer, nil
		}
		if !failed.again {
			return none, named(failed)
		}
		unknown = unknown || failed.Unknown
		if !pauseFor(ctx, failed.retryAfter, pause(n)) || failed.spends && !c.budget.wait(ctx) {
			e := gaveUp(ctx, failed)
			e.Unknown = unknown
			return none, named(e)
		}
	}
}

// pause is how long to wait after attempt n: a random time between nothing and a
// bound that doubles.
func pause(n int) time.Duration { return rand.N(min(firstPause<<min(n, 16), longestPause)) }

// pauseFor waits for the time that the server asked for and then for about d, and reports
// whether ctx is still alive. If ctx would end during the wait, it does not wait.
func pauseFor(ctx context.Context, asked, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok {
		left := time.Until(end) - asked
		if left <= 0 {
			return false
		}
		d = min(d, left/2)
	}
	timer := time.NewTimer(asked + d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// The budget: each call earns a tenth of a retry, so retries add at most a tenth of
// the load. Two things come on top: one full group may be lost at any time, and a
// trickle lets quiet programs retry.
const (
	budgetShare   = 0.1
	budgetMost    = maxGroup
	budgetTrickle = 10 // a second
)

// budget bounds the retries that are extra load on a server in trouble. Retries that
// cost the server nothing do not use it: without a connection all calls wait for one,
// and a server that asks for a pause gets it.
type budget struct {
	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func newBudget(now time.Time) *budget { return &budget{tokens: budgetMost, at: now} }

// earn counts one more call.
func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+budgetShare, budgetMost)
}

// spend takes a retry out of the budget if there is one. Otherwise it returns how long
// until there is one.
func (b *budget) spend(now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+now.Sub(b.at).Seconds()*budgetTrickle, budgetMost)
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	return time.Duration((1 - b.tokens) / budgetTrickle * float64(time.Second)), false
}

// wait takes a retry out of the budget as soon as there is one, and reports
// whether ctx is still alive.
func (b *budget) wait(ctx context.Context) bool {
	for {
		d, ok := b.spend(time.Now())
		if ok {
			return true
		}
		if !pauseFor(ctx, d, rand.N(firstPause)) {
			return false
		}
	}
}
