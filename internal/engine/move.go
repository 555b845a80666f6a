package engine

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Mover drops buckets that were moved to another slot, and lists the buckets
// that were moved.
type Mover interface {
	// Buckets returns the rows that were stored with Group.Buckets, by bucket,
	// and the head they were read at, from one snapshot.
	Buckets(ctx context.Context) ([]BucketRow, Seq, error)
	// DropBucket drops items, holds and keys of the bucket, at most limit of
	// them all together, and says how many it dropped: 0 when none is left.
	// sealed is the Seq of the row that the caller wants the bucket dropped for.
	// ErrMoved: the bucket has another row now, so its items, holds and keys are
	// not those the caller means; nothing was dropped since it got that row. So rows
	// that have come back meanwhile are safe, however long ago the caller read the
	// bucket's row. The bucket's row, the log and the journal stay. The journal of an
	// item that is gone, or that comes back later, can still be read. Rows that were
	// reported as dropped stay dropped when the machine crashes. A bucket without a
	// row has never moved: nothing is dropped, and that is an error. After an error
	// some may have been dropped: the next call drops the rest. Append may have to
	// wait for it, but only for a short time at once.
	DropBucket(ctx context.Context, b stock.Bucket, sealed Seq, limit int) (int, error)
}

// BucketRow is the memory of a slot about a bucket that is, or was, moving to
// or from another slot. Storing it replaces the row of the bucket.
type BucketRow struct {
	Bucket stock.Bucket
	// Seq is the record that it was stored with.
	Seq    Seq
	Packed []byte
}
