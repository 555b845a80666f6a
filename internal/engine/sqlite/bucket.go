package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/stock"
)

// Buckets reads the rows of buckets in one snapshot.
func (e *Engine) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	err = e.withReader(ctx, "buckets", e.loads, func(r *reader) error {
		return r.snapshot(ctx, func(h engine.Seq) error {
			head = h
			return r.rows(r.buckets, func() error {
				b, err := r.bucketRow()
				rows = append(rows, b)
				return err
			})
		})
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

func (r *reader) bucketRow() (engine.BucketRow, error) {
	s := r.buckets
	b := engine.BucketRow{
		Bucket: stock.Bucket(s.ColumnInt64(0)),
		Seq:    engine.Seq(s.ColumnInt64(1)),
		Packed: blob(s, 3),
	}
	if r.sum.bucket(&b) != s.ColumnInt64(2) {
		return b, damaged("row of bucket", b.Bucket)
	}
	return b, nil
}

func (w *writer) storeBucket(r *engine.BucketRow) error {
	s := w.setBucket
	s.BindInt64(1, int64(r.Bucket))
	s.BindInt64(2, int64(r.Seq))
	s.BindInt64(3, w.sum.bucket(r))
	s.BindBytes(4, r.Packed)
	return run(s)
}

// seqOf reads the seq of the bucket's row, 0 when it has none.
func (r *reader) seqOf(b stock.Bucket) (engine.Seq, error) {
	r.bucketSeq.BindInt64(1, int64(b))
	return r.seq(r.bucketSeq)
}

// dropCursor is the last row that DropBucket has passed in a table.
type dropCursor struct {
	no   int64 // of an item or key
	hold stock.OrderKey
}

// dropFound is how many rows are looked for at a time.
const dropFound = 4096

// DropBucket drops rows of the bucket, table by table in their own order. Drops
// are synced, unlike prunes.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	ctx, done := e.turn.UntilClosed(ctx)
	defer done()
	// The one before waits for its turn to write, which may take longer than this
	// caller has.
	select {
	case e.dropping <- struct{}{}:
		defer func() { <-e.dropping }()
	case <-ctx.Done():
		return 0, fmt.Errorf("drop bucket: %w", turn.Cause(ctx))
	}
	of := table.Sealed{Bucket: b, Row: sealed}
	n, err := e.dropper.Drop(ctx, of, limit, e.bucketSeq, e.dropItems, e.dropHolds, e.dropKeys)
	if err != nil && ctx.Err() != nil { // SQLite only says that it was interrupted
		err = fmt.Errorf("drop bucket: %w", turn.Cause(ctx))
	}
	return n, err
}

// bucketSeq reads the seq of the bucket's row.
func (e *Engine) bucketSeq(ctx context.Context, b stock.Bucket) (seq engine.Seq, err error) {
	err = e.search(ctx, func(r *reader) error {
		seq, err = r.seqOf(b)
		return err
	})
	return seq, err
}

func (e *Engine) dropItems(ctx context.Context, of table.Sealed, at dropCursor, limit int) (int, dropCursor, bool, error) {
	return e.dropNumbers(ctx, of, at, limit, func(r *reader) *sqlite.Stmt { return r.itemsIn }, func(w *writer, no int64) error {
		for _, s := range []*sqlite.Stmt{w.keepNo, w.dropItem} {
			s.BindInt64(1, no)
			s.BindInt64(2, int64(of.Bucket))
			if err := run(s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) dropKeys(ctx context.Context, of table.Sealed, at dropCursor, limit int) (int, dropCursor, bool, error) {
	return e.dropNumbers(ctx, of, at, limit, func(r *reader) *sqlite.Stmt { return r.keysIn }, (*writer).removeKey)
}

func (e *Engine) dropHolds(ctx context.Context, of table.Sealed, at dropCursor, limit int) (int, dropCursor, bool, error) {
	return dropNext(ctx, e, of, at, limit, func(r *reader, limit int) (orders []stock.OrderKey, err error) {
		s := r.holdsIn
		s.BindText(1, at.hold.Order)
		s.BindText(2, at.hold.Tenant)
		s.BindInt64(3, int64(of.Bucket))
		s.BindInt64(4, int64(of.Bucket))
		s.BindInt64(5, int64(limit))
		err = r.rows(s, func() error {
			orders = append(orders, stock.OrderKey{Order: s.ColumnText(0), Tenant: s.ColumnText(1)})
			return nil
		})
		return orders, err
	}, func(w *writer, k stock.OrderKey) error {
		w.dropHoldIn.BindText(1, k.Order)
		w.dropHoldIn.BindText(2, k.Tenant)
		w.dropHoldIn.BindInt64(3, int64(of.Bucket))
		return run(w.dropHoldIn)
	}, func(k stock.OrderKey) dropCursor { return dropCursor{hold: k} })
}

// dropNumbers drops rows of a table in the order of their numbers.
func (e *Engine) dropNumbers(
	ctx context.Context, of table.Sealed, at dropCursor, limit int, in func(*reader) *sqlite.Stmt, one func(*writer, int64) error,
) (int, dropCursor, bool, error) {
	return dropNext(ctx, e, of, at, limit, func(r *reader, limit int) (nos []int64, err error) {
		s := in(r)
		s.BindInt64(1, at.no)
		s.BindInt64(2, int64(of.Bucket))
		s.BindInt64(3, int64(limit))
		err = r.rows(s, func() error {
			nos = append(nos, s.ColumnInt64(0))
			return nil
		})
		return nos, err
	}, one, func(no int64) dropCursor { return dropCursor{no: no} })
}

// dropNext drops the rows that find finds, one by one, as table.DropNext does.
func dropNext[K any](
	ctx context.Context, e *Engine, of table.Sealed, at dropCursor, limit int,
	find func(*reader, int) ([]K, error), one func(*writer, K) error, placeOf func(K) dropCursor,
) (n int, to dropCursor, end bool, err error) {
	limit = min(limit, dropFound)
	var found []K
	if err := e.search(ctx, func(r *reader) (err error) {
		found, err = find(r, limit)
		return err
	}); err != nil || len(found) == 0 {
		return 0, at, true, err
	}
	if n, err = drop(ctx, e.politely(of), "drop bucket", found, one); err != nil {
		return n, at, false, err
	}
	return n, placeOf(found[len(found)-1]), len(found) < limit, nil
}

// search runs a statement that may pass over many rows.
func (e *Engine) search(ctx context.Context, fn func(*reader) error) error {
	return e.withReader(ctx, "drop bucket", e.scans, func(r *reader) error {
		r.db.SetInterrupt(ctx.Done())
		defer r.db.SetInterrupt(nil)
		return patience(ctx, func() error { return fn(r) })
	})
}

// politely returns a transaction for dropping a bucket: durable, refused when the
// bucket's row is another, and with a pause as long as it took behind it, which is
// an Append's.
func (e *Engine) politely(of table.Sealed) transact {
	return func(ctx context.Context, op string, fn func(*writer) error) error {
		began := time.Now()
		if err := e.durably(ctx, op, func(w *writer) error {
			switch seq, err := w.seqOf(of.Bucket); {
			case err != nil:
				return err
			case seq != of.Row:
				return engine.ErrMoved
			}
			return fn(w)
		}); err != nil {
			return err
		}
		return pause(ctx, time.Since(began))
	}
}
