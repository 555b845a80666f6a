package sqlite

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// dropAtOnce is how many rows one transaction drops, so that an Append waits
// for a millisecond or two.
const dropAtOnce = 512

// PruneKeys drops the oldest keys. They are at the beginning of their table.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	var nos []int64
	err = e.ask(ctx, "prune keys", e.scans, func(r *reader) error {
		nos = nil
		r.oldKeys.BindInt64(1, engine.FirstKeyNo(upTo+1))
		r.oldKeys.BindInt64(2, int64(max(limit, 0)))
		return r.rows(r.oldKeys, func() error {
			nos = append(nos, r.oldKeys.ColumnInt64(0))
			return nil
		})
	})
	if err != nil {
		return 0, err
	}
	return drop(ctx, e.lazily, "prune keys", nos, (*writer).removeKey)
}

// PruneHolds drops ended holds.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	upTo = min(upTo, 1<<62)
	return e.pruner.Prune(upTo, limit, func(behind stock.HoldKey) (rows []engine.HoldRow, err error) {
		err = e.withReader(ctx, "prune holds", e.scans, func(r *reader) error {
			rows, err = r.holdsBehind(behind)
			return err
		})
		return rows, err
	}, func(old []stock.HoldKey) (int, error) {
		return drop(ctx, e.lazily, "prune holds", old, func(w *writer, k stock.HoldKey) error {
			w.dropHold.BindText(1, k.Order)
			w.dropHold.BindText(2, k.Tenant)
			w.dropHold.BindInt64(3, int64(k.Bucket))
			w.dropHold.BindInt64(4, int64(upTo))
			return run(w.dropHold)
		})
	})
}

// holdsBehind reads the next hold rows behind the key.
func (r *reader) holdsBehind(behind stock.HoldKey) (rows []engine.HoldRow, err error) {
	s := r.oldHolds
	s.BindText(1, behind.Order)
	s.BindText(2, behind.Tenant)
	s.BindInt64(3, int64(behind.Bucket))
	s.BindInt64(4, table.PruneLooks)
	err = r.rows(s, func() error {
		k := stock.HoldKey{OrderKey: stock.OrderKey{Order: s.ColumnText(0), Tenant: s.ColumnText(1)}, Bucket: stock.Bucket(s.ColumnInt64(2))}
		rows = append(rows, engine.HoldRow{Key: k, Open: s.ColumnBool(3), Seq: engine.Seq(s.ColumnInt64(4))})
		return nil
	})
	return rows, err
}

func (w *writer) removeKey(no int64) error {
	w.dropKey.BindInt64(1, no)
	return run(w.dropKey)
}

// transact is how a transaction of the writer is run: lazily or durably.
type transact func(ctx context.Context, op string, fn func(*writer) error) error

// drop drops rows in short transactions. The rows to drop were found with a
// reader, which blocks nobody.
func drop[K any](ctx context.Context, in transact, op string, rows []K, one func(*writer, K) error) (dropped int, err error) {
	for some := range slices.Chunk(rows, dropAtOnce) {
		n := 0
		if err := in(ctx, op, func(w *writer) error {
			for _, row := range some {
				if err := one(w, row); err != nil {
					return err
				}
				n += w.db.Changes()
			}
			return nil
		}); err != nil {
			return dropped, err
		}
		dropped += n
	}
	return dropped, nil
}
