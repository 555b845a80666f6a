package sqlite

import (
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/failstop"
	"holdfast.dev/holdfast/internal/stock"
)

// writer is the one connection that writes, with its statements. The call that
// has the engine's turn uses it.
type writer struct {
	*reader
	file *failstop.File

	immediate, log                           *sqlite.Stmt
	itemNo, newItem, setItem, setItemIndexed *sqlite.Stmt
	newHold, newHolds, setHold, holdExists   *sqlite.Stmt
	newKey, keyExists                        *sqlite.Stmt
	setCursor, journal, journals             *sqlite.Stmt
	dropKey, dropHold, dropRecords           *sqlite.Stmt
	setRecord                                *sqlite.Stmt
	setBucket, goneNo                        *sqlite.Stmt
	keepNo, dropItem, dropHoldIn             *sqlite.Stmt

	// nos remembers item.no by key. An item keeps its number even when it is
	// dropped, so what is in it stays true; fresh ones join when their commit
	// is through.
	nos map[stock.ItemKey]int64
	// tenants are the tenants last bound to newHolds, row by row: most groups
	// are of one tenant, and binding a text costs a copy.
	tenants [holdsAtOnce]string
	// leftAt is the head when this process last saw it under the lock, left
	// when it last committed, rival for how many groups to leave gaps.
	leftAt engine.Seq
	left   time.Time
	rival  int

	fresh []*engine.HoldRow
}

// maxNos bounds nos; past it the memory starts anew.
const maxNos = 1 << 16

// holdsAtOnce is how many holds one statement inserts: 2.0 µs a row where one
// statement per row takes 2.6 (16 rows; 32 gain nothing more).
const holdsAtOnce = 16

// journalsAtOnce is how many rows of the journal one statement inserts.
const journalsAtOnce = 64

// OR FAIL: a conflict ends the statement and nothing is undone row by row;
// the whole transaction is rolled back anyway. It saves the statement journal.
const (
	insertHold    = "INSERT OR FAIL INTO hold (tenant, order_id, bucket, open, deadline, seq, sum, packed) VALUES " + holdRow
	holdRow       = "(?, ?, ?, ?, ?, ?, ?, ?)"
	holdCols      = 8
	insertJournal = "INSERT OR REPLACE INTO journal (item, seq, more) VALUES " + journalRow
	journalRow    = "(?, ?, ?)"
	journalCols   = 3
	updateItem    = "UPDATE item SET bucket = ?3, available = ?4, held = ?5, on_hand = ?6, threshold = ?7, tracked = ?8, " +
		"on_sale = ?9, version = ?10, updated_at = ?11, sum = ?12, packed = ?13"
)

