package postgres

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// Buckets reads the rows of buckets in one statement.
func (e *Engine) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	err = e.read(ctx, "buckets", func(ctx context.Context, s *session) error {
		rows = nil
		return s.call(ctx, step{sql: e.sql.buckets, row: func(r *row) error {
			head = r.seq()
			if r.null() {
				return r.err // there are none
			}
			rows = append(rows, engine.BucketRow{Bucket: r.bucket(), Seq: r.seq(), Packed: r.bytes()})
			return r.err
		}})
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

const dropOp = "drop bucket"

// DropBucket drops rows of the bucket, table by table in physical order. Each
// transaction reads a few pages. Of the rows that an Append may want, it locks
// only those of the bucket.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	from := func(size, drop string) table.DropNext[uint32] {
		return func(ctx context.Context, of table.Sealed, page uint32, limit int) (int, uint32, bool, error) {
			return e.dropFrom(ctx, size, drop, of, page, limit)
		}
	}
	return e.dropper.Drop(ctx, table.Sealed{Bucket: b, Row: sealed}, limit, e.bucketSeq,
		from(e.sql.itemPages, e.sql.dropItems), from(e.sql.holdPages, e.sql.dropHolds), from(e.sql.keyPages, e.sql.dropKeys))
}

// bucketSeq reads the seq of the bucket's row, 0 when it has none.
func (e *Engine) bucketSeq(ctx context.Context, b stock.Bucket) (engine.Seq, error) {
	seq, err := e.readNumber(ctx, dropOp, e.sql.bucketSeq, func(p *params) { p.int8(int64(b)) })
	return engine.Seq(seq), err
}

// dropFrom drops rows of a table from a page on, as table.DropNext does.
func (e *Engine) dropFrom(
	ctx context.Context, size, sql string, of table.Sealed, page uint32, limit int,
) (dropped int, to uint32, end bool, err error) {
	pages, err := e.pages(ctx, dropOp, size)
	if err != nil {
		return 0, page, false, err
	}
	for dropped < limit && page < pages {
		next := min(page+e.db.step, pages)
		want := min(limit-dropped, dropAtOnce)
		n, err := e.dropPages(ctx, sql, of, page, next, want)
		if err != nil {
			return 0, page, false, err // what was looked at is not looked at again
		}
		if dropped += n; n < want {
			page = next
		}
	}
	return dropped, page, page >= pages, nil
}

// dropPages drops rows of the pages from one up to another.
func (e *Engine) dropPages(ctx context.Context, sql string, of table.Sealed, from, to uint32, limit int) (n int, err error) {
	err = e.read(ctx, dropOp, func(ctx context.Context, s *session) error {
		same := false
		err := s.change(ctx, synced, step{
			sql: sql,
			bind: func(p *params) {
				p.tid(from)
				p.tid(to)
				p.int8(int64(of.Bucket))
				p.int8(int64(limit))
				p.int8(int64(of.Row))
			},
			row: func(r *row) error { n, same = int(r.int8()), r.bool(); return r.err },
		})
		if err == nil && !same {
			return engine.ErrMoved
		}
		return err
	})
	return n, err
}
