package engine

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// LastBefore returns the newest record with a time before t, 0 when there is
// none: times never go back along the log.
func LastBefore(ctx context.Context, e Engine, t stock.Time) (Seq, error) {
	head, err := e.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	low, high := Seq(0), head // records up to low are before t, those behind high are not
	for low < high {
		mid := low + (high-low+1)/2
		records, err := e.Read(ctx, mid-1, 1)
		if errors.Is(err, ErrGone) {
			low = mid
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("read record %d: %w", mid, err)
		}
		if len(records) == 1 && records[0].At < t {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}
