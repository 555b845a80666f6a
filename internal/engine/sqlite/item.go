package sqlite

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// storeItem writes the row of an item, by its number if that is known.
func (w *writer) storeItem(r *engine.ItemRow) error {
	if r.Fresh {
		return w.insertItem(r)
	}
	no, known := w.nos[r.Key]
	if !known {
		var err error
		if no, known, err = w.findItem(r.Key); err != nil {
			return err
		}
		if !known {
			return noItem(r.Key)
		}
		w.remember(r.Key, no)
	}
	for _, s := range []*sqlite.Stmt{w.setItem, w.setItemIndexed} {
		w.bindItem(s, no, r)
		if err := run(s); err != nil {
			return err
		}
		if w.db.Changes() == 1 {
			return nil
		}
	}
	switch _, found, err := w.findItem(r.Key); {
	case err != nil:
		return err
	case found:
		return fmt.Errorf("%w: item %q has lost its row %d", engine.ErrBroken, r.Key, no)
	}
	return noItem(r.Key) // dropped since its number was remembered
}

func (w *writer) bindItem(s *sqlite.Stmt, no int64, r *engine.ItemRow) {
	s.BindInt64(1, no)
	s.BindInt64(2, bit(r.Low))
	s.BindInt64(3, int64(r.Bucket))
	s.BindInt64(4, int64(r.Available))
	s.BindInt64(5, int64(r.Held))
	s.BindInt64(6, int64(r.OnHand))
	s.BindInt64(7, int64(r.Threshold))
	s.BindInt64(8, bit(r.Tracked))
	s.BindInt64(9, bit(r.OnSale))
	s.BindInt64(10, int64(r.Version))
	s.BindInt64(11, int64(r.UpdatedAt))
	s.BindInt64(12, w.sum.item(r))
	s.BindBytes(13, r.Packed)
	s.BindInt64(14, int64(r.LapsesAt))
}

func (w *writer) insertItem(r *engine.ItemRow) error {
	s := w.newItem
	bindItemKey(s, r.Key)
	s.BindInt64(5, int64(r.Bucket))
	s.BindInt64(6, int64(r.Available))
	s.BindInt64(7, int64(r.Held))
	s.BindInt64(8, int64(r.OnHand))
	s.BindInt64(9, int64(r.Threshold))
	s.BindInt64(10, bit(r.Tracked))
	s.BindInt64(11, bit(r.OnSale))
	s.BindInt64(12, bit(r.Low))
	s.BindInt64(13, int64(r.Version))
	s.BindInt64(14, int64(r.UpdatedAt))
	s.BindInt64(15, int64(r.LapsesAt))
	s.BindInt64(16, w.sum.item(r))
	s.BindBytes(17, r.Packed)
	err := run(s)
	if err != nil {
		switch sqlite.ErrCode(err) {
		case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
			return fmt.Errorf("item %q exists, the group says it does not", r.Key)
		}
	}
	return err
}

func noItem(k stock.ItemKey) error {
	return fmt.Errorf("item %q does not exist, the group says it does", k)
}

func bindItemKey(s *sqlite.Stmt, k stock.ItemKey) {
	s.BindText(1, k.Tenant)
	s.BindText(2, k.Product)
	s.BindText(3, k.Location)
	s.BindBytes(4, []byte(k.Lot))
}

// findItem returns the number of an item's row.
func (w *writer) findItem(k stock.ItemKey) (no int64, found bool, err error) {
	return number(w.itemNo, k)
}

// number returns what a statement finds for an item.
func number(s *sqlite.Stmt, k stock.ItemKey) (no int64, found bool, err error) {
	bindItemKey(s, k)
	found, err = s.Step()
	if err != nil {
		return 0, false, err
	}
	if found {
		no = s.ColumnInt64(0)
	}
	return no, found, s.Reset()
}

// remember keeps the number of an item that exists in the committed file.
func (w *writer) remember(k stock.ItemKey, no int64) {
	if len(w.nos) >= maxNos {
		clear(w.nos)
	}
	w.nos[k] = no
}
