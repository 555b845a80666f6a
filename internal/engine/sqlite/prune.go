package sqlite

import (
	"context"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
)

// dropAtOnce is how many rows one transaction drops, so that an Append waits
// for a millisecond or two.
const dropAtOnce = 512

// PruneKeys drops the oldest keys. They lie at the beginning of their table.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return e.prune(ctx, "prune keys", limit, func(r *reader) *sqlite.Stmt {
		r.oldKeys.BindInt64(1, firstNo(upTo+1))
		return r.oldKeys
	}, func(w *writer, no int64) *sqlite.Stmt {
		w.dropKey.BindInt64(1, no)
		return w.dropKey
	})
}

// PruneHolds drops ended holds, the oldest first. A hold that was made by
// upTo and is still open, or ended later, is passed over each time.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return e.prune(ctx, "prune holds", limit, func(r *reader) *sqlite.Stmt {
		r.oldHolds.BindInt64(1, firstNo(upTo+1))
		r.oldHolds.BindInt64(3, int64(min(upTo, 1<<62)))
		return r.oldHolds
	}, func(w *writer, no int64) *sqlite.Stmt {
		w.dropHold.BindInt64(1, no)
		w.dropHold.BindInt64(2, int64(min(upTo, 1<<62)))
		return w.dropHold
	})
}

// prune finds the numbers of what is to go with a reader, which disturbs
// nobody, and drops them in short transactions.
func (e *Engine) prune(ctx context.Context, op string, limit int,
	old func(*reader) *sqlite.Stmt, drop func(*writer, int64) *sqlite.Stmt,
) (dropped int, err error) {
	var nos []int64
	err = e.withReader(ctx, op, e.scans, func(r *reader) error {
		return patience(ctx, func() error {
			nos = nil
			s := old(r)
			s.BindInt64(2, int64(max(limit, 0)))
			return r.rows(s, func() error {
				nos = append(nos, s.ColumnInt64(0))
				return nil
			})
		})
	})
	for err == nil && len(nos) > 0 {
		some := nos[:min(len(nos), dropAtOnce)]
		nos = nos[len(some):]
		n := 0
		err = e.lazily(ctx, op, func(w *writer) error {
			for _, no := range some {
				if err := run(drop(w, no)); err != nil {
					return err
				}
				n += w.Changes()
			}
			return nil
		})
		if err == nil {
			dropped += n
		}
	}
	return dropped, err
}
