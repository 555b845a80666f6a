package sqlite

import (
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// writer is the one connection that writes, with its statements. Whoever has
// the engine's turn uses it.
type writer struct {
	*reader

	immediate                              *sqlite.Stmt
	log, text                              *sqlite.Stmt
	itemNo, newItem, setItem, setItemLow   *sqlite.Stmt
	newHold, newHolds, setHold, holdExists *sqlite.Stmt
	newKey, keyExists                      *sqlite.Stmt
	setCursor, journal, dropKey, dropHold  *sqlite.Stmt

	// nos remembers item.no by key. Items are never dropped, so what is in it
	// stays true; fresh ones join when their commit is through.
	nos map[stock.ItemKey]int64
	// tenants are the tenants last bound to newHolds, row by row: most groups
	// are of one tenant, and binding a text costs a copy.
	tenants [holdsAtOnce]string
	// leftAt is the head when this process last saw it under the lock, left
	// when it last committed, rival for how many groups to leave gaps.
	leftAt engine.Seq
	left   time.Time
	rival  int

	fresh   []*engine.HoldRow
	freshNo []int64
}

// maxNos bounds nos; past it the memory starts anew.
const maxNos = 1 << 16

// holdsAtOnce is how many holds one statement inserts: 2.0 µs a row where one
// statement per row takes 2.6 (16 rows; 32 gain nothing more).
const holdsAtOnce = 16

// OR FAIL: a conflict ends the statement and nothing is undone row by row;
// the whole transaction is rolled back anyway. It saves the statement journal.
const (
	insertHold = "INSERT OR FAIL INTO hold (no, tenant, order_id, bucket, open, deadline, seq, sum, packed) VALUES " + holdRow
	holdRow    = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
	holdCols   = 9
	updateItem = "UPDATE item SET bucket = ?3, available = ?4, held = ?5, on_hand = ?6, threshold = ?7, tracked = ?8, " +
		"on_sale = ?9, version = ?10, updated_at = ?11, sum = ?12, packed = ?13"
)

func newWriter(c *conn) (*writer, error) {
	r, err := newReader(c)
	if err != nil {
		return nil, err
	}
	w := &writer{reader: r, nos: map[stock.ItemKey]int64{}}
	return w, c.prepareAll(map[**sqlite.Stmt]string{
		&w.immediate: "BEGIN IMMEDIATE",
		&w.log:       "INSERT INTO log (seq, at, writer, nonce, hash, sum, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
		&w.text:      "INSERT INTO text (seq, sum, body) VALUES (?, ?, ?)",

		&w.itemNo: "SELECT no FROM item WHERE tenant = ? AND product = ? AND location = ? AND lot = ?",
		&w.newItem: "INSERT INTO item (tenant, product, location, lot, bucket, available, held, on_hand, threshold, " +
			"tracked, on_sale, low, version, updated_at, sum, packed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		// The first leaves the low-stock index alone, which is most of the
		// cost; it finds no row when low is about to change.
		&w.setItem:    updateItem + " WHERE no = ?1 AND low = ?2",
		&w.setItemLow: updateItem + ", low = ?2 WHERE no = ?1",

		&w.newHold:    insertHold,
		&w.newHolds:   insertHold + strings.Repeat(", "+holdRow, holdsAtOnce-1),
		&w.setHold:    "UPDATE hold SET open = ?, deadline = ?, seq = ?, sum = ?, packed = ? WHERE order_id = ? AND tenant = ? AND bucket = ?",
		&w.holdExists: "SELECT no FROM hold WHERE order_id = ? AND tenant = ? AND bucket = ?",

		&w.newKey:    "INSERT OR FAIL INTO key (no, hash, bucket, print, sum) VALUES (?, ?, ?, ?, ?)",
		&w.keyExists: "SELECT no FROM key WHERE hash = ?",

		&w.setCursor: "INSERT INTO progress (name, seq) VALUES ('journal', ?1) ON CONFLICT (name) DO UPDATE SET seq = ?1",
		&w.journal:   "INSERT OR IGNORE INTO journal (item, seq) VALUES (?, ?)",

		&w.dropKey:  "DELETE FROM key WHERE no = ?",
		&w.dropHold: "DELETE FROM hold WHERE no = ? AND open = 0 AND seq <= ?",
	})
}

// store writes what is in the group, in the transaction that is open. What
// may conflict goes first.
func (w *writer) store(g *engine.Group) error {
	for i := range g.Keys {
		if err := w.insertKey(&g.Keys[i]); err != nil {
			return err
		}
	}
	if err := w.storeHolds(g); err != nil {
		return err
	}
	for i := range g.Items {
		if err := w.storeItem(&g.Items[i]); err != nil {
			return err
		}
	}
	if g.Text != nil {
		w.text.BindInt64(1, int64(g.Record.Seq))
		w.text.BindInt64(2, w.sum.text(g.Record.Seq, g.Text))
		w.text.BindBytes(3, g.Text)
		if err := run(w.text); err != nil {
			return err
		}
	}
	r := &g.Record
	w.log.BindInt64(1, int64(r.Seq))
	w.log.BindInt64(2, int64(r.At))
	w.log.BindBytes(3, r.Writer[:])
	w.log.BindInt64(4, int64(r.Nonce))
	w.log.BindBytes(5, r.Hash[:])
	w.log.BindInt64(6, w.sum.record(r))
	w.log.BindBytes(7, r.Body)
	return run(w.log)
}

func (w *writer) insertKey(k *engine.KeyRow) error {
	w.newKey.BindInt64(1, keyNo(k))
	w.newKey.BindBytes(2, k.ID[:])
	w.newKey.BindInt64(3, int64(k.Bucket))
	w.newKey.BindBytes(4, k.Print[:])
	w.newKey.BindInt64(5, w.sum.key(k))
	return run(w.newKey)
}

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
			return fmt.Errorf("item %q does not exist, the group says it does", r.Key)
		}
		w.remember(r.Key, no)
	}
	for _, s := range []*sqlite.Stmt{w.setItem, w.setItemLow} {
		w.bindItem(s, no, r)
		if err := run(s); err != nil {
			return err
		}
		if w.Changes() == 1 {
			return nil
		}
	}
	return fmt.Errorf("%w: item %q has lost its row %d", engine.ErrBroken, r.Key, no)
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
	s.BindInt64(15, w.sum.item(r))
	s.BindBytes(16, r.Packed)
	err := run(s)
	if err != nil && sqlite.ErrCode(err) == sqlite.ResultConstraintUnique {
		return fmt.Errorf("item %q exists, the group says it does not", r.Key)
	}
	return err
}

