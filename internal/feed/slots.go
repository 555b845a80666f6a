package feed

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// EachSlot calls ask for the slots 0 to n-1 concurrently and waits for all. The first that
// fails ends the others; its error names the slot.
func EachSlot(ctx context.Context, n int, ask func(ctx context.Context, slot int) error) error {
	if n == 1 {
		return ask(ctx, 0)
	}
	all, ctx := errgroup.WithContext(ctx)
	for slot := range n {
		all.Go(func() error {
			if err := ask(ctx, slot); err != nil {
				return fmt.Errorf("slot %d: %w", slot, err)
			}
			return nil
		})
	}
	return all.Wait()
}
