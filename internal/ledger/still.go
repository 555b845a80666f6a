package ledger

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
)

const (
	// moveFor is how long a request waits for a bucket that is on its way: longer
	// than another node needs to take over the move of a mover that died.
	moveFor = 15 * time.Second
	// moveEvery is how often it looks again.
	moveEvery = 5 * time.Millisecond
)

// retryWhileMoving calls fn again for as long as a bucket it is about is on its way.
func (l *routes) retryWhileMoving(ctx context.Context, fn func() error) error {
	w := waiting{l: l}
	for {
		err := fn()
		if !errors.Is(err, slot.ErrMoving) {
			return err
		}
		if late := w.wait(ctx); late != nil {
			return errors.Join(late, err)
		}
	}
}

// waiting is one wait for a bucket to arrive.
type waiting struct {
	l     *routes
	since time.Duration
	again bool
}

// wait looks up where buckets live now, and pauses when that was looked up before.
// It returns ErrBusy when waiting longer makes no sense.
func (w *waiting) wait(ctx context.Context) error {
	now := w.l.slots[0].Elapsed()
	switch {
	case !w.again:
		w.since, w.again = now, true
	case now-w.since > moveFor:
		return slot.ErrBusy
	default:
		if err := w.l.o.Sleep(ctx, moveEvery); err != nil {
			return err
		}
	}
	// One look serves all callers that wait. An unreachable main database is no
	// reason to give up.
	done := w.l.renewal.DoChan("", func() (any, error) { return nil, w.l.atlas.Renew(context.WithoutCancel(ctx)) })
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.l.slots[0].At(ctx, slot.PointShared)
	return nil
}

// settleMoves repeats the requests that met a bucket on its way. open is what has no
// outcome of the others.
func (l *Ledger) settleMoves(ctx context.Context, requests []slot.Request, results []slot.Result, open *unanswered) {
	w := waiting{l: l.routes}
	for {
		var left []int
		for n := range results {
			if errors.Is(results[n].Err, slot.ErrMoving) {
				left = append(left, n)
			}
		}
		if len(left) == 0 {
			return
		}
		late := w.wait(ctx)
		again := make([]slot.Request, len(left))
		for i, n := range left {
			if again[i] = requests[n]; late != nil {
				results[n].Err = errors.Join(late, results[n].Err)
			}
		}
		if late != nil {
			return
		}
		for i, res := range l.dispatch(ctx, again, left, open) {
			results[left[i]] = res
		}
	}
}
