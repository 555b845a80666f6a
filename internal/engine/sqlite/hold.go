package sqlite

import (
	"strings"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
)

// storeHolds updates the known holds and inserts the fresh ones, many at once.
func (w *writer) storeHolds(g *engine.Group) error {
	w.fresh = w.fresh[:0]
	for i := range g.Holds {
		h := &g.Holds[i]
		if !h.Fresh {
			updated, err := w.updateHold(h)
			if err != nil {
				return err
			}
			if updated {
				continue
			}
		}
		w.fresh = append(w.fresh, h)
	}
	rows := w.fresh
	for len(rows) >= holdsAtOnce {
		for i := range holdsAtOnce {
			w.bindHold(w.newHolds, i*holdCols, rows[i], &w.tenants[i])
		}
		if err := run(w.newHolds); err != nil {
			return err
		}
		rows = rows[holdsAtOnce:]
	}
	for i := range rows {
		w.bindHold(w.newHold, 0, rows[i], nil)
		if err := run(w.newHold); err != nil {
			return err
		}
	}
	return nil
}

// bindHold binds a row behind the parameter at; bound is the tenant that is
// bound there already.
func (w *writer) bindHold(s *sqlite.Stmt, at int, r *engine.HoldRow, bound *string) {
	if bound == nil || *bound != r.Key.Tenant || r.Key.Tenant == "" {
		s.BindText(at+1, r.Key.Tenant)
		if bound != nil {
			*bound = strings.Clone(r.Key.Tenant)
		}
	}
	s.BindText(at+2, r.Key.Order)
	s.BindInt64(at+3, int64(r.Key.Bucket))
	s.BindInt64(at+4, bit(r.Open))
	s.BindInt64(at+5, int64(r.Deadline))
	s.BindInt64(at+6, int64(r.Seq))
	s.BindInt64(at+7, w.sum.hold(r))
	s.BindBytes(at+8, r.Packed)
}

func (w *writer) updateHold(r *engine.HoldRow) (updated bool, err error) {
	s := w.setHold
	s.BindInt64(1, bit(r.Open))
	s.BindInt64(2, int64(r.Deadline))
	s.BindInt64(3, int64(r.Seq))
	s.BindInt64(4, w.sum.hold(r))
	s.BindBytes(5, r.Packed)
	s.BindText(6, r.Key.Order)
	s.BindText(7, r.Key.Tenant)
	s.BindInt64(8, int64(r.Key.Bucket))
	if err := run(s); err != nil {
		return false, err
	}
	return w.db.Changes() == 1, nil
}