func bindItemKey(s *sqlite.Stmt, k stock.ItemKey) {
	s.BindText(1, k.Tenant)
	s.BindText(2, k.Product)
	s.BindText(3, k.Location)
	s.BindBytes(4, []byte(k.Lot))
}

// findItem returns the number of an item's row.
func (w *writer) findItem(k stock.ItemKey) (no int64, found bool, err error) {
	bindItemKey(w.itemNo, k)
	found, err = w.itemNo.Step()
	if err != nil {
		return 0, false, err
	}
	if found {
		no = w.itemNo.ColumnInt64(0)
	}
	return no, found, w.itemNo.Reset()
}

// remember keeps the number of an item that exists in the committed file.
func (w *writer) remember(k stock.ItemKey, no int64) {
	if len(w.nos) >= maxNos {
		clear(w.nos)
	}
	w.nos[k] = no
}

// storeHolds updates the known holds and inserts the fresh ones, many at once.
func (w *writer) storeHolds(g *engine.Group) error {
	w.fresh, w.freshNo = w.fresh[:0], w.freshNo[:0]
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
		w.freshNo = append(w.freshNo, rowNo(g.Record.Seq, i))
	}
	rows, nos := w.fresh, w.freshNo
	for len(rows) >= holdsAtOnce {
		for i := range holdsAtOnce {
			w.bindHold(w.newHolds, i*holdCols, nos[i], rows[i], &w.tenants[i])
		}
		if err := run(w.newHolds); err != nil {
			return err
		}
		rows, nos = rows[holdsAtOnce:], nos[holdsAtOnce:]
	}
	for i := range rows {
		w.bindHold(w.newHold, 0, nos[i], rows[i], nil)
		if err := run(w.newHold); err != nil {
			return err
		}
	}
	return nil
}

// bindHold binds a row behind the parameter at; bound is the tenant that is
// bound there already.
func (w *writer) bindHold(s *sqlite.Stmt, at int, no int64, r *engine.HoldRow, bound *string) {
	s.BindInt64(at+1, no)
	if bound == nil || *bound != r.Key.Tenant || r.Key.Tenant == "" {
		s.BindText(at+2, r.Key.Tenant)
		if bound != nil {
			*bound = strings.Clone(r.Key.Tenant)
		}
	}
	s.BindText(at+3, r.Key.Order)
	s.BindInt64(at+4, int64(r.Key.Bucket))
	s.BindInt64(at+5, bit(r.Open))
	s.BindInt64(at+6, int64(r.Deadline))
	s.BindInt64(at+7, int64(r.Seq))
	s.BindInt64(at+8, w.sum.hold(r))
	s.BindBytes(at+9, r.Packed)
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
	return w.Changes() == 1, nil
}

// existing names the keys and fresh holds of the group that were stored by
// earlier records; nil when there are none.
func (w *writer) existing(g *engine.Group) (*engine.ExistsError, error) {
	var e engine.ExistsError
	own := firstNo(g.Record.Seq)
	for i := range g.Keys {
		w.keyExists.BindBytes(1, g.Keys[i].ID[:])
		if older, err := before(w.keyExists, own); err != nil {
			return nil, err
		} else if older {
			e.Keys = append(e.Keys, g.Keys[i].ID)
		}
	}
	for i := range g.Holds {
		h := &g.Holds[i]
		if !h.Fresh {
			continue
		}
		w.holdExists.BindText(1, h.Key.Order)
		w.holdExists.BindText(2, h.Key.Tenant)
		w.holdExists.BindInt64(3, int64(h.Key.Bucket))
		if older, err := before(w.holdExists, own); err != nil {
			return nil, err
		} else if older {
			e.Holds = append(e.Holds, h.Key)
		}
	}
	if len(e.Keys)+len(e.Holds) == 0 {
		return nil, nil
	}
	return &e, nil
}

// before reports whether s finds a row with a number before no.
func before(s *sqlite.Stmt, no int64) (bool, error) {
	row, err := s.Step()
	if err != nil {
		return false, err
	}
	older := row && s.ColumnInt64(0) < no
	return older, s.Reset()
}
