package postgres

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
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

// walk is a place on the way through the tables as they lie: items, then
// holds, then keys. Nothing is ordered by bucket, so every page is passed.
type walk struct {
	bucket stock.Bucket
	row    engine.Seq // that the bucket's row must have
	table  int
	page   uint32
}

// dropping is how far DropBucket has come.
type dropping struct {
	mu sync.Mutex
	at walk
}

// DropBucket drops rows of the bucket. It goes on where the last call stopped;
// that none is left it only says when one call has gone all the way and found
// none. Each transaction looks at a few pages, and locks no row that an Append
// wants but the bucket's.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	d := &e.dropping
	d.mu.Lock()
	defer d.mu.Unlock()
	begin, err := e.walkFrom(ctx, b, sealed)
	if err != nil {
		return 0, err
	}
	if d.at.bucket != b || d.at.row != begin.row {
		d.at = begin
	}
	tables := []struct{ size, drop string }{
		{e.sql.itemPages, e.sql.dropItems},
		{e.sql.holdPages, e.sql.dropHolds},
		{e.sql.keyPages, e.sql.dropKeys},
	}
	for whole := d.at == begin; limit > 0; whole = true {
		for d.at.table < len(tables) {
			t := &tables[d.at.table]
			n, err := e.dropFrom(ctx, t.size, t.drop, &d.at, limit)
			if n > 0 || err != nil {
				return n, err
			}
		}
		if d.at = begin; whole {
			break
		}
	}
	return 0, nil
}

// walkFrom is where the walk for a bucket begins, if its row is the one.
func (e *Engine) walkFrom(ctx context.Context, b stock.Bucket, sealed engine.Seq) (walk, error) {
	var seq engine.Seq
	err := e.read(ctx, dropOp, func(ctx context.Context, s *session) error {
		return s.call(ctx, step{
			sql:  e.sql.bucketSeq,
			bind: func(p *params) { p.int8(int64(b)) },
			row:  func(r *row) error { seq = r.seq(); return r.err },
		})
	})
	switch {
	case err != nil:
		return walk{}, err
	case seq == 0:
		return walk{}, fmt.Errorf("%s: bucket %d has never moved", dropOp, b)
	case seq != sealed:
		return walk{}, fmt.Errorf("%s: %w", dropOp, engine.ErrMoved)
	}
	return walk{bucket: b, row: sealed}, nil
}

const dropOp = "drop bucket"

// dropFrom drops rows of a table from the place at on, and moves on.
func (e *Engine) dropFrom(ctx context.Context, size, sql string, at *walk, limit int) (dropped int, err error) {
	pages, err := e.pages(ctx, dropOp, size)
	if err != nil {
		return 0, err
	}
	for dropped < limit && at.page < pages {
		to := min(at.page+e.db.step, pages)
		want := min(limit-dropped, dropAtOnce)
		n, err := e.dropPages(ctx, sql, at, to, want)
		if err != nil {
			return 0, err
		}
		if dropped += n; n < want {
			at.page = to
		}
	}
	if at.page >= pages {
		*at = walk{bucket: at.bucket, row: at.row, table: at.table + 1}
	}
	return dropped, nil
}

// dropPages drops rows of the pages from the place at up to another.
func (e *Engine) dropPages(ctx context.Context, sql string, at *walk, to uint32, limit int) (n int, err error) {
	err = e.read(ctx, dropOp, func(ctx context.Context, s *session) error {
		same := false
		err := s.pipe(ctx, step{sql: begin}, step{sql: synced}, step{
			sql: sql,
			bind: func(p *params) {
				p.tid(at.page)
				p.tid(to)
				p.int8(int64(at.bucket))
				p.int8(int64(limit))
				p.int8(int64(at.row))
			},
			row: func(r *row) error { n, same = int(r.int8()), r.bool(); return r.err },
		}, step{sql: commit})
		s.rollback()
		if err == nil && !same {
			return engine.ErrMoved
		}
		return err
	})
	return n, err
}
