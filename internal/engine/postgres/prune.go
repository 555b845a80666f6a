package postgres

import (
	"context"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// Old rows are found by reading the table in physical order, a piece at a time.
// Each call continues where the last one stopped, and starts again at the
// beginning after the end. An index by age would cost every key and hold more
// than dropping it does. New rows fill a table from the front, and the places
// where rows were dropped. So old rows are together, ahead of these places.
const (
	// prunePages is how many pages one statement reads: 8 MB.
	prunePages = 1024
	// pruneMost is how many such pieces one call reads: 1 GB, about a second.
	pruneMost = 128
	// dropAtOnce is how many rows one transaction drops.
	dropAtOnce = 2048
)

// pruning remembers how far the tables have been looked through.
type pruning struct {
	mu          sync.Mutex
	keys, holds uint32 // pages
}

// PruneKeys drops keys. On a large slot it may take several calls to find all
// that are old.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	e.pruning.mu.Lock()
	defer e.pruning.mu.Unlock()
	return e.prune(ctx, "prune keys", e.sql.keyPages, e.sql.pruneKeys, engine.FirstKeyNo(upTo+1), limit, &e.pruning.keys)
}

// PruneHolds drops ended holds, like PruneKeys.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	e.pruning.mu.Lock()
	defer e.pruning.mu.Unlock()
	return e.prune(ctx, "prune holds", e.sql.holdPages, e.sql.pruneHolds, int64(min(upTo, lastSeq-1)+1), limit, &e.pruning.holds)
}

// prune drops rows whose number is below no, beginning at page *at.
func (e *Engine) prune(ctx context.Context, op, size, drop string, no int64, limit int, at *uint32) (dropped int, err error) {
	pages, err := e.pages(ctx, op, size)
	if err != nil {
		return 0, err
	}
	if *at >= pages {
		*at = 0
	}
	for looked := uint32(0); dropped < limit && looked < min(pages, pruneMost*e.db.step); {
		to := min(*at+e.db.step, pages)
		want := min(limit-dropped, dropAtOnce)
		n, err := e.drop(ctx, op, drop, *at, to, no, want)
		if err != nil {
			return dropped, err
		}
		if dropped += n; n == want {
			continue // there may be more in these pages
		}
		looked += to - *at
		if *at = to; to == pages {
			*at = 0
		}
	}
	return dropped, nil
}

// pages asks for the size of a table.
func (e *Engine) pages(ctx context.Context, op, sql string) (uint32, error) {
	pages, err := e.readNumber(ctx, op, sql, nil)
	return uint32(pages), err
}

// drop drops up to limit rows from the pages.
func (e *Engine) drop(ctx context.Context, op, sql string, from, to uint32, no int64, limit int) (n int, err error) {
	err = e.read(ctx, op, func(ctx context.Context, s *session) error {
		return s.change(ctx, unsynced, step{
			sql: sql,
			bind: func(p *params) {
				p.tid(from)
				p.tid(to)
				p.int8(no)
				p.int8(int64(limit))
			},
			row: func(r *row) error { n = int(r.int8()); return r.err },
		})
	})
	return n, err
}
