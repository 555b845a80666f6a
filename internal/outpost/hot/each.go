package hot

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// workers is how many items are worked on at a time when there are many: each waits for Redis and the
// database several times, and items share the commits of the ledger.
const workers = 16

// Each does something for each item, several at a time, and returns the first error. After an error, and
// when ctx ends, no more items are begun.
func Each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(workers)
	for _, item := range items {
		all.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, item)
		})
	}
	return all.Wait()
}
