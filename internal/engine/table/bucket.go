package table

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Sealed is a bucket that is dropped as long as it has that row.
type Sealed struct {
	Bucket stock.Bucket
	Row    engine.Seq
}

// BucketDropper is how far DropBucket has come in the tables; P is a position
// in a table. No table is ordered by bucket, so the drop passes all rows.
type BucketDropper[P any] struct {
	mu     sync.Mutex
	sealed Sealed
	table  int
	at     P
	moved  bool // from the beginning of the first table
}

// DropNext drops the next rows of a bucket from a table, at most limit, and
// returns how many and the position it has come to, also with an error. end says
// that there are no more behind it.
type DropNext[P any] func(ctx context.Context, of Sealed, at P, limit int) (dropped int, to P, end bool, err error)

// Drop drops rows of the bucket; seqOf reads the seq of its row, 0 when it has
// none. It continues where the last call stopped. It reports that none is left
// only when one call has read all tables and found none.
func (d *BucketDropper[P]) Drop(
	ctx context.Context, of Sealed, limit int,
	seqOf func(context.Context, stock.Bucket) (engine.Seq, error), tables ...DropNext[P],
) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch seq, err := seqOf(ctx, of.Bucket); {
	case err != nil:
		return 0, err
	case seq == 0:
		return 0, fmt.Errorf("drop bucket: bucket %d has never moved", of.Bucket)
	case seq != of.Row:
		return 0, fmt.Errorf("drop bucket: %w", engine.ErrMoved)
	}
	if d.sealed != of {
		d.sealed = of
		d.begin()
	}
	for whole := !d.moved; limit > 0; whole = true {
		for d.table < len(tables) {
			n, to, end, err := tables[d.table](ctx, of, d.at, limit)
			if d.at, d.moved = to, true; err != nil {
				return 0, err
			}
			if end {
				var first P
				d.table, d.at = d.table+1, first
			}
			if n > 0 {
				return n, nil
			}
		}
		if d.begin(); whole {
			break
		}
	}
	return 0, nil
}

func (d *BucketDropper[P]) begin() {
	var first P
	d.table, d.at, d.moved = 0, first, false
}
