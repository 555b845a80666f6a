package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

const (
	// moveFor is how long a request waits for a bucket that is on its way: longer
	// than it takes another node to go on where the one that moved it died.
	moveFor = 15 * time.Second
	// moveEvery is how often it looks again.
	moveEvery = 5 * time.Millisecond
)

// still calls fn again for as long as a bucket it is about is on its way.
func (l *Ledger) still(ctx context.Context, fn func() error) error {
	w := waiting{l: l}
	for {
		err := fn()
		if !errors.Is(err, ErrMoving) {
			return err
		}
		if late := w.wait(ctx); late != nil {
			return errors.Join(late, err)
		}
	}
}

// postponed is what requests are about that met a bucket on its way and will be
// sent again: what comes behind one and touches the same waits with it.
type postponed []stock.Reach

// meet reports whether the request touches what one of them does.
func (p postponed) meet(r *stock.Reach) bool {
	for i := range p {
		if p[i].Order != (stock.OrderKey{}) && p[i].Order == r.Order {
			return true
		}
		for _, k := range p[i].Items {
			if slices.Contains(r.Items, k) {
				return true
			}
		}
	}
	return false
}

// waiting is somebody who waits for a bucket to arrive.
type waiting struct {
	l     *Ledger
	since time.Duration
	again bool
}

// wait looks where buckets live now, and gives them some time when that was
// looked at before. It returns ErrBusy when that is no use any more.
func (w *waiting) wait(ctx context.Context) error {
	now := w.l.slots[0].o.clock.Elapsed()
	switch {
	case !w.again:
		w.since, w.again = now, true
	case now-w.since > moveFor:
		return ErrBusy
	default:
		if err := w.l.slots[0].o.sleep(ctx, moveEvery); err != nil {
			return err
		}
	}
	// Whoever looks does so for all who wait; a main database that is away is
	// no reason to give up.
	done := w.l.renewal.DoChan("", func() (any, error) { return nil, w.l.atlas.Renew(context.WithoutCancel(ctx)) })
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.l.slots[0].at(ctx, PointShared)
	return nil
}

// settleMoves carries out again what met a bucket on its way.
func (l *Ledger) settleMoves(ctx context.Context, requests []Request, results []Result) {
	w := waiting{l: l}
	for {
		var left []int
		for n := range results {
			if errors.Is(results[n].Err, ErrMoving) {
				left = append(left, n)
			}
		}
		if len(left) == 0 {
			return
		}
		late := w.wait(ctx)
		again := make([]Request, len(left))
		for i, n := range left {
			if again[i] = requests[n]; late != nil {
				results[n].Err = errors.Join(late, results[n].Err)
			}
		}
		if late != nil {
			return
		}
		for i, res := range l.send(ctx, again) {
			results[left[i]] = res
		}
	}
}