func newWriter(c *conn, file *failstop.File) (*writer, error) {
	r, err := newReader(c)
	if err != nil {
		return nil, err
	}
	w := &writer{reader: r, file: file, nos: map[stock.ItemKey]int64{}}
	return w, c.prepareAll(map[**sqlite.Stmt]string{
		&w.immediate: "BEGIN IMMEDIATE",
		&w.log:       "INSERT INTO log (seq, at, writer, nonce, hash, sum, text_sum, text, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",

		&w.itemNo: "SELECT no FROM item" + sameItem,
		// An item that was gone gets its number again, another none that was
		// given to one that is gone. NULL is the next after the rows there are.
		&w.newItem: "INSERT INTO item (no, tenant, product, location, lot, bucket, available, held, on_hand, threshold, " +
			"tracked, on_sale, low, version, updated_at, lapses_at, sum, packed) VALUES (coalesce((SELECT no FROM gone" + sameItem + "), " +
			"(SELECT no + 1 FROM gone WHERE no > coalesce((SELECT max(no) FROM item), 0) ORDER BY no DESC LIMIT 1)), " +
			"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
		// The first leaves the indexes of what is low and of what lapses alone,
		// which is most of the cost; it finds no row when they are about to change.
		&w.setItem:        updateItem + " WHERE no = ?1 AND low = ?2 AND lapses_at = ?14",
		&w.setItemIndexed: updateItem + ", low = ?2, lapses_at = ?14 WHERE no = ?1",

		&w.newHold:    insertHold,
		&w.newHolds:   insertHold + strings.Repeat(", "+holdRow, holdsAtOnce-1),
		&w.setHold:    "UPDATE hold SET open = ?, deadline = ?, seq = ?, sum = ?, packed = ? WHERE order_id = ? AND tenant = ? AND bucket = ?",
		&w.holdExists: "SELECT seq FROM hold WHERE order_id = ? AND tenant = ? AND bucket = ?",

		&w.newKey:    "INSERT OR FAIL INTO key (no, hash, bucket, print, sum) VALUES (?, ?, ?, ?, ?)",
		&w.keyExists: "SELECT no FROM key WHERE hash = ?",

		&w.setCursor: "INSERT INTO progress (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2",
		&w.journal:   insertJournal,
		&w.journals:  insertJournal + strings.Repeat(", "+journalRow, journalsAtOnce-1),

		&w.dropKey:     "DELETE FROM key WHERE no = ?",
		&w.dropHold:    "DELETE FROM hold WHERE order_id = ? AND tenant = ? AND bucket = ? AND open = 0 AND seq <= ?",
		&w.dropRecords: "DELETE FROM log WHERE seq <= ?",

		&w.setRecord: "UPDATE log SET sum = ?2, text_sum = ?3, text = ?4, body = ?5 WHERE seq = ?1",

		&w.setBucket:  "INSERT OR REPLACE INTO bucket (bucket, seq, sum, packed) VALUES (?, ?, ?, ?)",
		&w.goneNo:     "SELECT no FROM gone" + sameItem,
		&w.keepNo:     "INSERT OR IGNORE INTO gone (no, tenant, product, location, lot) SELECT no, tenant, product, location, lot FROM item WHERE no = ? AND bucket = ?",
		&w.dropItem:   "DELETE FROM item WHERE no = ? AND bucket = ?",
		&w.dropHoldIn: "DELETE FROM hold WHERE order_id = ? AND tenant = ? AND bucket = ?",
	})
}

// store writes what is in the group, in the transaction that is open. Rows that
// may conflict go first.
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
	for i := range g.Buckets {
		if err := w.storeBucket(&g.Buckets[i]); err != nil {
			return err
		}
	}
	return w.insertRecord(&g.Record, g.Text)
}

func (w *writer) insertRecord(r *engine.Record, text []byte) error {
	w.log.BindInt64(1, int64(r.Seq))
	w.log.BindInt64(2, int64(r.At))
	w.log.BindBytes(3, r.Writer[:])
	w.log.BindInt64(4, int64(r.Nonce))
	w.log.BindBytes(5, r.Hash[:])
	w.log.BindInt64(6, w.sum.record(r))
	if text == nil {
		w.log.BindNull(7)
		w.log.BindNull(8)
	} else {
		w.log.BindInt64(7, w.sum.text(r.Seq, text))
		w.log.BindBytes(8, text)
	}
	w.log.BindBytes(9, r.Body)
	return run(w.log)
}

func (w *writer) insertKey(k *engine.KeyRow) error {
	w.newKey.BindInt64(1, k.No())
	w.newKey.BindBytes(2, k.ID[:])
	w.newKey.BindInt64(3, int64(k.Bucket))
	w.newKey.BindBytes(4, k.Print[:])
	w.newKey.BindInt64(5, w.sum.key(k))
	return run(w.newKey)
}

// existing names the keys and fresh holds of the group that were stored by
// earlier records; nil when there are none.
func (w *writer) existing(g *engine.Group) (*engine.ExistsError, error) {
	var e engine.ExistsError
	own := engine.FirstKeyNo(g.Record.Seq)
	for i := range g.Keys {
		w.keyExists.BindBytes(1, g.Keys[i].ID[:])
		if older, err := findsBefore(w.keyExists, own); err != nil {
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
		if older, err := findsBefore(w.holdExists, int64(g.Record.Seq)); err != nil {
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

// findsBefore reports whether s finds a row whose first column is before no.
func findsBefore(s *sqlite.Stmt, no int64) (bool, error) {
	row, err := s.Step()
	if err != nil {
		return false, err
	}
	older := row && s.ColumnInt64(0) < no
	return older, s.Reset()
}
