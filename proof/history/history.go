// Package history gives a slot a history before a measurement: orders that came and went, and
// orders that stay open. Package bench opens the slot; the caller makes the
// measurement.
package history

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/stock"
)

// Pairs reserves and deducts n orders, in calls of many by a few callers.
func Pairs(ctx context.Context, a *bench.Slot, n int) error {
	const callers, together = 4, 128
	all, ctx := errgroup.WithContext(ctx)
	for part := range callers {
		all.Go(func() error { return pairsByOne(ctx, a, (n+part)/callers, together) })
	}
	return all.Wait()
}

// pairsByOne is Pairs with one caller.
func pairsByOne(ctx context.Context, a *bench.Slot, n, together int) error {
	for done := 0; done < n; done += together {
		requests := make([]ledger.Request, 0, 2*together)
		for range min(together, n-done) {
			p := a.Place(a.IDs.Next())
			requests = append(requests, p, ledger.Request{Command: stock.Confirm{
				Target: stock.Target{Order: p.Command.(stock.Place).Order},
			}})
		}
		for _, r := range a.Ledger.Submit(ctx, requests...) {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// PlaceMany reserves n orders and leaves them open.
func PlaceMany(ctx context.Context, a *bench.Slot, n int) error {
	const together = 512
	for done := 0; done < n; done += together {
		var requests []ledger.Request
		for range min(together, n-done) {
			requests = append(requests, a.Place(a.IDs.Next()))
		}
		for _, r := range a.Ledger.Submit(ctx, requests...) {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

// CatchUp waits until the views have seen everything and returns how long it took.
func CatchUp(ctx context.Context, a *bench.Slot) (time.Duration, error) {
	head, err := a.Store.Head(ctx)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for {
		at, err := a.Store.JournalCursor(ctx)
		if err != nil || at >= head {
			return time.Since(start), err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-poll.C:
		}
	}
}
