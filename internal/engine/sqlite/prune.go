package sqlite

import (
	"cmp"
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// dropAtOnce is how many rows one transaction drops, so that an Append waits
// for a millisecond or two.
const dropAtOnce = 512

// lookAtMost is how many hold rows one call looks at: they do not lie in the
// order of their age, and a tenth of a second is enough at a time.
const lookAtMost = 200_000

// PruneKeys drops the oldest keys. They lie at the beginning of their table.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	var nos []int64
	err = e.withReader(ctx, "prune keys", e.scans, func(r *reader) error {
		return patience(ctx, func() error {
			nos = nil
			r.oldKeys.BindInt64(1, firstNo(upTo+1))
			r.oldKeys.BindInt64(2, int64(max(limit, 0)))
			return r.rows(r.oldKeys, func() error {
				nos = append(nos, r.oldKeys.ColumnInt64(0))
				return nil
			})
		})
	})
	if err != nil {
		return 0, err
	}
	return drop(ctx, e.lazily, "prune keys", nos, (*writer).removeKey)
}

// PruneHolds drops ended holds. It goes on where the last call stopped, from
// the beginning again at the end, and looks at each row at most once a call
// and at lookAtMost rows altogether: on a large table it takes several calls
// to go round.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	upTo = min(upTo, 1<<62)
	e.pruning.Lock()
	defer e.pruning.Unlock()
	var old []stock.HoldKey
	start, at, looked, wrapped := e.pruned, e.pruned, 0, false
	for len(old) < limit && looked < lookAtMost {
		n, err := e.lookAtHolds(ctx, at, func(k stock.HoldKey, open bool, seq engine.Seq) bool {
			if wrapped && compareHolds(k, start) > 0 {
				return false
			}
			at = k
			if looked++; !open && seq <= upTo {
				old = append(old, k)
			}
			return len(old) < limit
		})
		if err != nil {
			return 0, err
		}
		if n == holdsLooked || len(old) == limit {
			continue
		}
		if wrapped {
			break
		}
		at, wrapped = stock.HoldKey{}, true
	}
	dropped, err = drop(ctx, e.lazily, "prune holds", old, func(w *writer, k stock.HoldKey) error {
		w.dropHold.BindText(1, k.Order)
		w.dropHold.BindText(2, k.Tenant)
		w.dropHold.BindInt64(3, int64(k.Bucket))
		w.dropHold.BindInt64(4, int64(upTo))
		return run(w.dropHold)
	})
	if err == nil {
		e.pruned = at
	}
	return dropped, err
}

// holdsLooked is how many hold rows one statement looks at.
const holdsLooked = 2000

// lookAtHolds shows fn the next hold rows behind the key, at most holdsLooked,
// until it returns false, and returns how many it showed.
func (e *Engine) lookAtHolds(ctx context.Context, behind stock.HoldKey, fn func(stock.HoldKey, bool, engine.Seq) bool) (n int, err error) {
	err = e.withReader(ctx, "prune holds", e.scans, func(r *reader) error {
		s := r.oldHolds
		s.BindText(1, behind.Order)
		s.BindText(2, behind.Tenant)
		s.BindInt64(3, int64(behind.Bucket))
		s.BindInt64(4, holdsLooked)
		enough := false
		return r.rows(s, func() error {
			if enough {
				return nil
			}
			n++
			k := stock.HoldKey{
				OrderKey: stock.OrderKey{Order: s.ColumnText(0), Tenant: s.ColumnText(1)},
				Bucket:   stock.Bucket(s.ColumnInt64(2)),
			}
			enough = !fn(k, s.ColumnBool(3), engine.Seq(s.ColumnInt64(4)))
			return nil
		})
	})
	return n, err
}

// compareHolds orders keys as the table does.
func compareHolds(a, b stock.HoldKey) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Bucket, b.Bucket))
}

func (w *writer) removeKey(no int64) error {
	w.dropKey.BindInt64(1, no)
	return run(w.dropKey)
}

// transact is how a transaction of the writer is run: lazily or durably.
type transact func(ctx context.Context, op string, fn func(*writer) error) error

// drop drops rows in short transactions. What is to go was found with a
// reader, which disturbs nobody.
func drop[K any](ctx context.Context, in transact, op string, rows []K, one func(*writer, K) error) (dropped int, err error) {
	for err == nil && len(rows) > 0 {
		some := rows[:min(len(rows), dropAtOnce)]
		rows = rows[len(some):]
		n := 0
		err = in(ctx, op, func(w *writer) error {
			for _, row := range some {
				if err := one(w, row); err != nil {
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
