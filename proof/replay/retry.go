package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

const (
	// firstPause and longestPause bound the back-off: short enough to notice a restarted server at
	// once, long enough not to overload one that starts.
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
	// attemptLimit ends a call to a server that accepted it and does not answer.
	attemptLimit = 15 * time.Second
)

// patient is a Target that repeats a call, with the same keys, while its outcome is unknown or the
// server says "later": connection lost, 429, 503, 409 IN_PROGRESS. A pause is random between
// nothing and a bound that doubles each time (full jitter), and at least as long as the server
// asks.
type patient struct {
	target  Target
	within  time.Duration // for one call, all attempts
	notice  func(string)  // called once per outage and when it is over
	retries atomic.Int64
	troubled
}

// troubled selects the first of many waiting callers.
type troubled struct{ since atomic.Int64 }

// Execute implements Target. Results before the first temporary refusal are final; the rest is
// sent again, in order.
func (p *patient) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	results := make([]Result, 0, len(commands))
	err := p.retryCall(ctx, func(ctx context.Context) error {
		rest := commands[len(results):]
		got, err := p.target.Execute(ctx, rest)
		if err != nil {
			return err
		}
		for _, result := range got {
			if result.Refusal != nil && result.Refusal.passing() {
				return result.Refusal
			}
			results = append(results, result)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// errStale asks for a list again because its view was behind.
var errStale = errors.New("the list is behind the writes answered before it")

// List implements Target; it never returns a stale page.
func (p *patient) List(ctx context.Context, location, pageToken string) (Page, error) {
	var page Page
	err := p.retryCall(ctx, func(ctx context.Context) error {
		var err error
		page, err = p.target.List(ctx, location, pageToken)
		if err == nil && page.Stale {
			return errStale
		}
		return err
	})
	return page, err
}

// SetPlaces implements Target.
func (p *patient) SetPlaces(ctx context.Context, places []Location) error {
	return p.retryCall(ctx, func(ctx context.Context) error { return p.target.SetPlaces(ctx, places) })
}

// Quotas implements Target.
func (p *patient) Quotas(ctx context.Context, product, location string) (Shares, error) {
	var shares Shares
	err := p.retryCall(ctx, func(ctx context.Context) error {
		var err error
		shares, err = p.target.Quotas(ctx, product, location)
		return err
	})
	return shares, err
}

// retryCall repeats one call until it has an answer or its time is over.
func (p *patient) retryCall(ctx context.Context, call func(context.Context) error) error {
	begin := time.Now()
	pause := firstPause
	for {
		attempt, cancel := context.WithTimeout(ctx, attemptLimit)
		err := call(attempt)
		cancel()
		if err == nil {
			p.recovered()
			return nil
		}
		refusal, isRefusal := asRefusal(err)
		if isRefusal && !refusal.passing() {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		wait := rand.N(pause)
		if isRefusal {
			wait = max(wait, refusal.RetryAfter)
		}
		if time.Since(begin)+wait > p.within {
			return fmt.Errorf("gave up after %v: %w", time.Since(begin).Round(time.Second), err)
		}
		p.retries.Add(1)
		p.countFailure(err)
		if err := rest(ctx, wait); err != nil {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// countFailure records that calls fail, and reports it when they have failed for a second.
func (p *patient) countFailure(err error) {
	now := time.Now().UnixNano()
	since := p.since.Load()
	if since == 0 {
		p.since.CompareAndSwap(0, now)
		return
	}
	if since > 0 && now-since > int64(time.Second) && p.since.CompareAndSwap(since, -since) {
		p.notice(fmt.Sprintf("the server does not answer as it should (%v); trying for up to %v", err, p.within))
	}
}

func (p *patient) recovered() {
	since := p.since.Load()
	if since != 0 && p.since.CompareAndSwap(since, 0) && since < 0 {
		p.notice("the server answers again")
	}
}

// rest waits for d or the end of ctx.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
