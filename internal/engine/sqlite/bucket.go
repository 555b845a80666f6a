package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
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
func (r *reader) seqOf(b stock.Bucket) (seq engine.Seq, err error) {
	r.bucketSeq.BindInt64(1, int64(b))
	err = r.rows(r.bucketSeq, func() error {
		seq = engine.Seq(r.bucketSeq.ColumnInt64(0))
		return nil
	})
	return seq, err
}

// walk is a place on the way through the tables: items, then holds, then keys,
// each in its own order. Nothing is ordered by bucket, so all rows are passed.
type walk struct {
	bucket stock.Bucket
	row    engine.Seq // that the bucket's row must have
	table  int
	no     int64 // of the last item or key
	hold   stock.OrderKey
}

const (
	walkItems = iota
	walkHolds
	walkKeys
	walkEnd
)

// dropFound is how many rows are looked for at a time.
const dropFound = 4096

// DropBucket drops rows of the bucket. It goes on where the last call stopped;
// that none is left it only says when one call has gone all the way and found
// none. What is dropped is synced, other than what is pruned.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	ctx, done := e.untilClosed(ctx)
	defer done()
	// The one before waits for its turn to write, which may take longer than this
	// caller has.
	select {
	case e.dropping <- struct{}{}:
		defer func() { <-e.dropping }()
	case <-ctx.Done():
		return 0, fmt.Errorf("drop bucket: %w", cause(ctx))
	}
	n, err := e.dropBucket(ctx, b, sealed, limit)
	if err != nil && ctx.Err() != nil { // SQLite only says that it was interrupted
		err = fmt.Errorf("drop bucket: %w", cause(ctx))
	}
	return n, err
}

func (e *Engine) dropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	begin := walk{bucket: b, row: sealed}
	var seq engine.Seq
	if err := e.search(ctx, func(r *reader) (err error) {
		seq, err = r.seqOf(b)
		return err
	}); err != nil {
		return 0, err
	}
	switch {
	case seq == 0:
		return 0, fmt.Errorf("drop bucket: bucket %d has never moved", b)
	case seq != sealed:
		return 0, fmt.Errorf("drop bucket: %w", engine.ErrMoved)
	}
	at := e.dropped
	if at.bucket != b || at.row != begin.row {
		at = begin
	}
	for whole := at == begin; limit > 0; whole = true {
		for at.table < walkEnd {
			n, err := e.dropNext(ctx, &at, min(limit, dropFound))
			if err != nil {
				return 0, err
			}
			if e.dropped = at; n > 0 {
				return n, nil
			}
		}
		at = begin
		if e.dropped = at; whole {
			break
		}
	}
	return 0, nil
}

// dropNext drops the next rows of the table at, at most limit, and moves on.
func (e *Engine) dropNext(ctx context.Context, at *walk, limit int) (n int, err error) {
	found := 0
	switch at.table {
	case walkItems:
		n, found, err = e.dropItems(ctx, at, limit)
	case walkHolds:
		n, found, err = e.dropHolds(ctx, at, limit)
	case walkKeys:
		n, found, err = e.dropKeys(ctx, at, limit)
	}
	if err == nil && found < limit {
		*at = walk{bucket: at.bucket, row: at.row, table: at.table + 1}
	}
	return n, err
}

func (e *Engine) dropItems(ctx context.Context, at *walk, limit int) (n, found int, err error) {
	nos, err := e.numbersIn(ctx, func(r *reader) *sqlite.Stmt { return r.itemsIn }, at, limit)
	if err != nil || len(nos) == 0 {
		return 0, 0, err
	}
	n, err = drop(ctx, e.politely(at), "drop bucket", nos, func(w *writer, no int64) error {
		for _, s := range []*sqlite.Stmt{w.keepNo, w.dropItem} {
			s.BindInt64(1, no)
			s.BindInt64(2, int64(at.bucket))
			if err := run(s); err != nil {
				return err
			}
		}
		return nil
	})
	at.no = nos[len(nos)-1]
	return n, len(nos), err
}

func (e *Engine) dropKeys(ctx context.Context, at *walk, limit int) (n, found int, err error) {
	nos, err := e.numbersIn(ctx, func(r *reader) *sqlite.Stmt { return r.keysIn }, at, limit)
	if err != nil || len(nos) == 0 {
		return 0, 0, err
	}
	n, err = drop(ctx, e.politely(at), "drop bucket", nos, (*writer).removeKey)
	at.no = nos[len(nos)-1]
	return n, len(nos), err
}

func (e *Engine) dropHolds(ctx context.Context, at *walk, limit int) (n, found int, err error) {
	var orders []stock.OrderKey
	err = e.search(ctx, func(r *reader) error {
		orders = nil
		s := r.holdsIn
		s.BindText(1, at.hold.Order)
		s.BindText(2, at.hold.Tenant)
		s.BindInt64(3, int64(at.bucket))
		s.BindInt64(4, int64(at.bucket))
		s.BindInt64(5, int64(limit))
		return r.rows(s, func() error {
			orders = append(orders, stock.OrderKey{Order: s.ColumnText(0), Tenant: s.ColumnText(1)})
			return nil
		})
	})
	if err != nil || len(orders) == 0 {
		return 0, 0, err
	}
	n, err = drop(ctx, e.politely(at), "drop bucket", orders, func(w *writer, k stock.OrderKey) error {
		w.dropHoldIn.BindText(1, k.Order)
		w.dropHoldIn.BindText(2, k.Tenant)
		w.dropHoldIn.BindInt64(3, int64(at.bucket))
		return run(w.dropHoldIn)
	})
	at.hold = orders[len(orders)-1]
	return n, len(orders), err
}

// numbersIn reads the numbers of the next rows of the bucket.
func (e *Engine) numbersIn(ctx context.Context, of func(*reader) *sqlite.Stmt, at *walk, limit int) (nos []int64, err error) {
	err = e.search(ctx, func(r *reader) error {
		nos = nil
		s := of(r)
		s.BindInt64(1, at.no)
		s.BindInt64(2, int64(at.bucket))
		s.BindInt64(3, int64(limit))
		return r.rows(s, func() error {
			nos = append(nos, s.ColumnInt64(0))
			return nil
		})
	})
	return nos, err
}

// search runs a statement that may pass over many rows.
func (e *Engine) search(ctx context.Context, fn func(*reader) error) error {
	return e.withReader(ctx, "drop bucket", e.scans, func(r *reader) error {
		r.SetInterrupt(ctx.Done())
		defer r.SetInterrupt(nil)
		return patience(ctx, func() error { return fn(r) })
	})
}

// politely returns a transaction for the walk: durable, refused when the
// bucket's row is not that of the walk, and with a pause as long as it took behind it, which
// is an Append's.
func (e *Engine) politely(at *walk) transact {
	return func(ctx context.Context, op string, fn func(*writer) error) error {
		began := time.Now()
		if err := e.durably(ctx, op, func(w *writer) error {
			switch seq, err := w.seqOf(at.bucket); {
			case err != nil:
				return err
			case seq != at.row:
				return engine.ErrMoved
			}
			return fn(w)
		}); err != nil {
			return err
		}
		return pause(ctx, time.Since(began))
	}
}
