package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Buckets returns the rows of buckets.
func (e *Engine) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return nil, 0, fmt.Errorf("buckets: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	rows := slices.SortedFunc(maps.Values(e.buckets), func(a, b engine.BucketRow) int { return cmp.Compare(a.Bucket, b.Bucket) })
	for i := range rows {
		rows[i].Packed = slices.Clone(rows[i].Packed)
	}
	return rows, e.head(), nil
}

// DropBucket drops rows of the bucket, all in one moment, so its row cannot
// change meanwhile. The journal is kept by the items' keys and stays as it is.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	if err := e.turn.Take(ctx); err != nil {
		return 0, fmt.Errorf("drop bucket: %w", err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch r, ok := e.buckets[b]; {
	case !ok:
		return 0, fmt.Errorf("drop bucket: bucket %d has never moved", b)
	case r.Seq != sealed:
		return 0, fmt.Errorf("drop bucket: %w", engine.ErrMoved)
	}
	n := drop(e.items, limit, func(r engine.ItemRow) bool { return r.Bucket == b })
	n += drop(e.holds, limit-n, func(r engine.HoldRow) bool { return r.Key.Bucket == b })
	n += drop(e.keys, limit-n, func(r engine.KeyRow) bool { return r.Bucket == b })
	return n, nil
}

// drop drops at most limit of the rows for which fn holds.
func drop[K comparable, R any](rows map[K]R, limit int, fn func(R) bool) (n int) {
	for k, r := range rows {
		if n >= limit {
			break
		}
		if fn(r) {
			delete(rows, k)
			n++
		}
	}
	return n
}
